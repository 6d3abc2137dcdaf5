/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be said about a thread's scheduling: policy, priority, nice, affinity. */
#include "abi/errno.h"
#include "sched/sched_priv.h"

#define BATCH_SLICES 4

static uint32_t weight_of(const struct sched_entity *se)
{
    return se->policy == SCHED_POLICY_IDLE ? FAIR_WEIGHT_IDLE
                                           : fair_weight_of_nice(se->nice);
}

uint64_t sched_slice_of(enum sched_policy p)
{
    return sched_slice() * (p == SCHED_POLICY_BATCH ? BATCH_SLICES : 1);
}

/* Change something that decides about the place in the queue: take it out, put it back. */
struct change {
    struct run_queue *rq;
    bool unmasked, queued, running;
};

static void change_begin(struct change *c, struct thread *t)
{
    c->rq = rq_lock_thread(t, &c->unmasked);
    c->running = c->rq->current == t;
    c->queued = t->se->on_rq;
    if (c->running)
        rq_update(c->rq, hal_time_ns());
    if (c->queued)
        rq_deactivate(c->rq, t);
}

static void change_end(struct change *c, struct thread *t)
{
    if (c->queued) {
        rq_activate(c->rq, t);
        if (c->running && !sched_is_rt(t->se))
            fair_set_current(&c->rq->fair, &t->se->fair);
        rq_resched(c->rq);
    }
    spin_unlock_irqrestore(&c->rq->lock, c->unmasked);
}

static bool policy_valid(enum sched_policy p, int rt_priority)
{
    switch (p) {
    case SCHED_POLICY_NORMAL:
    case SCHED_POLICY_BATCH:
    case SCHED_POLICY_IDLE:
        return rt_priority == 0;
    case SCHED_POLICY_FIFO:
    case SCHED_POLICY_RR:
        return rt_priority >= RT_PRIORITY_MIN && rt_priority <= RT_PRIORITY_MAX;
    }
    return false;
}

int thread_set_policy(struct thread *t, enum sched_policy p, int rt_priority)
{
    struct sched_entity *se = t->se;
    struct change c;

    if (!policy_valid(p, rt_priority))
        return -EINVAL;
    change_begin(&c, t);
    se->policy = p;
    se->rt.priority = rt_priority;
    se->rt.round_robin = p == SCHED_POLICY_RR;
    se->rt.slice_left_ns = RT_SLICE_NS;
    se->fair.slice_ns = sched_slice_of(p);
    fair_set_weight(&c.rq->fair, &se->fair, weight_of(se));
    change_end(&c, t);
    return 0;
}

void thread_get_policy(struct thread *t, enum sched_policy *p, int *rt_priority)
{
    bool unmasked;
    struct run_queue *rq = rq_lock_thread(t, &unmasked);

    *p = t->se->policy;
    *rt_priority = t->se->rt.priority;
    spin_unlock_irqrestore(&rq->lock, unmasked);
}

int thread_set_nice(struct thread *t, int nice)
{
    struct change c;

    nice = CLAMP(nice, FAIR_NICE_MIN, FAIR_NICE_MAX);
    change_begin(&c, t);
    t->se->nice = nice;
    fair_set_weight(&c.rq->fair, &t->se->fair, weight_of(t->se));
    change_end(&c, t);
    return 0;
}

int thread_nice(struct thread *t)
{
    return atomic_load_relaxed(&t->se->nice);
}

uint64_t thread_slice_ns(struct thread *t)
{
    enum sched_policy p;
    int priority;

    thread_get_policy(t, &p, &priority);
    if (p == SCHED_POLICY_FIFO)
        return 0; /* sched_rr_get_interval(2): until it gives up */
    return p == SCHED_POLICY_RR ? RT_SLICE_NS : t->se->fair.slice_ns;
}

/* `t` waits on the queue of a CPU where it may not run any more. */
static void evict(struct run_queue *rq, struct thread *t, bool unmasked)
{
    uint64_t now_ns = hal_time_ns();

    rq_deactivate(rq, t);
    t->se->in_flight = true;
    atomic_store_relaxed(&t->cpu, sched_select_cpu(t, true, now_ns));
    spin_unlock(&rq->lock);
    sched_place(t, now_ns);
    hal_irq_restore(unmasked);
    if (unmasked)
        preempt_check_resched();
}

int thread_set_affinity(struct thread *t, struct cpumask mask)
{
    if ((mask.bits & atomic_load(&sched_online)) == 0)
        return -EINVAL;
    for (;;) {
        bool unmasked;
        struct run_queue *rq = rq_lock_thread(t, &unmasked);

        t->se->affinity = mask;
        if (!t->se->on_rq || sched_allowed(t, rq->cpu)) {
            spin_unlock_irqrestore(&rq->lock, unmasked);
            return 0;
        }
        if (rq->current == t) { /* it moves when it is switched out */
            rq_resched(rq);
            spin_unlock_irqrestore(&rq->lock, unmasked);
            return 0;
        }
        if (!atomic_load_acquire(&t->se->on_cpu)) {
            evict(rq, t, unmasked);
            return 0;
        }
        /* Its context is being saved at this moment. */
        spin_unlock_irqrestore(&rq->lock, unmasked);
        panic_check();
        hal_cpu_relax();
    }
}

struct cpumask thread_affinity(struct thread *t)
{
    return (struct cpumask){atomic_load_relaxed(&t->se->affinity.bits)};
}

void thread_set_tick(struct thread *t, uint64_t tick_ns, void (*fn)(struct thread *t))
{
    bool unmasked;
    struct run_queue *rq = rq_lock_thread(t, &unmasked);

    if (fn)
        t->on_tick = fn;
    kassert(tick_ns == 0 || t->on_tick);
    t->se->next_tick_ns = hal_time_ns() + tick_ns;
    atomic_store_relaxed(&t->tick_ns, tick_ns);
    if (tick_ns != 0 && rq->current == t) {
        if (rq->cpu == hal_cpu_id())
            rq_arm_slice(rq, hal_time_ns());
        else
            sched_timer_recalc(rq);
    }
    spin_unlock_irqrestore(&rq->lock, unmasked);
}

void thread_yield(void)
{
    bool unmasked = hal_irq_save();
    struct run_queue *rq = sched_this_rq();
    struct sched_entity *se = rq->current->se;

    spin_lock(&rq->lock);
    rq_update(rq, hal_time_ns());
    if (sched_is_rt(se))
        rt_requeue(&rq->rt, &se->rt);
    else
        fair_yield(&rq->fair);
    spin_unlock(&rq->lock);
    sched_switch(true);
    hal_irq_restore(unmasked);
}
