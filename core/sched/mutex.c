/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes.  Uncontended, one compare-and-swap each way.  An unlock leaves the lock free for
 * whoever comes first and wakes the first waiter; a waiter that was woken and found the lock
 * taken asks for a hand-over, and the next unlock gives it the lock directly.  That keeps the
 * throughput of barging without its starvation.
 */
#include "sched/mutex.h"

#include "abi/errno.h"
#include "sched/sched_priv.h"

#define MUTEX_WAITERS  UINT64_C(1) /* somebody sleeps: unlock takes the slow path */
#define MUTEX_HANDOFF  UINT64_C(2) /* unlock gives it to the first waiter */
#define MUTEX_FLAGS    (MUTEX_WAITERS | MUTEX_HANDOFF)
#define MUTEX_SPIN_MAX 200

struct mutex_waiter {
    struct list_node link;
    struct thread *thread;
};

void mutex_init(struct mutex *m, const char *name)
{
    *m = (struct mutex){.dep = LOCKDEP_MAP_INIT(name)};
    spin_init(&m->lock, "sched.mutex");
    list_init(&m->waiters);
}

static uintptr_t self(void)
{
    return (uintptr_t)thread_current();
}

static bool take_free(struct mutex *m, uintptr_t me)
{
    uintptr_t expected = 0;

    return atomic_cmpxchg_acquire(&m->owner, &expected, me);
}

/* Whether `owner` is on a CPU right now.  It may have gone: never look into it. */
static bool owner_runs(uintptr_t owner)
{
    for (unsigned cpu = 0; cpu < sched_cpu_count(); cpu++)
        if ((uintptr_t)atomic_load_relaxed(&sched_rqs[cpu].current) == owner)
            return true;
    return false;
}

/* The owner runs, so it will be done soon: cheaper than to sleep. */
static bool spin_on_owner(struct mutex *m, uintptr_t me)
{
    if (sched_cpu_count() == 1)
        return false;
    for (unsigned i = 0; i < MUTEX_SPIN_MAX; i++) {
        uintptr_t owner = atomic_load_relaxed(&m->owner);

        if (owner == 0 && take_free(m, me))
            return true;
        if ((owner & MUTEX_FLAGS) || preempt_need_resched() ||
            (owner != 0 && !owner_runs(owner)))
            return false;
        hal_cpu_relax();
    }
    return false;
}

/* Take it if it is free or has been handed to us; else leave word that somebody waits. */
static bool take_or_mark_locked(struct mutex *m, uintptr_t me, uintptr_t mark)
{
    uintptr_t owner = atomic_load_relaxed(&m->owner);

    for (;;) {
        uintptr_t holder = owner & ~MUTEX_FLAGS;

        if (holder == me)
            return true;
        if (atomic_cmpxchg_acquire(&m->owner, &owner,
                                   holder ? owner | mark : me | (owner & MUTEX_WAITERS)))
            return holder == 0;
    }
}

/* We hold it: the flags say what the list says. */
static void settle_flags_locked(struct mutex *m, uintptr_t me)
{
    atomic_store_relaxed(&m->owner, me | (list_empty(&m->waiters) ? 0 : MUTEX_WAITERS));
}

static void wake_first_locked(struct mutex *m)
{
    struct mutex_waiter *first =
        list_first_entry_or_null(&m->waiters, struct mutex_waiter, link);

    if (first)
        thread_wake(first->thread);
}

/* A waiter gives up: flags as the list says; if the lock is free, its wake is for the next. */
static void abandon_locked(struct mutex *m)
{
    uintptr_t owner = atomic_load_relaxed(&m->owner);
    uintptr_t flags = list_empty(&m->waiters) ? 0 : MUTEX_WAITERS;

    while (!atomic_cmpxchg(&m->owner, &owner, (owner & ~MUTEX_FLAGS) | flags))
        ;
    if ((owner & ~MUTEX_FLAGS) == 0)
        wake_first_locked(m);
}

