/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching threads.
 *
 * No lock is held across a switch.  What protects the thread that is left is its `on_cpu`: it
 * may be woken and queued while its context is still being saved, but no other CPU takes it
 * from this CPU's queue before the next thread has cleared the flag here.  Both sides of a
 * switch have interrupts masked and a preempt count of 0.
 */
#include "sched/sched_priv.h"
#include "trace/counter.h"
#include "trace/event.h"

COUNTER_DEFINE(sched_preemptions, "context switches of threads that could have gone on");
TRACEPOINT_DEFINE(context_switch, "prev next state");

static void (*kernel_switch)(void);

void sched_set_kernel_switch(void (*fn)(void))
{
    kernel_switch = fn;
}

/* A signal came between the look at the signals and now: stay awake. */
static bool sleep_ends_at_once(const struct thread *t)
{
    switch (t->state) {
    case THREAD_SLEEPING:
        return atomic_load(&t->interrupt);
    case THREAD_KILLABLE:
    case THREAD_STOPPED:
        return atomic_load(&t->fatal);
    default:
        return false;
    }
}

/* A thread that sleeps soon after it has woken another one is in step with it. */
static void note_sleep(struct sched_entity *se, uint64_t now_ns)
{
    if (se->last_wake_ns != 0 && now_ns - se->last_wake_ns < SCHED_SYNC_NS) {
        if (se->sync_score < SCHED_SYNC_MAX)
            se->sync_score++;
    } else if (se->sync_score > 0) {
        se->sync_score--;
    }
    se->last_wake_ns = 0;
}

/* The running thread wants to sleep, or may not run here any more: off the queue. */
static void retire_prev(struct run_queue *rq, struct thread *prev, bool preempted,
                        uint64_t now_ns)
{
    struct sched_entity *se = prev->se;

    if (se->is_idle || !se->on_rq)
        return;
    if (!preempted && prev->state != THREAD_RUNNABLE) {
        if (sleep_ends_at_once(prev)) {
            atomic_store(&prev->state, THREAD_RUNNABLE);
            return;
        }
        if (prev->state == THREAD_UNINTERRUPTIBLE) {
            se->counted = true;
            atomic_inc(&rq->uninterruptible);
        }
        note_sleep(se, now_ns);
        rq_deactivate(rq, prev);
    } else if (!sched_allowed(prev, rq->cpu) &&
               (se->affinity.bits & atomic_load_relaxed(&sched_online))) {
        rq_deactivate(rq, prev);
        se->in_flight = true;
        rq->prev_moves = true;
    }
}

/* Nothing to run here (or nothing real-time, after something real-time): look elsewhere.
 * The lock is dropped meanwhile: `prev`, if it sleeps, may be woken onto this queue. */
static void find_work(struct run_queue *rq)
{
    if (rq->nr != 0)
        return;
    spin_unlock(&rq->lock);
    sched_pull(rq);
    spin_lock(&rq->lock);
}

static void account_switch(struct run_queue *rq, struct thread *prev, struct thread *next,
                           uint64_t now_ns)
{
    struct thread_times *times = &prev->se->times;

    sched_charge(rq, prev, now_ns);
    if (prev->se->on_rq || rq->prev_moves) {
        prev->se->ready_ns = now_ns;
        atomic_store_relaxed(&times->involuntary, times->involuntary + 1);
    } else {
        atomic_store_relaxed(&times->voluntary, times->voluntary + 1);
    }
    times = &next->se->times;
    sched_charge_from(next, now_ns);
    if (!next->se->is_idle && now_ns > next->se->ready_ns)
        atomic_store_relaxed(&times->wait_ns,
                             times->wait_ns + (now_ns - next->se->ready_ns));
    atomic_own_add(&rq->stats.switches, 1);
}

static void set_idle_bit(struct run_queue *rq, struct thread *next)
{
    if (next->se->is_idle)
        atomic_or(&sched_idle_mask, BIT(rq->cpu));
    else if (atomic_load_relaxed(&sched_idle_mask) & BIT(rq->cpu))
        atomic_and(&sched_idle_mask, ~BIT(rq->cpu));
}

static void commit_next(struct run_queue *rq, struct thread *next)
{
    bool fair = !next->se->is_idle && !sched_is_rt(next->se);

    fair_set_current(&rq->fair, fair ? &next->se->fair : NULL);
    atomic_store_relaxed(&next->se->on_cpu, 1);
    /* thread_current() reads both without a lock: the count first, it tells of the rest. */
    atomic_store(&rq->switches, rq->switches + 1);
    atomic_store(&rq->current, next);
    if (next->tick_ns != 0 && next->se->next_tick_ns < rq->exec_start_ns)
        next->se->next_tick_ns = rq->exec_start_ns + next->tick_ns;
}

