/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buckets and waiters, shared by the futex files.
 *
 * Owner:   futex.c.
 * Context: thread context.
 * Locking: bucket.lock covers its list and, for each waiter on it, key and `bucket`.  Two
 *          buckets are locked in order of address.
 * Errors:  none.
 */
#ifndef CLOUDOS_PROC_FUTEX_PRIV_H
#define CLOUDOS_PROC_FUTEX_PRIV_H

#include "lib/spinlock.h"
#include "proc/futex.h"
#include "vm/ucopy.h"

struct futex_bucket {
    struct spinlock lock;
    struct list_node waiters; /* struct futex_waiter, first come first */
    uint32_t count;           /* atomic; of waiters, for a look without the lock */
} ALIGNED(64);

#define FUTEX_BUCKETS 256

extern struct futex_bucket futex_buckets[FUTEX_BUCKETS];

struct futex_waiter {
    struct list_node link;
    struct futex_bucket *bucket; /* atomic; NULL: woken */
    struct vm_key key;
    struct thread *thread;
    uint32_t bitset;
    bool pi;
    uint32_t owner_tid; /* PI: whom it waits for; atomic */
};

struct futex_bucket *futex_bucket_of(const struct vm_key *key);
MUST_CHECK int futex_key(struct futex_ref f, struct vm_key *key);
void futex_enqueue(struct futex_waiter *w);
/* Leave the queue: false if it has been woken already. */
bool futex_dequeue(struct futex_waiter *w);
/* Take `w` off its bucket (locked) and wake its thread; `w` may be gone afterwards. */
void futex_wake_waiter_locked(struct futex_waiter *w);
uint32_t futex_wake_key(const struct vm_key *key, uint32_t n, uint32_t bitset, bool pi);
/* Until woken: 0, -ERESTARTSYS, -ETIMEDOUT. */
MUST_CHECK int futex_sleep(struct futex_waiter *w, uint64_t deadline_ns);
/* A task exits: PI waiters that wait for it look again. */
void futex_pi_owner_exits(struct task *t);

#endif /* CLOUDOS_PROC_FUTEX_PRIV_H */
