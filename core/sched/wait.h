/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues: threads that sleep until somebody says that a condition may have changed.
 *
 * Owner:   the object that embeds the queue.
 * Context: waiting in thread context; waking in any.
 * Locking: the queue's own spinlock (irqsave), inside.  The condition is evaluated without it.
 * Errors:  0, -ERESTARTSYS (signal), -ETIMEDOUT.
 *
 * Protocol: wait_prepare() puts the thread on the queue and sets its state, then the condition
 * is looked at, then wait_sleep() gives the CPU away; a wake between the two is not lost.
 */
#ifndef CLOUDOS_SCHED_WAIT_H
#define CLOUDOS_SCHED_WAIT_H

#include "hal/hal.h"
#include "lib/list.h"
#include "lib/spinlock.h"
#include "sched/thread.h"

struct wait_queue {
    struct spinlock lock;
    struct list_node waiters;
    uint32_t count; /* atomic; of waiters, for a look without the lock */
};

struct wait_entry;
/* Called with the queue locked for each waiter; true: it counts as woken. */
typedef bool (*wait_fn)(struct wait_entry *e, uint32_t key);

struct wait_entry {
    struct list_node link;
    struct wait_queue *queue; /* NULL when not queued */
    struct thread *thread;
    wait_fn wake;   /* default: thread_wake */
    bool exclusive; /* wait_wake(q, n) counts these */
};

#define WAIT_QUEUE_INIT(q)                                                               \
    {                                                                                    \
        .lock = SPINLOCK_INIT("wait"), .waiters = { &(q).waiters, &(q).waiters }         \
    }
void wait_queue_init(struct wait_queue *q);
/* A lock class of its own, for a queue that is woken from another's callback (epoll). */
void wait_queue_init_class(struct wait_queue *q, const char *name);
void wait_entry_init(struct wait_entry *e);                /* for the current thread */
void wait_entry_init_fn(struct wait_entry *e, wait_fn fn); /* a callback (poll, epoll) */
void wait_add(struct wait_queue *q, struct wait_entry *e);
void wait_remove(struct wait_entry *e);
bool wait_queue_empty(struct wait_queue *q);

/* Any context.  All non-exclusive waiters and up to `n` exclusive ones; `key`: poll events. */
void wait_wake(struct wait_queue *q, unsigned n, uint32_t key);
#define wait_wake_all(q) wait_wake((q), UINT32_MAX, UINT32_MAX)
#define wait_wake_one(q) wait_wake((q), 1, UINT32_MAX)

/* wait_prepare() without a queue: somebody knows this thread and will thread_wake() it. */
void wait_prepare_alone(enum thread_state state);
void wait_prepare(struct wait_queue *q, struct wait_entry *e, enum thread_state state);
/* Sleep until woken or `deadline_ns` (hal_time_ns, HAL_NEVER: none): 0, -ERESTARTSYS (state
 * THREAD_SLEEPING and a signal), -ETIMEDOUT.  The caller looks at its condition again. */
MUST_CHECK int wait_sleep(uint64_t deadline_ns);
void wait_finish(struct wait_queue *q, struct wait_entry *e);

/* Wait until `cond` holds. */
#define wait_event_state(q, cond, state, deadline_ns)                                    \
    ({                                                                                   \
        struct wait_entry wait_e_;                                                       \
        int wait_err_ = 0;                                                               \
        wait_entry_init(&wait_e_);                                                       \
        for (;;) {                                                                       \
            wait_prepare((q), &wait_e_, (state));                                        \
            if (cond) {                                                                  \
                wait_err_ = 0;                                                           \
                break;                                                                   \
            }                                                                            \
            if (wait_err_)                                                               \
                break;                                                                   \
            wait_err_ = wait_sleep(deadline_ns);                                         \
        }                                                                                \
        wait_finish((q), &wait_e_);                                                      \
        wait_err_;                                                                       \
    })
#define wait_event(q, cond) wait_event_state(q, cond, THREAD_SLEEPING, HAL_NEVER)
#define wait_event_until(q, cond, deadline_ns)                                           \
    wait_event_state(q, cond, THREAD_SLEEPING, deadline_ns)
#define wait_event_killable(q, cond) wait_event_state(q, cond, THREAD_KILLABLE, HAL_NEVER)
/* For threads of the kernel, which get no signals: waits that may take for ever. */
#define wait_event_idle(q, cond)                                                         \
    ((void)wait_event_state(q, cond, THREAD_SLEEPING, HAL_NEVER))
/* For waits that are over soon: a thread that is not woken is reported (hung.c). */
#define wait_event_uninterruptible(q, cond)                                              \
    ((void)wait_event_state(q, cond, THREAD_UNINTERRUPTIBLE, HAL_NEVER))

#endif /* CLOUDOS_SCHED_WAIT_H */
