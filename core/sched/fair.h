/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fair class: earliest eligible virtual deadline first (EEVDF).
 *
 * I. Stoica, H. Abdel-Wahab: "Earliest Eligible Virtual Deadline First: A Flexible and
 * Accurate Mechanism for Proportional Share Resource Allocation", TR-95-22, Old Dominion
 * University, 1995.  In its words: an entity of weight w that has run for t ns has advanced by
 * t / w of virtual time; the queue's virtual time V advances at 1 / W, W being the sum of the
 * weights; lag = w * (V - v) is the service that an entity is owed.  One with lag >= 0 is
 * eligible; of the eligible ones that with the earliest virtual deadline v + slice / w runs.
 * No entity's lag leaves the interval between minus and plus one slice while it is runnable, so
 * nobody starves, whatever the weights.
 *
 * V is the average of the v, weighted by w, so it is kept as two sums.  All virtual times are
 * relative and may wrap: only differences count.  This file knows no threads, CPUs or clocks.
 *
 * Owner:   the run queue embeds a fair_queue, the thread a fair_entity.
 * Context: any.
 * Locking: the caller's (the run-queue lock).
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_FAIR_H
#define CLOUDOS_SCHED_FAIR_H

#include "lib/base.h"
#include "lib/rbtree.h"

#define FAIR_NICE_MIN     (-20)
#define FAIR_NICE_MAX     19
#define FAIR_WEIGHT_NICE0 1024u
#define FAIR_WEIGHT_IDLE  3u
#define FAIR_SLICE_NS     UINT64_C(3000000)

struct fair_entity {
    struct rb_node node; /* in fair_queue.tree by vruntime; not for the running entity */
    uint64_t vruntime;   /* v, in ns of a nice-0 thread */
    uint64_t deadline;   /* virtual */
    uint64_t min_deadline; /* of the subtree below node */
    int64_t lag;           /* V - v while it is not queued: kept over a sleep, bounded */
    uint64_t slice_ns;     /* requested service */
    uint32_t weight;
    bool queued;
};

struct fair_queue {
    struct rb_root tree; /* augmented by the earliest deadline */
    struct fair_entity
        *curr;        /* the running entity: counted in the sums, not in the tree */
    uint64_t origin;  /* v are summed relative to this, which follows V */
    int64_t weighted; /* sum of w * (v - origin) */
    uint64_t weight;  /* W */
    uint32_t count;   /* entities, curr included */
};

/* 1024 at nice 0, a factor of 1.25 for each step, rounded. */
uint32_t fair_weight_of_nice(int nice);

void fair_queue_init(struct fair_queue *q);
/* A new thread: it owes nothing and is owed nothing. */
void fair_entity_init(struct fair_entity *e, uint32_t weight, uint64_t slice_ns);

/* V, the average of the queue. */
uint64_t fair_virtual_time(const struct fair_queue *q);
/* The lag of a queued entity in virtual ns. */
int64_t fair_lag(const struct fair_queue *q, const struct fair_entity *e);

/* Join, with the lag that it left with. */
void fair_enqueue(struct fair_queue *q, struct fair_entity *e);
/* Leave; the running entity may. */
void fair_dequeue(struct fair_queue *q, struct fair_entity *e);
/* Who should run: the running entity takes part.  NULL if there is nobody. */
struct fair_entity *fair_pick(struct fair_queue *q);
/* `e` (queued, or NULL) runs from now on; the one before goes back into the tree. */
void fair_set_current(struct fair_queue *q, struct fair_entity *e);
/* The running entity has run for `ran_ns`.  True: its slice is used up. */
bool fair_account(struct fair_queue *q, uint64_t ran_ns);
/* Real time until the running entity has used its slice, if nobody interferes. */
uint64_t fair_slice_left_ns(const struct fair_queue *q);
/* `e`, just queued, ought to run instead of the running entity. */
bool fair_preempts(struct fair_queue *q, struct fair_entity *e);
/* Change the weight, queued or not; the lag in real time stays. */
void fair_set_weight(struct fair_queue *q, struct fair_entity *e, uint32_t weight);
/* sched_yield(2): the running entity gives the rest of its slice up. */
void fair_yield(struct fair_queue *q);
/* The queued entity that would run last, for migration: not the running one.  Walk with
 * fair_prev(). */
struct fair_entity *fair_last(struct fair_queue *q);
struct fair_entity *fair_prev(struct fair_entity *e);

#endif /* CLOUDOS_SCHED_FAIR_H */
