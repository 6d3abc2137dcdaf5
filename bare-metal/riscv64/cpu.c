/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/cpu.h"

#include "abi/errno.h"
#include "bare-metal/common/machine.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/map.h"
#include "bare-metal/riscv64/sbi.h"
#include "bare-metal/riscv64/clock.h"
#include "lib/atomic.h"

#define STOP_PATIENCE_NS UINT64_C(100000000)

void start_other(void); /* boot.S */
_Noreturn void start_cpu(void);

struct cpu cpus[HAL_CPUS_MAX];
unsigned cpu_count = 1;

static bool stopping; /* atomic: one CPU ends the machine, the others stop */

void cpu_prepare(void)
{
    csr_clear(sstatus, SSTATUS_SIE);
    clock_alarm_ticks(UINT64_MAX);
    csr_write(sie, SIE_SOFT | SIE_TIMER | SIE_EXTERNAL);
    atomic_store_release(&cpu_self()->online, true);
}

unsigned hal_cpu_id(void)
{
    return cpu_self()->id;
}

int hal_cpu_start(unsigned cpu)
{
    struct cpu *c;

    if (cpu == 0 || cpu >= cpu_count)
        return -EINVAL;
    c = &cpus[cpu];
    if (atomic_load_acquire(&c->online))
        return -EBUSY;
    if (sbi_hart_start(c->hart, map_pa_of_image((const void *)start_other),
                       (uint64_t)(uintptr_t)c))
        return -EIO;
    return 0;
}

/* Called by boot.S on the CPU's own boot stack. */
_Noreturn void start_cpu(void)
{
    cpu_prepare();
    core_cpu_main();
}

void hal_cpu_wait(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

void hal_cpu_relax(void)
{
    __asm__ volatile(".word 0x0100000f" : : : "memory"); /* pause, a hint */
    cpu_check_stop();
    panic_answer();
}

void hal_ipi_send(unsigned cpu)
{
    sbi_ipi(cpus[cpu].hart);
}

/* ---- the end ---- */

static unsigned stopper; /* the CPU that stops the others, once `stopping` is set */

void cpu_check_stop(void)
{
    struct cpu *self = cpu_self();

    if (likely(!atomic_load_relaxed(&stopping)) || self->id == stopper)
        return;
    csr_write(sie, 0);
    atomic_store_release(&self->parked, true);
    for (;;)
        __asm__ volatile("wfi");
}

void machine_stop_others(void)
{
    uint64_t until = hal_time_ns() + STOP_PATIENCE_NS;

    stopper = cpu_self()->id;
    atomic_store_release(&stopping, true);
    for (unsigned i = 0; i < cpu_count; i++) {
        if (i != stopper && atomic_load_acquire(&cpus[i].online))
            hal_ipi_send(i);
    }
    for (unsigned i = 0; i < cpu_count; i++) {
        while (i != stopper && atomic_load_acquire(&cpus[i].online) &&
               !atomic_load_acquire(&cpus[i].parked) && hal_time_ns() < until)
            ;
    }
}
