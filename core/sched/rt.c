/* SPDX-License-Identifier: BSD-2-Clause */
/* Real-time run queues: first in, first out within a priority; strict order between them. */
#include "sched/rt.h"

#define RT_LEVELS (RT_PRIORITY_MAX + 1)

static size_t bit_of(int priority)
{
    kassert(priority >= RT_PRIORITY_MIN && priority <= RT_PRIORITY_MAX);
    return (size_t)(RT_PRIORITY_MAX - priority);
}

void rt_queue_init(struct rt_queue *q)
{
    *q = (struct rt_queue){0};
    for (unsigned i = 0; i < RT_LEVELS; i++)
        list_init(&q->list[i]);
}

void rt_entity_init(struct rt_entity *e)
{
    *e = (struct rt_entity){.slice_left_ns = RT_SLICE_NS};
    list_init(&e->link);
}

void rt_enqueue(struct rt_queue *q, struct rt_entity *e, bool head)
{
    size_t bit = bit_of(e->priority);

    kassert(!list_linked(&e->link));
    if (head)
        list_add(&e->link, &q->list[bit]);
    else
        list_add_tail(&e->link, &q->list[bit]);
    bitmap_set(q->bitmap, bit);
    q->count++;
}

void rt_dequeue(struct rt_queue *q, struct rt_entity *e)
{
    size_t bit = bit_of(e->priority);

    kassert(list_linked(&e->link) && q->count > 0);
    list_del(&e->link);
    if (list_empty(&q->list[bit]))
        bitmap_clear(q->bitmap, bit);
    q->count--;
}

void rt_requeue(struct rt_queue *q, struct rt_entity *e)
{
    e->slice_left_ns = RT_SLICE_NS;
    list_move_tail(&e->link, &q->list[bit_of(e->priority)]);
}

struct rt_entity *rt_pick(struct rt_queue *q)
{
    size_t bit = bitmap_first_set(q->bitmap, RT_LEVELS);

    if (bit == RT_LEVELS)
        return NULL;
    return list_first_entry(&q->list[bit], struct rt_entity, link);
}

int rt_highest(const struct rt_queue *q)
{
    size_t bit = bitmap_first_set(q->bitmap, RT_LEVELS);

    return bit == RT_LEVELS ? 0 : RT_PRIORITY_MAX - (int)bit;
}

bool rt_account(struct rt_queue *q, struct rt_entity *e, uint64_t now_ns, uint64_t ran_ns)
{
    bool resched;

    q->runtime_ns += ran_ns;
    resched = rt_refresh(q, now_ns);
    if (q->runtime_ns >= RT_RUNTIME_NS && !q->throttled) {
        q->throttled = true;
        resched = true;
    }
    if (!e->round_robin)
        return resched;
    if (ran_ns < e->slice_left_ns) {
        e->slice_left_ns -= ran_ns;
        return resched;
    }
    rt_requeue(q, e);
    return true;
}

bool rt_refresh(struct rt_queue *q, uint64_t now_ns)
{
    bool was_throttled = q->throttled;
    uint64_t periods, budget_ns;

    if ((int64_t)(now_ns - q->period_start_ns) < (int64_t)RT_PERIOD_NS)
        return false;
    periods = (now_ns - q->period_start_ns) / RT_PERIOD_NS;
    budget_ns = periods * RT_RUNTIME_NS;
    q->period_start_ns += periods * RT_PERIOD_NS;
    q->runtime_ns = q->runtime_ns > budget_ns ? q->runtime_ns - budget_ns : 0;
    q->runtime_ns = MIN(q->runtime_ns, RT_RUNTIME_NS);
    q->throttled = q->runtime_ns >= RT_RUNTIME_NS;
    return was_throttled && !q->throttled;
}

uint64_t rt_next_event_ns(const struct rt_queue *q, const struct rt_entity *e,
                          uint64_t now_ns, bool others_wait)
{
    uint64_t next = UINT64_MAX;

    if (q->count == 0)
        return next;
    if (q->throttled)
        return q->period_start_ns + RT_PERIOD_NS;
    if (e && e->round_robin && q->count > 1)
        next = now_ns + e->slice_left_ns;
    if (e && others_wait) {
        uint64_t limit = now_ns + (RT_RUNTIME_NS - q->runtime_ns);
        uint64_t period_end = q->period_start_ns + RT_PERIOD_NS;

        next = MIN(next, MIN(limit, period_end));
    }
    return next;
}

struct rt_entity *rt_lowest(struct rt_queue *q)
{
    for (size_t bit = RT_LEVELS; bit-- > 0;)
        if (bitmap_test(q->bitmap, bit))
            return list_last_entry(&q->list[bit], struct rt_entity, link);
    return NULL;
}
