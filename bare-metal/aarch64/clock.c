/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: the generic timer's virtual counter (Arm ARM D11), and the date from a PL031. */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/paging.h"

#define NS_PER_S      UINT64_C(1000000000)
#define HZ_MIN        UINT64_C(1000000)
#define TIMER_VIRTUAL 2u /* which interrupt of the node: arm,armv8-timer binding */
#define TIMER_ENABLE  1u
#define PL031_BYTES   0x1000u
#define PL031_DATA    0x00

static uint64_t base;
static uint64_t mult, tick_mult; /* ns = ticks * mult >> 32, and back */
static uint64_t wall_base_ns;
static unsigned intid;

static uint64_t ticks_now(void)
{
    insn_isb(); /* not earlier than what came before */
    return insn_read_sysreg(cntvct_el0);
}

static void wall_init(const struct fdt *f)
{
    uint64_t at, len;

    if (!tree_device(f, "arm,pl031", 0, &at, &len) || len < PL031_BYTES)
        return; /* 1970 */
    wall_base_ns =
        mmio_read32(paging_map_device(at, PL031_BYTES) + PL031_DATA) * NS_PER_S;
}

void clock_init(const struct fdt *f)
{
    uint32_t node = fdt_find_compatible(f, 0, "arm,armv8-timer");
    uint64_t hz = insn_read_sysreg(cntfrq_el0);

    intid = node == FDT_NONE ? 0 : tree_interrupt(f, node, TIMER_VIRTUAL);
    if (intid == 0 || hz < HZ_MIN || hz > UINT32_MAX)
        boot_die("the device tree or the firmware says no good about the timer");
    mult = (NS_PER_S << 32) / hz;
    tick_mult = (hz << 32) / NS_PER_S;
    base = ticks_now();
    wall_init(f);
}

void clock_cpu_setup(void)
{
    insn_write_sysreg(cntv_ctl_el0, 0);
    gic_enable(intid);
}

unsigned clock_intid(void)
{
    return intid;
}

/* ---- hal.h ---- */

uint64_t hal_time_ns(void)
{
    return (uint64_t)((unsigned __int128)(ticks_now() - base) * mult >> 32);
}

uint64_t hal_wall_ns(void)
{
    return wall_base_ns + hal_time_ns();
}

uint64_t hal_cycles(void)
{
    return insn_read_sysreg(cntvct_el0);
}

/* One tick more than it takes, so that the deadline has passed when it comes. */
void hal_timer_set(uint64_t deadline_ns)
{
    cpu_self()->deadline_ns = deadline_ns;
    if (deadline_ns == HAL_NEVER) {
        insn_write_sysreg(cntv_ctl_el0, 0);
    } else {
        unsigned __int128 ticks = (unsigned __int128)deadline_ns * tick_mult >> 32;

        insn_write_sysreg(cntv_cval_el0, base + (uint64_t)ticks + 1);
        insn_write_sysreg(cntv_ctl_el0, TIMER_ENABLE);
    }
    insn_isb();
}

void clock_interrupt(void)
{
    struct cpu *cpu = cpu_self();

    if (hal_time_ns() < cpu->deadline_ns) {
        hal_timer_set(cpu->deadline_ns);
        return;
    }
    hal_timer_set(HAL_NEVER);
    core_on_timer();
}
