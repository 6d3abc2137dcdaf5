/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the time-stamp counter, measured against the HPET or the PIT; and each CPU's timer.
 */
#include "bare-metal/common/rtc_cmos.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"
#include "lib/atomic.h"

#define MSR_TSC_DEADLINE 0x6e0
#define NS_PER_S         UINT64_C(1000000000)
#define MEASURE_NS       UINT64_C(10000000)
#define DEADLINE_MAX_NS  (60 * NS_PER_S) /* a later one is looked at again */

#define HPET_PERIOD  0x04 /* femtoseconds of a tick */
#define HPET_CONFIG  0x10
#define HPET_COUNTER 0xf0
#define HPET_FS_MAX  100000000u /* IA-PC HPET 1.0a, 2.3.4 */

#define PIT_HZ        1193182u
#define PIT_COMMAND   0x43
#define PIT_CHANNEL0  0x40
#define PIT_LATCH0    0x00
#define PIT_ONE_SHOT0 0x30 /* channel 0, both bytes, mode 0 */
#define PIT_START     0xffffu
#define PIT_READS     1000000u

#define CMOS_SELECT 0x70
#define CMOS_DATA   0x71

/* ns = ticks * mult >> 32. */
static uint64_t tsc_base, tsc_mult, tsc_per_ms;
static uint64_t timer_per_ms;
static uint64_t wall_base_ns;

static uint64_t scale(uint64_t v, uint64_t mult)
{
    return (uint64_t)((unsigned __int128)v * mult >> 32);
}

/* ---- measuring ---- */

struct measured {
    uint64_t tsc, timer, ns;
};

static bool hpet_measure(volatile uint8_t *hpet, struct measured *m)
{
    uint32_t period_fs = mmio_read32(hpet + HPET_PERIOD), start, ticks;

    if (period_fs == 0 || period_fs > HPET_FS_MAX)
        return false;
    mmio_write32(hpet + HPET_CONFIG, mmio_read32(hpet + HPET_CONFIG) | 1);
    start = mmio_read32(hpet + HPET_COUNTER);
    m->tsc = insn_rdtsc();
    apic_timer_start(UINT32_MAX);
    do {
        ticks = mmio_read32(hpet + HPET_COUNTER) - start;
        m->ns = (uint64_t)ticks * period_fs / 1000000;
    } while (m->ns < MEASURE_NS);
    m->tsc = insn_rdtsc() - m->tsc;
    m->timer = UINT32_MAX - apic_timer_left();
    return true;
}

static uint32_t pit_ticks(void)
{
    uint32_t left;

    insn_outb(PIT_COMMAND, PIT_LATCH0);
    left = insn_inb(PIT_CHANNEL0);
    return PIT_START - (left | (uint32_t)insn_inb(PIT_CHANNEL0) << 8);
}

/* Channel 0, as channel 2 has its gate in a port that not every machine with a PIT has.  Its
 * interrupt is masked. */
static void pit_measure(struct measured *m)
{
    const uint32_t enough = (uint32_t)(PIT_HZ * MEASURE_NS / NS_PER_S);
    uint32_t ticks = 0;

    insn_outb(PIT_COMMAND, PIT_ONE_SHOT0);
    insn_outb(PIT_CHANNEL0, PIT_START & 0xff);
    insn_outb(PIT_CHANNEL0, PIT_START >> 8);
    m->tsc = insn_rdtsc();
    apic_timer_start(UINT32_MAX);
    for (unsigned i = 0; i < PIT_READS && ticks < enough; i++)
        ticks = pit_ticks();
    m->tsc = insn_rdtsc() - m->tsc;
    m->timer = UINT32_MAX - apic_timer_left();
    m->ns = (uint64_t)ticks * NS_PER_S / PIT_HZ;
    if (ticks < enough)
        boot_die("neither HPET nor PIT to measure the processor's counter by");
}

static uint8_t cmos(uint8_t reg)
{
    insn_outb(CMOS_SELECT, reg);
    return insn_inb(CMOS_DATA);
}

void clock_init(struct boot *b)
{
    struct measured m;
    volatile uint8_t *hpet = NULL;

    if (machine_acpi.hpet_pa)
        hpet = paging_map_device(b, machine_acpi.hpet_pa, 1024);
    if (!hpet || !hpet_measure(hpet, &m))
        pit_measure(&m);
    if (m.tsc < MEASURE_NS / 1000)
        boot_die("the time-stamp counter does not run");
    tsc_mult = (m.ns << 32) / m.tsc;
    tsc_per_ms = m.tsc * 1000000 / m.ns;
    timer_per_ms = m.timer * 1000000 / m.ns;
    if (!cpu_features.tsc_deadline && timer_per_ms == 0)
        boot_die("the APIC's timer does not run");
    tsc_base = insn_rdtsc();
    wall_base_ns = rtc_cmos_seconds(cmos) * NS_PER_S - hal_time_ns();
    apic_timer_start(0);
}

/* ---- hal.h ---- */

uint64_t hal_time_ns(void)
{
    return scale(insn_rdtsc() - tsc_base, tsc_mult);
}

uint64_t hal_wall_ns(void)
{
    return wall_base_ns + hal_time_ns();
}

uint64_t hal_cycles(void)
{
    return insn_rdtsc();
}

void clock_delay_us(uint64_t us)
{
    uint64_t until = hal_time_ns() + us * 1000;

    while (hal_time_ns() < until)
        insn_pause();
}

/* One tick more than it takes, so that the deadline has passed when it comes. */
static void timer_arm(uint64_t ns)
{
    if (ns > DEADLINE_MAX_NS)
        ns = DEADLINE_MAX_NS;
    if (cpu_features.tsc_deadline)
        insn_wrmsr(MSR_TSC_DEADLINE, insn_rdtsc() + ns * tsc_per_ms / 1000000 + 1);
    else
        apic_timer_start(ns * timer_per_ms / 1000000 + 1);
}

static void timer_disarm(void)
{
    if (cpu_features.tsc_deadline)
        insn_wrmsr(MSR_TSC_DEADLINE, 0);
    else
        apic_timer_start(0);
}

void hal_timer_set(uint64_t deadline_ns)
{
    uint64_t now = hal_time_ns();

    cpu_self()->deadline_ns = deadline_ns;
    if (deadline_ns == HAL_NEVER)
        timer_disarm();
    else
        timer_arm(deadline_ns > now ? deadline_ns - now : 0);
}

void clock_interrupt(void)
{
    struct cpu *cpu = cpu_self();
    uint64_t now = hal_time_ns();

    if (now < cpu->deadline_ns) {
        if (cpu->deadline_ns != HAL_NEVER)
            timer_arm(cpu->deadline_ns - now);
        return;
    }
    cpu->deadline_ns = HAL_NEVER;
    core_on_timer();
}
