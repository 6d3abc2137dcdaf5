/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * High-resolution one-shot timers, in per-CPU trees.
 *
 * Owner:   the object that embeds the timer; it cancels it before it goes away.
 * Context: arming and cancelling in any; `fn` runs in timer-interrupt context.
 * Locking: one lock per CPU, not held while `fn` runs.
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_TIMER_H
#define CLOUDOS_SCHED_TIMER_H

#include "lib/base.h"
#include "lib/rbtree.h"

struct timer {
    struct rb_node node;
    uint64_t deadline_ns; /* hal_time_ns() */
    void (*fn)(struct timer *t);
    uint32_t cpu; /* whose tree; changes under the lock of the tree it leaves */
    bool armed;   /* in that tree, under its lock */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_arm(struct timer *t, uint64_t deadline_ns); /* re-arms an armed timer */
/* True if it was armed.  After it returns `fn` will not start ... */
bool timer_cancel(struct timer *t);
/* ... and with this, is not running on another CPU either.  Not from `fn`. */
bool timer_cancel_sync(struct timer *t);
bool timer_armed(const struct timer *t);

#endif /* CLOUDOS_SCHED_TIMER_H */
