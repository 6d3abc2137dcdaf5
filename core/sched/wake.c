/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waking threads and choosing where they run.
 *
 * No wake is lost: a sleeper stores its state and then looks at its condition; a waker makes
 * the condition true, passes a full fence and then reads the state under the lock of the
 * sleeper's queue, where schedule() reads it too.
 */
#include "sched/sched_priv.h"

#define STATE_BIT(s) (1u << (s))
#define STATES_ASLEEP                                                                    \
    (STATE_BIT(THREAD_SLEEPING) | STATE_BIT(THREAD_UNINTERRUPTIBLE) |                    \
     STATE_BIT(THREAD_KILLABLE) | STATE_BIT(THREAD_STOPPED))

static unsigned first_cpu(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

/* The CPU was idle and nobody else has claimed it. */
static bool claim_idle(unsigned cpu)
{
    if (!(atomic_load_relaxed(&sched_idle_mask) & BIT(cpu)))
        return false;
    return (atomic_fetch_and(&sched_idle_mask, ~BIT(cpu)) & BIT(cpu)) != 0;
}

static bool claim_any_idle(uint64_t allowed, unsigned *cpu)
{
    uint64_t idle = atomic_load_relaxed(&sched_idle_mask) & allowed;

    while (idle != 0) {
        *cpu = first_cpu(idle);
        if (claim_idle(*cpu))
            return true;
        idle &= idle - 1;
    }
    return false;
}

/* For a real-time thread: the CPU where it displaces the least. */
static unsigned select_rt(const struct thread *t, uint64_t allowed, unsigned fallback)
{
    int lowest = t->se->rt.priority;
    unsigned best = fallback;

    for (uint64_t left = allowed; left != 0; left &= left - 1) {
        unsigned cpu = first_cpu(left);
        int highest = atomic_load_relaxed(&sched_rqs[cpu].rt_top);

        if (highest < lowest || (highest == lowest && cpu == fallback)) {
            lowest = highest;
            best = cpu;
        }
    }
    return best;
}

static unsigned select_least_loaded(uint64_t allowed, unsigned best)
{
    uint64_t least = sched_load(&sched_rqs[best]);

    for (uint64_t left = allowed; left != 0; left &= left - 1) {
        unsigned cpu = first_cpu(left);
        uint64_t load = sched_load(&sched_rqs[cpu]);

        if (load < least) {
            least = load;
            best = cpu;
        }
    }
    return best;
}

/* The running thread wakes another and is known to sleep right after it: the other one may as
 * well run here, where no CPU has to be brought out of its sleep. */
static bool waker_is_in_step(uint64_t allowed, unsigned here, uint64_t now_ns)
{
    struct run_queue *rq = &sched_rqs[here];
    struct thread *waker = rq->current;

    if (preempt_in_irq() || waker->se->is_idle)
        return false;
    waker->se->last_wake_ns = now_ns;
    return waker->se->sync_score >= SCHED_SYNC_ENOUGH && (allowed & BIT(here)) &&
           sched_nr(rq) == 1;
}

unsigned sched_select_cpu(struct thread *t, bool is_new, uint64_t now_ns)
{
    uint64_t allowed = t->se->affinity.bits & atomic_load_relaxed(&sched_online);
    unsigned here = hal_cpu_id();
    unsigned cpu = t->cpu;
    bool in_step;

    if (allowed == 0) /* its CPUs are not there: anywhere */
        allowed = atomic_load_relaxed(&sched_online);
    if (!(allowed & BIT(cpu)))
        cpu = (allowed & BIT(here)) ? here : first_cpu(allowed);
    if ((allowed & (allowed - 1)) == 0)
        return first_cpu(allowed);
    in_step = waker_is_in_step(allowed, here, now_ns);
    if (sched_is_rt(t->se)) {
        if (claim_idle(cpu) || claim_any_idle(allowed, &cpu))
            return cpu;
        return select_rt(t, allowed, cpu);
    }
    if (in_step && !is_new)
        return here;
    if (claim_idle(cpu))
        return cpu;
    if ((allowed & BIT(here)) && claim_idle(here))
        return here;
    if (claim_any_idle(allowed, &cpu))
        return cpu;
    if (is_new)
        return select_least_loaded(allowed, cpu);
    if ((allowed & BIT(here)) &&
        sched_load(&sched_rqs[here]) < sched_load(&sched_rqs[cpu]))
        return here;
    return cpu;
}

void sched_place(struct thread *t, uint64_t now_ns)
{
    for (;;) {
        bool unmasked;
        struct run_queue *rq = rq_lock_thread(t, &unmasked);
        uint64_t allowed = t->se->affinity.bits & atomic_load_relaxed(&sched_online);

        kassert(t->se->in_flight);
        if (allowed == 0 || (allowed & BIT(rq->cpu))) {
            t->se->in_flight = false;
            rq_activate(rq, t);
            rq_check_preempt(rq, t, now_ns);
            spin_unlock_irqrestore(&rq->lock, unmasked);
            return;
        }
        /* The affinity changed while it was in flight. */
        atomic_store_relaxed(&t->cpu, first_cpu(allowed));
        spin_unlock_irqrestore(&rq->lock, unmasked);
    }
}

/* `t` sleeps and has left its queue: set it to run and send it on its way, or (false) try
 * again once its old CPU has let go of it.  rq is locked; it is unlocked on return. */
static bool wake_off_queue(struct run_queue *rq, struct thread *t, bool unmasked)
{
    struct sched_entity *se = t->se;
    uint64_t now_ns = hal_time_ns();
    unsigned cpu = rq->cpu;

    if (!atomic_load_acquire(&se->on_cpu)) {
        cpu = sched_select_cpu(t, false, now_ns);
    } else if (!sched_allowed(t, cpu)) {
        spin_unlock_irqrestore(&rq->lock, unmasked);
        panic_check();
        hal_cpu_relax();
        return false;
    }
    if (se->counted) {
        se->counted = false;
        atomic_dec(&rq->uninterruptible);
    }
    atomic_store(&t->state, THREAD_RUNNABLE);
    se->ready_ns = now_ns;
    if (cpu == rq->cpu) {
        rq_activate(rq, t);
        rq_check_preempt(rq, t, now_ns);
        spin_unlock_irqrestore(&rq->lock, unmasked);
        return true;
    }
    se->in_flight = true;
    atomic_store_relaxed(&t->cpu, cpu);
    spin_unlock(&rq->lock);
    sched_place(t, now_ns);
    hal_irq_restore(unmasked);
    if (unmasked)
        preempt_check_resched();
    return true;
}

bool sched_wake_states(struct thread *t, uint32_t states)
{
    atomic_fence();
    for (;;) {
        bool unmasked;
        struct run_queue *rq = rq_lock_thread(t, &unmasked);

        if (!(STATE_BIT(atomic_load_relaxed(&t->state)) & states)) {
            spin_unlock_irqrestore(&rq->lock, unmasked);
            return false;
        }
        if (t->se->on_rq ||
            t->se->in_flight) { /* not yet asleep: schedule() will see that it need not */
            atomic_store(&t->state, THREAD_RUNNABLE);
            spin_unlock_irqrestore(&rq->lock, unmasked);
            return true;
        }
        if (wake_off_queue(rq, t, unmasked))
            return true;
    }
}

bool thread_wake(struct thread *t)
{
    return sched_wake_states(t, STATES_ASLEEP);
}

void thread_interrupt(struct thread *t, bool fatal)
{
    uint32_t states = STATE_BIT(THREAD_SLEEPING);

    if (fatal) {
        states |= STATE_BIT(THREAD_KILLABLE) | STATE_BIT(THREAD_STOPPED);
        atomic_store(&t->fatal, true);
    }
    atomic_store(&t->interrupt, true);
    if (!sched_wake_states(t, states))
        thread_kick(t);
}

void thread_kick(struct thread *t)
{
    uint32_t cpu;

    atomic_fence();
    cpu = atomic_load_relaxed(&t->cpu);
    /* Also when it is in the kernel: it may be about to enter user mode. */
    if (atomic_load(&sched_rqs[cpu].current) == t && t != thread_current())
        hal_ipi_send(cpu);
}

void thread_start(struct thread *t)
{
    uint64_t now_ns = hal_time_ns();
    bool unmasked;

    kassert(t->state == THREAD_NEW);
    thread_announce(t);
    thread_get(t);
    unmasked = hal_irq_save();
    t->se->ready_ns = now_ns;
    t->se->acct_ns = now_ns;
    t->se->in_flight = true;
    atomic_store(&t->cpu, sched_select_cpu(t, true, now_ns));
    atomic_store(&t->state, THREAD_RUNNABLE);
    sched_place(t, now_ns);
    hal_irq_restore(unmasked);
    if (unmasked)
        preempt_check_resched();
}
