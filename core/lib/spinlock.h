/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spinlocks: test and test-and-set, with hal_cpu_relax() in the loop.
 *
 * Not ticket locks: on a machine whose CPUs are host threads the next ticket's holder may
 * be descheduled, and then nobody gets a free lock for a time slice.
 *
 * Owner:   the object that embeds the lock.
 * Context: any.  spin_lock() raises the preempt count; a lock that interrupt handlers take is
 *          always taken with spin_lock_irqsave().  The holder never sleeps.
 * Locking: the order is checked by lib/lockdep.h; locks of one name are one class.
 * Errors:  taking a lock that this CPU holds, or releasing one that it does not, panics.
 */
#ifndef CLOUDOS_LIB_SPINLOCK_H
#define CLOUDOS_LIB_SPINLOCK_H

#include "lib/base.h"
#include "lib/lockdep.h"

struct spinlock {
    uint32_t holder; /* atomic; 0: free, else 1 + the CPU that holds it */
    struct lockdep_map dep;
};

/* `static struct spinlock lock = SPINLOCK_INIT("module.what");` */
#define SPINLOCK_INIT(name_literal)                                                      \
    {                                                                                    \
        0, LOCKDEP_MAP_INIT(name_literal)                                                \
    }

/* `name` stays valid as long as the kernel runs: a literal. */
static inline void spin_init(struct spinlock *lock, const char *name)
{
    lock->holder = 0;
    lockdep_map_init(&lock->dep, name);
}

void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
MUST_CHECK bool spin_trylock(struct spinlock *lock);

/* Masks interrupts too; the result goes to spin_unlock_irqrestore(). */
MUST_CHECK bool spin_lock_irqsave(struct spinlock *lock);
void spin_unlock_irqrestore(struct spinlock *lock, bool unmasked);

/* The second lock of a class that is already held; see lib/lockdep.h. */
void spin_lock_nested(struct spinlock *lock, unsigned subclass);
MUST_CHECK bool spin_lock_irqsave_nested(struct spinlock *lock, unsigned subclass);

/* Call hal_point() before a lock is taken and after it is released: bootinfo.points. */
void spin_set_points(bool on);
/* Told, before the wait, of a lock that `holder` holds (1 + a CPU); for the event stream. */
void spin_set_contended_hook(void (*hook)(const char *name, uint32_t holder));

/* This CPU holds the lock; for assertions. */
bool spin_held(const struct spinlock *lock);

#endif /* CLOUDOS_LIB_SPINLOCK_H */
