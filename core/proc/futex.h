/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: threads that sleep on a word of user memory.
 *
 * Owner:   a waiter lives on the stack of the thread that waits.
 * Context: thread context of a user thread; user memory is read and written.
 * Locking: one spinlock for each hash bucket, never held while user memory is touched.
 * Errors:  as futex(2) says; -ERESTARTSYS and -ERESTART_RESTARTBLOCK for signals.
 */
#ifndef CLOUDOS_PROC_FUTEX_H
#define CLOUDOS_PROC_FUTEX_H

#include "proc/task.h"

/* A word, and how the program says that it is shared. */
struct futex_ref {
    uint64_t va;
    bool shared;
};

/* Deadlines are hal_time_ns(), HAL_NEVER: none. */
MUST_CHECK int64_t futex_wait(struct task *t, struct futex_ref f, uint32_t val,
                              uint32_t bitset, uint64_t deadline_ns);
/* A word of futex_waitv(2), and what it must hold. */
struct futex_wait_item {
    struct futex_ref f;
    uint32_t val;
};
/* Until one of 1..ABI_FUTEX_WAITV_MAX words is woken: its index.  -ERESTARTSYS for a signal:
 * the deadline does not move. */
MUST_CHECK int64_t futex_wait_many(struct task *t, const struct futex_wait_item *items,
                                   uint32_t n, uint64_t deadline_ns);
/* Threads woken. */
MUST_CHECK int64_t futex_wake(struct futex_ref f, uint32_t n, uint32_t bitset);
/* Wake `n`, move up to `move` others to `to`.  expected: NULL, or what the word must hold
 * (else -EAGAIN).  Threads woken, and moved too when expected is given. */
MUST_CHECK int64_t futex_requeue(struct futex_ref from, struct futex_ref to, uint32_t n,
                                 uint32_t move, const uint32_t *expected);
/* FUTEX_WAKE_OP: change the word of `g` as `op` says, wake `n` of `f`, and if the old value
 * compares as `op` says `m` of `g`. */
MUST_CHECK int64_t futex_wake_op(struct futex_ref f, struct futex_ref g, uint32_t n,
                                 uint32_t m, uint32_t op);

/* Priority-inheriting futexes: the word holds the owner's tid.  The owner's priority is not
 * raised; the rest of the protocol is kept. */
MUST_CHECK int64_t futex_lock_pi(struct task *t, struct futex_ref f,
                                 uint64_t deadline_ns);
MUST_CHECK int64_t futex_trylock_pi(struct task *t, struct futex_ref f);
MUST_CHECK int64_t futex_unlock_pi(struct task *t, struct futex_ref f);

/* The calling task leaves its memory (exit, exec): robust list and PI futexes that it holds
 * get OWNER_DIED, its clear_child_tid word gets 0, and whoever waits is woken. */
void futex_task_exit(struct task *t);

void futex_init(void); /* from proc_init() */

#endif /* CLOUDOS_PROC_FUTEX_H */
