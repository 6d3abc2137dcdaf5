/* SPDX-License-Identifier: BSD-2-Clause */
/* One CPU's run queue: real-time before fair, unless real-time is throttled. */
#include "sched/sched_priv.h"

struct run_queue sched_rqs[HAL_CPUS_MAX];
uint64_t sched_online;
uint64_t sched_idle_mask;

void rq_init(struct run_queue *rq, unsigned cpu)
{
    spin_init(&rq->lock, "sched.rq");
    rq->cpu = cpu;
    fair_queue_init(&rq->fair);
    rt_queue_init(&rq->rt);
    rq->slice_event_ns = HAL_NEVER;
    rq->timer_event_ns = HAL_NEVER;
    rq->programmed_ns = HAL_NEVER;
}

struct run_queue *rq_lock_thread(struct thread *t, bool *unmasked)
{
    for (;;) {
        uint32_t cpu = atomic_load_relaxed(&t->cpu);
        struct run_queue *rq = &sched_rqs[cpu];

        *unmasked = spin_lock_irqsave(&rq->lock);
        if (atomic_load_relaxed(&t->cpu) == cpu)
            return rq;
        spin_unlock_irqrestore(&rq->lock, *unmasked);
    }
}

static void summarize(struct run_queue *rq)
{
    atomic_store_relaxed(&rq->nr, rq->fair.count + rq->rt.count);
    atomic_store_relaxed(&rq->rt_top, rt_highest(&rq->rt));
    atomic_store_relaxed(&rq->load,
                         rq->fair.weight + (uint64_t)SCHED_RT_LOAD * rq->rt.count);
}

void rq_activate(struct run_queue *rq, struct thread *t)
{
    struct sched_entity *se = t->se;

    kassert(spin_held(&rq->lock) && t->cpu == rq->cpu);
    kassert(!se->on_rq && !se->is_idle && !se->in_flight);
    if (sched_is_rt(se))
        rt_enqueue(&rq->rt, &se->rt, false);
    else
        fair_enqueue(&rq->fair, &se->fair);
    se->on_rq = true;
    summarize(rq);
}

void rq_deactivate(struct run_queue *rq, struct thread *t)
{
    struct sched_entity *se = t->se;

    kassert(se->on_rq && t->cpu == rq->cpu);
    if (sched_is_rt(se))
        rt_dequeue(&rq->rt, &se->rt);
    else
        fair_dequeue(&rq->fair, &se->fair);
    se->on_rq = false;
    summarize(rq);
}

void rq_resched(struct run_queue *rq)
{
    uint32_t *flag = &preempt_cpus[rq->cpu].need_resched;

    if (atomic_xchg(flag, 1) == 0 && rq->cpu != hal_cpu_id())
        hal_ipi_send(rq->cpu);
}

void rq_update(struct run_queue *rq, uint64_t now_ns)
{
    struct thread *t = rq->current;
    uint64_t ran_ns;
    bool resched = false;

    if ((int64_t)(now_ns - rq->exec_start_ns) <= 0) /* `now` was read before the lock */
        return;
    ran_ns = now_ns - rq->exec_start_ns;
    rq->exec_start_ns = now_ns;
    if (!t->se->on_rq)
        return;
    if (sched_is_rt(t->se)) {
        resched = rt_account(&rq->rt, &t->se->rt, now_ns, ran_ns);
    } else {
        resched = fair_account(&rq->fair, ran_ns);
        if (rt_refresh(&rq->rt, now_ns))
            resched = true;
    }
    if (resched && rq->nr > 1)
        rq_resched(rq);
}

struct thread *rq_pick(struct run_queue *rq, uint64_t now_ns)
{
    struct fair_entity *fair;

    rt_refresh(&rq->rt, now_ns);
    if (rq->rt.count != 0 && !(rq->rt.throttled && rq->fair.count != 0))
        return sched_of_rt(rt_pick(&rq->rt));
    fair = fair_pick(&rq->fair);
    return fair ? sched_of_fair(fair) : rq->idle;
}

/* A fair thread `t` against the fair thread `curr`. */
static bool fair_wins(struct run_queue *rq, struct thread *t, struct thread *curr)
{
    bool idle = t->se->policy == SCHED_POLICY_IDLE;
    bool curr_idle = curr->se->policy == SCHED_POLICY_IDLE;

    if (idle != curr_idle)
        return curr_idle;
    if (t->se->policy == SCHED_POLICY_BATCH)
        return false;
    return fair_preempts(&rq->fair, &t->se->fair);
}

void rq_check_preempt(struct run_queue *rq, struct thread *t, uint64_t now_ns)
{
    struct thread *curr = rq->current;
    bool wins;

    rq_update(rq, now_ns);
    if (curr->se->is_idle || !curr->se->on_rq) {
        wins = true;
    } else if (sched_is_rt(t->se)) {
        wins = sched_is_rt(curr->se) ? t->se->rt.priority > curr->se->rt.priority
                                     : !rq->rt.throttled;
    } else if (sched_is_rt(curr->se)) {
        wins = rq->rt.throttled;
    } else {
        wins = fair_wins(rq, t, curr);
    }
    if (wins)
        rq_resched(rq);
    else
        rq_arm_slice(rq, now_ns);
}

uint64_t rq_next_event_ns(struct run_queue *rq, uint64_t now_ns)
{
    struct thread *t = rq->current;
    struct sched_entity *se = t->se;
    uint64_t next = HAL_NEVER;

    if (t->tick_ns != 0)
        next = MAX(se->next_tick_ns, now_ns + SCHED_EVENT_MIN_NS);
    if (rq->nr > 1) {
        bool rt = se->on_rq && sched_is_rt(se);
        uint64_t rt_next =
            rt_next_event_ns(&rq->rt, rt ? &se->rt : NULL, now_ns, rq->fair.count != 0);

        next = MIN(next, rt_next);
        if (!rt) {
            uint64_t left = fair_slice_left_ns(&rq->fair);
            uint64_t cap =
                atomic_load_relaxed(&sched_idle_mask) ? SCHED_PUSH_NS : SCHED_BALANCE_NS;

            left = CLAMP(left, SCHED_EVENT_MIN_NS, cap);
            next = MIN(next, now_ns + left);
        }
    }
    return next;
}

void rq_arm_slice(struct run_queue *rq, uint64_t now_ns)
{
    if (rq->cpu == hal_cpu_id()) {
        rq->slice_event_ns = rq_next_event_ns(rq, now_ns);
        sched_timer_program(rq);
    } else if (rq->nr == 2) {
        /* It ran alone without a timer until now; its own IPI handler computes one. */
        sched_timer_recalc(rq);
    }
}
