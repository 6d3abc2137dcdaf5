/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping locks: mutex and readers-writer lock, known to the lock-order checker.
 *
 * Owner:   the object that embeds the lock.
 * Context: thread context, no spinlock held.
 * Locking: inside.
 * Errors:  the *_killable forms return -EINTR when a fatal signal ends the wait.
 */
#ifndef CLOUDOS_SCHED_MUTEX_H
#define CLOUDOS_SCHED_MUTEX_H

#include "sched/wait.h"

struct mutex {
    struct thread *owner;
    struct wait_queue queue;
    struct lockdep_class *class;
    const char *name;
};

void mutex_init(struct mutex *m, const char *name); /* name: constant, also the lock class */
void mutex_lock(struct mutex *m);
/* A second one of the same class, in an order that the caller guarantees: lib/lockdep.h. */
void mutex_lock_nested(struct mutex *m, unsigned subclass);
MUST_CHECK int mutex_lock_killable(struct mutex *m);
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(struct mutex *m); /* by the current thread */

/* Writers are preferred over new readers. */
struct rwlock {
    struct spinlock lock;
    int32_t readers;        /* -1: a writer holds it */
    uint32_t writers_waiting;
    struct thread *writer;
    struct wait_queue queue;
    const char *name;
};

void rwlock_init(struct rwlock *l, const char *name);
void rwlock_read(struct rwlock *l);
void rwlock_read_unlock(struct rwlock *l);
void rwlock_write(struct rwlock *l);
void rwlock_write_unlock(struct rwlock *l);
bool rwlock_write_held(struct rwlock *l);

#endif /* CLOUDOS_SCHED_MUTEX_H */
