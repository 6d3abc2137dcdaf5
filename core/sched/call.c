/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calling a function on other CPUs.
 *
 * Each CPU has one outgoing call and, as a target, a mask of the CPUs that have one for it.
 * Whoever waits for its own call serves the others' meanwhile, so two CPUs that call each
 * other at once both get through.
 */
#include "sched/sched_priv.h"

static struct cross_call {
    void (*fn)(void *arg);
    void *arg;
    uint64_t remaining; /* atomic mask of CPUs that have not run it yet */
    uint64_t incoming;  /* atomic mask of CPUs whose call waits for this one */
} ALIGNED(64) calls[HAL_CPUS_MAX];

void sched_serve_calls(void)
{
    unsigned cpu = hal_cpu_id();
    uint64_t from;

    if (likely(atomic_load_relaxed(&calls[cpu].incoming) == 0))
        return;
    from = atomic_xchg(&calls[cpu].incoming, 0);
    for (; from != 0; from &= from - 1) {
        struct cross_call *call = &calls[__builtin_ctzll(from)];

        call->fn(call->arg);
        atomic_and(&call->remaining, ~BIT(cpu));
    }
}

void sched_call_cpus(struct cpumask mask, void (*fn)(void *arg), void *arg)
{
    struct cross_call *call;
    uint64_t others;
    unsigned self;
    bool unmasked;

    /* Whoever spins on a lock of ours with interrupts masked would never answer. */
    lockdep_assert_no_spinlocks("calling other CPUs");
    preempt_disable();
    kassert(!preempt_in_irq());
    self = hal_cpu_id();
    call = &calls[self];
    mask.bits &= atomic_load(&sched_online);
    others = mask.bits & ~BIT(self);
    if (others != 0) {
        call->fn = fn;
        call->arg = arg;
        atomic_store(&call->remaining, others);
        for (uint64_t left = others; left != 0; left &= left - 1) {
            unsigned cpu = (unsigned)__builtin_ctzll(left);

            atomic_or(&calls[cpu].incoming, BIT(self));
            hal_ipi_send(cpu);
        }
    }
    unmasked = hal_irq_save();
    if (mask.bits & BIT(self))
        fn(arg);
    while (atomic_load_acquire(&call->remaining) != 0) {
        sched_serve_calls();
        panic_check();
        hal_cpu_relax();
    }
    hal_irq_restore(unmasked);
    preempt_enable();
}
