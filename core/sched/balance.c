/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evening out the CPUs.  A CPU without work pulls; one with work to spare looks about every
 * 4 ms, gives to an idle CPU first, then takes from the busiest or gives to the least loaded.
 * A thread moves only if that makes the difference in load (weights) smaller.
 */
#include "sched/sched_priv.h"

static bool may_move(const struct run_queue *src, struct thread *t, unsigned dst)
{
    return src->current != t && !atomic_load_acquire(&t->se->on_cpu) &&
           sched_allowed(t, dst);
}

/* Take one waiting thread whose weight is below `limit` off `src` (locked), bound for `dst`. */
static struct thread *detach_one(struct run_queue *src, unsigned dst, uint64_t limit)
{
    struct fair_entity *e = fair_last(&src->fair);
    struct rt_entity *rt = rt_lowest(&src->rt);
    struct thread *t = NULL;

    if (rt && limit > SCHED_RT_LOAD && may_move(src, sched_of_rt(rt), dst))
        t = sched_of_rt(rt);
    for (unsigned i = 0; !t && e && i < SCHED_SCAN_MAX; i++, e = fair_prev(e))
        if (e->weight < limit && may_move(src, sched_of_fair(e), dst))
            t = sched_of_fair(e);
    if (!t)
        return NULL;
    rq_deactivate(src, t);
    t->se->in_flight = true;
    atomic_store_relaxed(&t->cpu, dst);
    return t;
}

static struct run_queue *busiest_other(const struct run_queue *rq)
{
    struct run_queue *best = NULL;
    uint64_t most = 0;

    for (uint64_t left = atomic_load_relaxed(&sched_online); left != 0;
         left &= left - 1) {
        struct run_queue *other = &sched_rqs[__builtin_ctzll(left)];

        if (other == rq || sched_nr(other) < 2 || sched_load(other) <= most)
            continue;
        best = other;
        most = sched_load(other);
    }
    return best;
}

static struct run_queue *least_loaded_other(const struct run_queue *rq)
{
    struct run_queue *best = NULL;
    uint64_t least = UINT64_MAX;

    for (uint64_t left = atomic_load_relaxed(&sched_online); left != 0;
         left &= left - 1) {
        struct run_queue *other = &sched_rqs[__builtin_ctzll(left)];

        if (other == rq || sched_load(other) >= least)
            continue;
        best = other;
        least = sched_load(other);
    }
    return best;
}

/* Move one thread, if the lock of `src` is free. */
static bool move_one(struct run_queue *src, struct run_queue *dst, uint64_t limit)
{
    struct thread *t;

    if (!spin_trylock(&src->lock))
        return false;
    t = detach_one(src, dst->cpu, limit);
    spin_unlock(&src->lock);
    if (!t)
        return false;
    sched_place(t, hal_time_ns());
    return true;
}

void sched_pull(struct run_queue *rq)
{
    struct run_queue *src = busiest_other(rq);

    if (src)
        (void)move_one(src, rq, UINT64_MAX);
}

void sched_balance(struct run_queue *rq, uint64_t now_ns)
{
    uint64_t idle = atomic_load_relaxed(&sched_idle_mask) & ~BIT(rq->cpu);
    struct run_queue *other;
    uint64_t mine;

    rq->next_balance_ns = now_ns + SCHED_BALANCE_NS;
    for (; idle != 0 && sched_nr(rq) > 1; idle &= idle - 1)
        (void)move_one(rq, &sched_rqs[__builtin_ctzll(idle)], UINT64_MAX);
    mine = sched_load(rq);
    other = busiest_other(rq);
    if (other && sched_load(other) > mine) {
        (void)move_one(other, rq, sched_load(other) - mine);
        return;
    }
    other = least_loaded_other(rq);
    if (other && mine > sched_load(other))
        (void)move_one(rq, other, mine - sched_load(other));
}
