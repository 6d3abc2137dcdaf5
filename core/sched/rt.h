/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real-time classes: SCHED_FIFO and SCHED_RR, 99 priorities, and the throttle that keeps
 * them from starving everybody else.
 *
 * One list for each priority and a bitmap of the lists that are not empty.  The running entity
 * stays at the head of its list.  The throttle: in each period of 1 s real-time threads get at
 * most 950 ms of a CPU on which others want to run.
 *
 * Owner:   the run queue embeds an rt_queue, the thread an rt_entity.
 * Context: any.
 * Locking: the caller's (the run-queue lock).
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_RT_H
#define CLOUDOS_SCHED_RT_H

#include "lib/base.h"
#include "lib/bitmap.h"
#include "lib/list.h"

#define RT_PRIORITY_MIN 1
#define RT_PRIORITY_MAX 99
#define RT_SLICE_NS     UINT64_C(100000000) /* round robin */
#define RT_PERIOD_NS    UINT64_C(1000000000)
#define RT_RUNTIME_NS   UINT64_C(950000000)

struct rt_entity {
    struct list_node link;
    int priority; /* 1..99, higher runs first */
    bool round_robin;
    uint64_t slice_left_ns;
};

struct rt_queue {
    uint64_t bitmap[BITMAP_WORDS(RT_PRIORITY_MAX + 1)]; /* bit 99 - priority */
    struct list_node list[RT_PRIORITY_MAX + 1];
    uint32_t count;
    uint64_t period_start_ns;
    uint64_t runtime_ns; /* used in this period */
    bool throttled;
};

void rt_queue_init(struct rt_queue *q);
void rt_entity_init(struct rt_entity *e);
/* `head`: it was preempted and keeps its turn. */
void rt_enqueue(struct rt_queue *q, struct rt_entity *e, bool head);
void rt_dequeue(struct rt_queue *q, struct rt_entity *e);
/* To the end of its priority (yield, end of slice) with a new slice. */
void rt_requeue(struct rt_queue *q, struct rt_entity *e);
struct rt_entity *rt_pick(struct rt_queue *q); /* NULL: empty */
/* 0 when empty, else the highest priority queued. */
int rt_highest(const struct rt_queue *q);
/* `e` has run for `ran_ns` up to `now_ns`.  True: reschedule (slice over, or throttled). */
bool rt_account(struct rt_queue *q, struct rt_entity *e, uint64_t now_ns,
                uint64_t ran_ns);
/* Begin a new period when it is time.  True if that ended a throttling. */
bool rt_refresh(struct rt_queue *q, uint64_t now_ns);
/* When the running entity `e` (NULL: none) next needs a look, UINT64_MAX: never. */
uint64_t rt_next_event_ns(const struct rt_queue *q, const struct rt_entity *e,
                          uint64_t now_ns, bool others_wait);
/* Walk from the lowest priority, last entry first, for migration; NULL at the end. */
struct rt_entity *rt_lowest(struct rt_queue *q);

#endif /* CLOUDOS_SCHED_RT_H */
