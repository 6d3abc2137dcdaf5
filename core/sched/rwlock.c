/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers-writer locks.  A lock is granted by whoever releases it, to the waiter directly, so
 * a woken waiter never competes.
 */
#include "sched/mutex.h"
#include "sched/sched_priv.h"

struct rwlock_waiter {
    struct list_node link;
    struct thread *thread;
    bool write;
    bool granted; /* atomic; set under the lock's spinlock, last touch of the granter */
};

void rwlock_init(struct rwlock *l, const char *name)
{
    *l = (struct rwlock){.dep = LOCKDEP_MAP_INIT(name)};
    spin_init(&l->lock, "sched.rwlock");
    list_init(&l->waiters);
}

static void grant_locked(struct rwlock *l, struct rwlock_waiter *w)
{
    if (w->write) {
        l->readers = -1;
        l->writer = w->thread;
        l->writers_waiting--;
    } else {
        l->readers++;
        l->readers_waiting--;
    }
    list_del(&w->link);
    atomic_store(&w->granted, true);
    thread_wake(w->thread); /* it cannot return before it has had the spinlock */
}

static void grant_readers_locked(struct rwlock *l)
{
    struct rwlock_waiter *w, *tmp;

    list_for_each_entry_safe (w, tmp, &l->waiters, link)
        if (!w->write)
            grant_locked(l, w);
}

static void grant_writer_locked(struct rwlock *l)
{
    struct rwlock_waiter *w;

    list_for_each_entry (w, &l->waiters, link) {
        if (w->write) {
            grant_locked(l, w);
            return;
        }
    }
}

/* The spinlock is held; it is not on return. */
static void wait_for_grant(struct rwlock *l, bool write)
{
    struct rwlock_waiter w = {.thread = thread_current(), .write = write};

    list_init(&w.link);
    list_add_tail(&w.link, &l->waiters);
    if (write)
        l->writers_waiting++;
    else
        l->readers_waiting++;
    for (;;) {
        atomic_store(&w.thread->state, THREAD_UNINTERRUPTIBLE);
        if (atomic_load(&w.granted))
            break;
        spin_unlock(&l->lock);
        schedule();
        spin_lock(&l->lock);
    }
    atomic_store(&w.thread->state, THREAD_RUNNABLE);
    spin_unlock(&l->lock);
}

static bool read_free(const struct rwlock *l)
{
    return l->readers >= 0 && l->writers_waiting == 0;
}

static void read_common(struct rwlock *l, unsigned subclass, const void *site)
{
    lockdep_assert_no_spinlocks("taking a readers-writer lock");
    lockdep_acquire(&l->dep, LOCKDEP_SLEEP, subclass, false, site);
    spin_lock(&l->lock);
    if (!read_free(l)) {
        wait_for_grant(l, false);
        return;
    }
    l->readers++;
    spin_unlock(&l->lock);
}

void rwlock_read(struct rwlock *l)
{
    read_common(l, 0, __builtin_return_address(0));
}

void rwlock_read_nested(struct rwlock *l, unsigned subclass)
{
    read_common(l, subclass, __builtin_return_address(0));
}

bool rwlock_read_try(struct rwlock *l)
{
    bool taken;

    spin_lock(&l->lock);
    taken = read_free(l);
    if (taken)
        l->readers++;
    spin_unlock(&l->lock);
    if (taken)
        lockdep_acquire(&l->dep, LOCKDEP_SLEEP, 0, true, __builtin_return_address(0));
    return taken;
}

void rwlock_read_unlock(struct rwlock *l)
{
    lockdep_release(&l->dep, LOCKDEP_SLEEP);
    spin_lock(&l->lock);
    kassert(l->readers > 0);
    if (--l->readers == 0)
        grant_writer_locked(l);
    spin_unlock(&l->lock);
}

static void write_common(struct rwlock *l, unsigned subclass, const void *site)
{
    lockdep_assert_no_spinlocks("taking a readers-writer lock");
    lockdep_acquire(&l->dep, LOCKDEP_SLEEP, subclass, false, site);
    spin_lock(&l->lock);
    if (l->readers != 0) {
        kassert(l->writer != thread_current());
        wait_for_grant(l, true);
        return;
    }
    l->readers = -1;
    l->writer = thread_current();
    spin_unlock(&l->lock);
}

void rwlock_write(struct rwlock *l)
{
    write_common(l, 0, __builtin_return_address(0));
}

void rwlock_write_nested(struct rwlock *l, unsigned subclass)
{
    write_common(l, subclass, __builtin_return_address(0));
}

bool rwlock_write_try(struct rwlock *l)
{
    bool taken;

    spin_lock(&l->lock);
    taken = l->readers == 0;
    if (taken) {
        l->readers = -1;
        l->writer = thread_current();
    }
    spin_unlock(&l->lock);
    if (taken)
        lockdep_acquire(&l->dep, LOCKDEP_SLEEP, 0, true, __builtin_return_address(0));
    return taken;
}

void rwlock_write_unlock(struct rwlock *l)
{
    kassert(rwlock_write_held(l));
    lockdep_release(&l->dep, LOCKDEP_SLEEP);
    spin_lock(&l->lock);
    l->readers = 0;
    l->writer = NULL;
    if (l->readers_waiting != 0)
        grant_readers_locked(l);
    else
        grant_writer_locked(l);
    spin_unlock(&l->lock);
}

bool rwlock_write_held(struct rwlock *l)
{
    return atomic_load_relaxed(&l->writer) == thread_current();
}
