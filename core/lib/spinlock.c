/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks.  The checker is asked before the wait, so that it speaks where we would
 * hang. */
#include "lib/spinlock.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/preempt.h"

static bool points;
static void (*contended_hook)(const char *name, uint32_t holder); /* atomic */

void spin_set_points(bool on)
{
    points = on;
}

void spin_set_contended_hook(void (*hook)(const char *name, uint32_t holder))
{
    atomic_store_release(&contended_hook, hook);
}

static inline void point(void)
{
    if (unlikely(points))
        hal_point();
}

static NOINLINE void contended(const struct spinlock *lock, uint32_t holder)
{
    void (*hook)(const char *, uint32_t) = atomic_load_acquire(&contended_hook);

    if (hook)
        hook(lock->dep.name, holder);
}

/* This CPU as a holder; the caller cannot migrate. */
static uint32_t holder_self(void)
{
    return 1 + (uint32_t)hal_cpu_id();
}

static bool spin_try(struct spinlock *lock, uint32_t self)
{
    uint32_t expected = 0;

    return atomic_cmpxchg_acquire(&lock->holder, &expected, self);
}

static void spin_acquire(struct spinlock *lock, unsigned subclass, const void *site)
{
    uint32_t self = holder_self();

    lockdep_acquire(&lock->dep, LOCKDEP_SPIN, subclass, false, site);
    while (unlikely(!spin_try(lock, self))) {
        uint32_t holder = atomic_load_relaxed(&lock->holder);

        if (holder != 0)
            contended(lock, holder);
        while ((holder = atomic_load_relaxed(&lock->holder)) != 0) {
            if (unlikely(holder == self))
                kpanic("spinlock %s: taken twice by CPU %u", lock->dep.name, self - 1);
            panic_check();
            hal_cpu_relax();
        }
    }
}

static void spin_release(struct spinlock *lock)
{
    if (unlikely(atomic_load_relaxed(&lock->holder) != holder_self()))
        kpanic("spinlock %s: released by CPU %u, which does not hold it", lock->dep.name,
               holder_self() - 1);
    lockdep_release(&lock->dep, LOCKDEP_SPIN);
    atomic_store_release(&lock->holder, 0);
}

void spin_lock(struct spinlock *lock)
{
    point();
    preempt_disable();
    spin_acquire(lock, 0, __builtin_return_address(0));
}

void spin_lock_nested(struct spinlock *lock, unsigned subclass)
{
    point();
    preempt_disable();
    spin_acquire(lock, subclass, __builtin_return_address(0));
}

void spin_unlock(struct spinlock *lock)
{
    spin_release(lock);
    preempt_enable();
    point();
}

bool spin_trylock(struct spinlock *lock)
{
    point();
    preempt_disable();
    if (!spin_try(lock, holder_self())) {
        preempt_enable();
        return false;
    }
    lockdep_acquire(&lock->dep, LOCKDEP_SPIN, 0, true, __builtin_return_address(0));
    return true;
}

bool spin_lock_irqsave(struct spinlock *lock)
{
    bool unmasked = hal_irq_save();

    point();
    preempt_disable();
    spin_acquire(lock, 0, __builtin_return_address(0));
    return unmasked;
}

bool spin_lock_irqsave_nested(struct spinlock *lock, unsigned subclass)
{
    bool unmasked = hal_irq_save();

    point();
    preempt_disable();
    spin_acquire(lock, subclass, __builtin_return_address(0));
    return unmasked;
}

void spin_unlock_irqrestore(struct spinlock *lock, bool unmasked)
{
    spin_release(lock);
    preempt_enable_no_resched();
    if (!unmasked)
        point(); /* else unmasking is one */
    hal_irq_restore(unmasked);
    if (unmasked)
        preempt_check_resched();
}

bool spin_held(const struct spinlock *lock)
{
    bool unmasked = hal_irq_save();
    bool held = atomic_load_relaxed(&lock->holder) == holder_self();

    hal_irq_restore(unmasked);
    return held;
}