static int lock_slow(struct mutex *m, enum thread_state state)
{
    struct thread *t = thread_current();
    struct mutex_waiter w = {.thread = t};
    uintptr_t me = (uintptr_t)t;
    uintptr_t mark = MUTEX_WAITERS;
    bool taken;

    kassert((atomic_load_relaxed(&m->owner) & ~MUTEX_FLAGS) != me);
    if (spin_on_owner(m, me))
        return 0;
    spin_lock(&m->lock);
    list_init(&w.link);
    list_add_tail(&w.link, &m->waiters);
    while (!(taken = take_or_mark_locked(m, me, mark))) {
        if (state == THREAD_KILLABLE && atomic_load(&t->fatal))
            break;
        atomic_store(&t->state, state);
        spin_unlock(&m->lock);
        schedule();
        spin_lock(&m->lock);
        mark = MUTEX_WAITERS | MUTEX_HANDOFF;
    }
    atomic_store(&t->state, THREAD_RUNNABLE);
    list_del(&w.link);
    if (taken)
        settle_flags_locked(m, me);
    else
        abandon_locked(m);
    spin_unlock(&m->lock);
    return taken ? 0 : -EINTR;
}

static int lock_common(struct mutex *m, unsigned subclass, enum thread_state state,
                       const void *site)
{
    int err;

    lockdep_assert_no_spinlocks("taking a mutex");
    lockdep_acquire(&m->dep, LOCKDEP_SLEEP, subclass, false, site);
    if (likely(take_free(m, self())))
        return 0;
    err = lock_slow(m, state);
    if (err != 0)
        lockdep_release(&m->dep, LOCKDEP_SLEEP);
    return err;
}

void mutex_lock(struct mutex *m)
{
    (void)lock_common(m, 0, THREAD_UNINTERRUPTIBLE, __builtin_return_address(0));
}

void mutex_lock_nested(struct mutex *m, unsigned subclass)
{
    (void)lock_common(m, subclass, THREAD_UNINTERRUPTIBLE, __builtin_return_address(0));
}

int mutex_lock_killable(struct mutex *m)
{
    return lock_common(m, 0, THREAD_KILLABLE, __builtin_return_address(0));
}

bool mutex_trylock(struct mutex *m)
{
    uintptr_t me = self();
    bool taken = take_free(m, me);

    if (!taken && (atomic_load_relaxed(&m->owner) & ~MUTEX_FLAGS) == 0) {
        spin_lock(&m->lock); /* free, but somebody waits */
        taken = take_or_mark_locked(m, me, 0);
        if (taken)
            settle_flags_locked(m, me);
        spin_unlock(&m->lock);
    }
    if (taken)
        lockdep_acquire(&m->dep, LOCKDEP_SLEEP, 0, true, __builtin_return_address(0));
    return taken;
}

static void unlock_slow(struct mutex *m)
{
    struct mutex_waiter *first;
    uintptr_t flags;

    spin_lock(&m->lock);
    first = list_first_entry_or_null(&m->waiters, struct mutex_waiter, link);
    flags = atomic_load_relaxed(&m->owner) & MUTEX_FLAGS;
    if (!first)
        atomic_store_release(&m->owner, 0);
    else if (flags & MUTEX_HANDOFF)
        atomic_store_release(&m->owner, (uintptr_t)first->thread | MUTEX_WAITERS);
    else
        atomic_store_release(&m->owner, MUTEX_WAITERS);
    wake_first_locked(m);
    spin_unlock(&m->lock);
}

void mutex_unlock(struct mutex *m)
{
    uintptr_t expected = self();

    if (unlikely((atomic_load_relaxed(&m->owner) & ~MUTEX_FLAGS) != expected))
        kpanic("mutex %s: released by a thread that does not hold it", m->dep.name);
    lockdep_release(&m->dep, LOCKDEP_SLEEP);
    if (!atomic_cmpxchg(&m->owner, &expected, 0))
        unlock_slow(m);
}

bool mutex_held(struct mutex *m)
{
    return (atomic_load_relaxed(&m->owner) & ~MUTEX_FLAGS) == self();
}
