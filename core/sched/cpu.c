/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler's side of a CPU: how it starts, and what its interrupts do.
 *
 * There is no periodic tick.  Each CPU has one deadline, the earlier of its next timer and its
 * next scheduling event (end of a slice, throttling, balancing), and none when one thread runs
 * alone.  The hardware is never set to a later time: a deadline that has become pointless costs
 * one interrupt, which is cheaper than setting it at each switch.
 */
#include "sched/sched_priv.h"
#include "trace/counter.h"
#include "trace/log.h"

COUNTER_DEFINE(sched_interrupts_timer, "interrupts of the CPUs' timers");
COUNTER_DEFINE(sched_interrupts_ipi, "interrupts from other CPUs");

static struct thread_storage boot; /* what core_main() runs on until sched_start_cpu() */
static uint64_t slice_ns = FAIR_SLICE_NS; /* atomic */
static unsigned cpu_count = 1;

/* `t` is what this CPU runs already, from before there was a scheduler. */
static void adopt(struct run_queue *rq, struct thread *t)
{
    uint64_t now_ns = hal_time_ns();

    t->cpu = rq->cpu;
    t->state = THREAD_RUNNABLE;
    t->se->on_cpu = 1;
    sched_charge_from(t, now_ns);
    rq->exec_start_ns = now_ns;
    thread_announce(t);
    lockdep_set_thread(&t->lockdep);
    atomic_store(&rq->current, t);
    atomic_or(&sched_online, BIT(rq->cpu));
    atomic_store(&rq->online, true);
}

static _Noreturn void idle_main(void *arg UNUSED)
{
    sched_finish_switch();
    sched_idle_loop();
}

void sched_init(void)
{
    struct thread_params p = {.name = "boot"};
    struct run_queue *rq = &sched_rqs[0];
    bool unmasked = hal_irq_save();

    cpu_count = MIN(hal_bootinfo()->cpu_count, (unsigned)HAL_CPUS_MAX);
    for (unsigned cpu = 0; cpu < HAL_CPUS_MAX; cpu++) {
        rq_init(&sched_rqs[cpu], cpu);
        timer_cpu_init(cpu);
    }
    thread_system_init();
    registry_init();
    hung_init();
    rq->idle = thread_new_idle(0);
    if (rq->idle)
        rq->idle->stack = stack_alloc();
    if (!rq->idle || !rq->idle->stack)
        kpanic("sched: no memory for the idle thread");
    hal_context_init(&rq->idle->context, rq->idle->stack, hal_bootinfo()->kstack_bytes,
                     idle_main, NULL);
    thread_setup(&boot.thread, &p);
    thread_get(&boot.thread); /* it is static: the last reference never goes */
    adopt(rq, &boot.thread);
    spin_lock(&rq->lock);
    rq_activate(rq, &boot.thread);
    fair_set_current(&rq->fair, &boot.se.fair);
    spin_unlock(&rq->lock);
    preempt_set_resched_hook(sched_preempt_point);
    hal_irq_restore(unmasked);
}

_Noreturn void sched_start_cpu(void)
{
    struct run_queue *rq;

    (void)hal_irq_save();
    rq = sched_this_rq();
    if (rq->cpu == 0) /* the boot thread has done its work; an idle thread exists */
        thread_exit();
    adopt(rq, rq->idle);
    atomic_or(&sched_idle_mask, BIT(rq->cpu));
    sched_idle_loop();
}

void sched_start_others(void)
{
    for (unsigned cpu = 1; cpu < cpu_count; cpu++) {
        struct run_queue *rq = &sched_rqs[cpu];
        int err;

        rq->idle = thread_new_idle(cpu);
        if (!rq->idle)
            kpanic("sched: no memory for an idle thread");
        err = hal_cpu_start(cpu);
        if (err != 0) {
            log_err("sched", "CPU %u does not start: %d", cpu, err);
            continue;
        }
        while (!atomic_load_acquire(&rq->online))
            hal_cpu_relax();
    }
}

unsigned sched_cpu_count(void)
{
    return cpu_count;
}

struct cpumask sched_cpus(void)
{
    return (struct cpumask){atomic_load(&sched_online)};
}

void sched_set_slice(uint64_t ns)
{
    uint64_t lo = 100000, hi = 100000000;

    atomic_store(&slice_ns, CLAMP(ns, lo, hi));
}

uint64_t sched_slice(void)
{
    return atomic_load_relaxed(&slice_ns);
}

/* ---- interrupts ---- */

void sched_timer_program(struct run_queue *rq)
{
    uint64_t next = MIN(rq->slice_event_ns, rq->timer_event_ns);

    if (next >= rq->programmed_ns)
        return;
    rq->programmed_ns = next;
    hal_timer_set(next);
}

void sched_timer_recalc(struct run_queue *rq)
{
    uint64_t now_ns;

    if (rq->cpu != hal_cpu_id()) {
        if (!atomic_xchg(&rq->recalc, true))
            hal_ipi_send(rq->cpu);
        return;
    }
    atomic_store(&rq->recalc, false);
    rq->timer_event_ns = timer_next_ns(rq->cpu);
    now_ns = hal_time_ns();
    spin_lock(&rq->lock);
    rq->slice_event_ns = rq_next_event_ns(rq, now_ns);
    spin_unlock(&rq->lock);
    sched_timer_program(rq);
}

static void thread_tick(struct thread *t, uint64_t now_ns)
{
    if (t->tick_ns == 0 || now_ns < t->se->next_tick_ns)
        return;
    t->se->next_tick_ns = now_ns + t->tick_ns;
    t->on_tick(t);
}

/* What the handler itself took is nobody's CPU time. */
static void charge_irq(struct run_queue *rq, uint64_t from_ns)
{
    uint64_t now_ns = hal_time_ns();

    sched_charge_from(rq->current, now_ns);
    atomic_store_relaxed(&rq->stats.irq_ns, rq->stats.irq_ns + (now_ns - from_ns));
}

void core_on_timer(void)
{
    struct run_queue *rq = sched_this_rq();
    uint64_t now_ns = hal_time_ns();

    preempt_irq_enter();
    counter_detail(&sched_interrupts_timer);
    sched_charge(rq, rq->current, now_ns);
    rq->programmed_ns = HAL_NEVER;
    rq->timer_event_ns = timer_run_expired(now_ns);
    thread_tick(rq->current, now_ns);
    sched_loadavg_tick(now_ns);
    if (sched_nr(rq) > 1 && (now_ns >= rq->next_balance_ns ||
                             (atomic_load_relaxed(&sched_idle_mask) & ~BIT(rq->cpu))))
        sched_balance(rq, now_ns);
    spin_lock(&rq->lock);
    rq_update(rq, now_ns);
    rq->slice_event_ns = rq_next_event_ns(rq, now_ns);
    spin_unlock(&rq->lock);
    sched_timer_program(rq);
    charge_irq(rq, now_ns);
    preempt_irq_exit();
}

void core_on_ipi(void)
{
    struct run_queue *rq = sched_this_rq();

    panic_check();
    preempt_irq_enter();
    counter_detail(&sched_interrupts_ipi);
    sched_serve_calls();
    if (atomic_load(&rq->recalc))
        sched_timer_recalc(rq);
    preempt_irq_exit();
}

void core_irq_exit(void)
{
    struct preempt_cpu *cpu = preempt_this_cpu();

    if (atomic_load_relaxed(&cpu->need_resched) && cpu->count == 0 &&
        cpu->irq_depth == 0 && sched_this_rq()->current)
        sched_switch(true);
}
