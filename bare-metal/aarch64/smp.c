/* SPDX-License-Identifier: BSD-2-Clause */
/* The other CPUs: started one at a time by PSCI, stopped all at once. */
#include "abi/errno.h"
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/paging.h"
#include "bare-metal/aarch64/trap.h"
#include "bare-metal/common/backtrace.h"
#include "bare-metal/common/machine.h"
#include "lib/atomic.h"
#include "lib/base.h"

#define START_WAIT_NS UINT64_C(10000000000)
#define STOP_WAIT_NS  UINT64_C(100000000)

extern const char secondary_entry[];

/* What boot.S starts each CPU on: one that is given up may still come, and not on another's. */
uint64_t smp_boot_stacks[HAL_CPUS_MAX];

_Noreturn void secondary_start(uint64_t id);

static uint32_t stopping, stopped; /* atomic */
static uint32_t online = 1;        /* atomic */

void smp_init(const struct fdt *f, struct boot *b)
{
    uint32_t parent = fdt_find(f, "/cpus"), ignored = 0;

    cpus[0].online = 1;
    b->cpu_count = 1;
    if (parent == FDT_NONE)
        return;
    for (uint32_t n = fdt_child(f, parent); n != FDT_NONE; n = fdt_sibling(f, n)) {
        const char *type = fdt_string(f, n, "device_type");
        uint64_t mpidr;

        if (!type || type[0] != 'c' || !fdt_is_enabled(f, n) ||
            !fdt_u64(f, n, "reg", &mpidr) || mpidr == cpus[0].mpidr)
            continue;
        if (b->cpu_count == HAL_CPUS_MAX)
            ignored++;
        else
            cpus[b->cpu_count++].mpidr = mpidr;
    }
    if (ignored)
        boot_note("%u processors more than %u: not used", ignored, HAL_CPUS_MAX);
}

_Noreturn void secondary_start(uint64_t id)
{
    paging_leave_identity();
    cpu_setup((unsigned)id, paging_stack((unsigned)id, PAGING_BOOT_STACK) - STACK_BYTES);
    gic_cpu_setup();
    clock_cpu_setup();
    atomic_inc(&online);
    atomic_store_release(&cpus[id].online, 1);
    core_cpu_main();
}

int hal_cpu_start(unsigned cpu)
{
    uint64_t until;

    if (cpu == 0 || cpu >= hal_bootinfo()->cpu_count)
        return -EINVAL;
    if (atomic_load(&cpus[cpu].online))
        return -EBUSY;
    smp_boot_stacks[cpu] = paging_stack(cpu, PAGING_BOOT_STACK);
    insn_dsb();
    if (psci_call(PSCI_CPU_ON, cpus[cpu].mpidr, paging_image_pa(secondary_entry), cpu))
        return -EIO;
    until = hal_time_ns() + START_WAIT_NS;
    while (!atomic_load_acquire(&cpus[cpu].online)) {
        if (hal_time_ns() > until)
            return -EIO;
        hal_cpu_relax();
    }
    return 0;
}

void smp_on_fiq(const struct trap_frame *f)
{
    if (!gic_fiq_was_sent() || backtrace_answer(f ? f->pc : 0, f ? f->x[29] : 0) ||
        !atomic_load(&stopping))
        return;
    atomic_inc(&stopped);
    __asm__ volatile("msr daifset, #0xf");
    for (;;)
        insn_wfi();
}

void machine_stop_others(void)
{
    uint64_t until;

    /* Two CPUs may want to: the second is stopped by the first. */
    if (atomic_xchg(&stopping, 1) || atomic_load(&online) < 2 ||
        !gic_send_fiq_to_others())
        return;
    until = hal_time_ns() + STOP_WAIT_NS;
    while (atomic_load(&stopped) + 1 < atomic_load(&online) && hal_time_ns() < until)
        hal_cpu_relax();
}
