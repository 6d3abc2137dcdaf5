/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping locks: mutex and readers-writer lock, known to the lock-order checker.
 *
 * Neither is recursive, also not for reading.  The *_nested forms take the second lock of a
 * class, in an order that the caller guarantees (lib/lockdep.h).
 *
 * Owner:   the object that embeds the lock.
 * Context: thread context, no spinlock held.
 * Locking: inside.
 * Errors:  the *_killable forms return -EINTR when a fatal signal ends the wait.
 */
#ifndef CLOUDOS_SCHED_MUTEX_H
#define CLOUDOS_SCHED_MUTEX_H

#include "lib/list.h"
#include "lib/lockdep.h"
#include "lib/spinlock.h"
#include "sched/thread.h"
#include "sched/wait.h"

struct mutex {
    uintptr_t owner; /* atomic: struct thread, and two flags in the low bits (mutex.c) */
    struct spinlock lock; /* covers `waiters` and the flags */
    struct list_node waiters;
    struct lockdep_map dep;
};

void mutex_init(struct mutex *m,
                const char *name); /* name: constant, also the lock class */
void mutex_lock(struct mutex *m);
void mutex_lock_nested(struct mutex *m, unsigned subclass);
MUST_CHECK int mutex_lock_killable(struct mutex *m);
MUST_CHECK bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(struct mutex *m); /* by the current thread */

/* A waiting writer keeps new readers out; the readers that have come meanwhile go in together
 * when that writer leaves.  So neither side starves. */
struct rwlock {
    struct spinlock lock;
    int32_t readers; /* -1: a writer holds it */
    uint32_t writers_waiting, readers_waiting;
    struct thread *writer;
    struct list_node waiters; /* in order of arrival */
    struct lockdep_map dep;
};

void rwlock_init(struct rwlock *l, const char *name);
void rwlock_read(struct rwlock *l);
void rwlock_read_nested(struct rwlock *l, unsigned subclass);
MUST_CHECK bool rwlock_read_try(struct rwlock *l);
void rwlock_read_unlock(struct rwlock *l);
void rwlock_write(struct rwlock *l);
void rwlock_write_nested(struct rwlock *l, unsigned subclass);
MUST_CHECK bool rwlock_write_try(struct rwlock *l);
void rwlock_write_unlock(struct rwlock *l);
bool rwlock_write_held(struct rwlock *l);

#endif /* CLOUDOS_SCHED_MUTEX_H */
