/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for any of several files: what poll(2) and select(2) are made of.
 *
 * A set is filled by one pass of poll_set_check() over the files; each queue that a file may
 * become ready on gets a waiter.  Then poll_set_wait() sleeps until one of them is woken, and
 * further passes only look.
 *
 * Owner:   the caller, on its stack; poll_set_finish() ends every use.
 * Context: thread context, may sleep.
 * Locking: none; the waiters' callbacks only touch `woken` and the thread.
 * Errors:  -ENOMEM, -ERESTARTSYS, -ETIMEDOUT.
 */
#ifndef CLOUDOS_VFS_POLL_H
#define CLOUDOS_VFS_POLL_H

#include "abi/poll.h"
#include "sched/wait.h"
#include "vfs/file.h"

#define POLL_INLINE_WAITERS 8

struct poll_set;

struct poll_waiter {
    struct wait_entry entry;
    struct poll_set *set;
    struct file *file;        /* a reference: it owns the queue */
    struct poll_waiter *next; /* further ones, on the heap */
    uint32_t events;
};

struct poll_set {
    struct poll_table table;
    struct thread *thread;
    struct wait_queue sleep; /* only its owner sleeps here, nobody wakes it */
    struct file *file;       /* being looked at */
    bool woken;              /* atomic */
    bool no_memory;
    uint32_t used; /* of `fixed` */
    struct poll_waiter *more;
    struct poll_waiter fixed[POLL_INLINE_WAITERS];
};

void poll_set_init(struct poll_set *s);
/* Events of `f` that are in `events` or always reported; during the first pass waiters are
 * set. */
uint32_t poll_set_check(struct poll_set *s, struct file *f, uint32_t events);
/* After a pass: no more waiters are needed (something was ready, or the pass was complete). */
void poll_set_looked(struct poll_set *s);
MUST_CHECK int poll_set_wait(struct poll_set *s, uint64_t deadline_ns);
void poll_set_finish(struct poll_set *s);

#endif /* CLOUDOS_VFS_POLL_H */