void sched_switch(bool preempted)
{
    struct run_queue *rq = sched_this_rq();
    struct thread *prev = rq->current;
    struct thread *next;
    uint64_t now_ns = hal_time_ns();

    kassert(hal_irq_masked() && preempt_this_cpu()->count == 0);
    stack_check(prev);
    spin_lock(&rq->lock);
    rq_update(rq, now_ns);
    retire_prev(rq, prev, preempted, now_ns);
    find_work(rq);
    preempt_clear_need_resched(); /* those who set it hold the lock */
    next = rq_pick(rq, now_ns);
    set_idle_bit(rq, next);
    if (next == prev) {
        /* It may have been woken from where it was about to sleep: on_cpu never fell. */
        commit_next(rq, next);
        rq->slice_event_ns = rq_next_event_ns(rq, now_ns);
        spin_unlock(&rq->lock);
        sched_timer_program(rq);
        return;
    }
    account_switch(rq, prev, next, now_ns);
    commit_next(rq, next);
    rq->slice_event_ns = rq_next_event_ns(rq, now_ns);
    rq->prev = prev;
    spin_unlock(&rq->lock);
    sched_timer_program(rq);
    if (preempted)
        counter_detail(&sched_preemptions);
    trace_event(context_switch, prev->id, next->id, prev->state);
    lockdep_set_thread(&next->lockdep);
    if (next->on_switch_in)
        next->on_switch_in(next);
    else if (prev->on_switch_in && kernel_switch)
        kernel_switch();
    hal_context_switch(&prev->context, &next->context);
    sched_finish_switch();
}

/* In the next thread, perhaps on another CPU than the one that this thread left. */
void sched_finish_switch(void)
{
    struct run_queue *rq = sched_this_rq();
    struct thread *prev = rq->prev;
    bool moves = rq->prev_moves;
    bool dead = atomic_load_relaxed(&prev->state) == THREAD_DEAD;

    rq->prev = NULL;
    rq->prev_moves = false;
    atomic_store_release(&prev->se->on_cpu, 0);
    if (dead) {
        thread_reap(prev);
    } else if (moves) {
        uint64_t now_ns = hal_time_ns();
        bool unmasked;
        struct run_queue *old = rq_lock_thread(prev, &unmasked);

        atomic_store_relaxed(&prev->cpu, sched_select_cpu(prev, true, now_ns));
        spin_unlock_irqrestore(&old->lock, unmasked);
        sched_place(prev, now_ns);
    }
}

void schedule(void)
{
    bool unmasked = hal_irq_save();

    if (unlikely(preempt_this_cpu()->count != 0 || preempt_this_cpu()->irq_depth != 0)) {
        lockdep_assert_no_spinlocks("sleeping");
        kpanic("sched: sleeping with preemption off (count %u, irq depth %u)",
               preempt_this_cpu()->count, preempt_this_cpu()->irq_depth);
    }
    if (atomic_load_relaxed(&sched_this_rq()->current->state) == THREAD_UNINTERRUPTIBLE)
        hung_watch();
    sched_switch(false);
    hal_irq_restore(unmasked);
}

void sched_preempt_point(void)
{
    bool unmasked = hal_irq_save();
    struct preempt_cpu *cpu = preempt_this_cpu();

    if (atomic_load_relaxed(&cpu->need_resched) && cpu->count == 0 &&
        cpu->irq_depth == 0 && sched_this_rq()->current)
        sched_switch(true);
    hal_irq_restore(unmasked);
}

bool sched_need_resched(void)
{
    return preempt_need_resched();
}

struct thread *thread_current(void)
{
    /* The caller may migrate between any two lines.  A CPU that counted no switch between the
     * two looks, and that we are on at the end, was ours all the time. */
    for (;;) {
        unsigned cpu = hal_cpu_id();
        struct run_queue *rq = &sched_rqs[cpu];
        uint64_t switches = atomic_load(&rq->switches);
        struct thread *t = atomic_load(&rq->current);

        if (likely(hal_cpu_id() == cpu && atomic_load(&rq->switches) == switches))
            return t;
    }
}

_Noreturn void sched_idle_loop(void)
{
    for (;;) {
        (void)hal_irq_save();
        while (!preempt_need_resched()) {
            hal_cpu_wait();
            hal_irq_restore(true);
            (void)hal_irq_save();
        }
        sched_switch(true);
        hal_irq_restore(true);
    }
}
