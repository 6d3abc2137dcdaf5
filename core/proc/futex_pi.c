/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priority-inheriting futexes, without the inheritance.
 *
 * The word is 0 or the owner's tid, with WAITERS when the owner must unlock through the kernel.
 * An unlock sets the word to 0 and wakes the first waiter, which takes the lock like anybody
 * else.  Nobody's priority is raised: the fair class bounds how long an owner can be kept from
 * running, and real-time threads that share such a lock with fair ones must know it.
 */
#include "proc/futex_priv.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/atomic.h"

static uint32_t pi_waiters; /* atomic: lets a task exit without looking at the buckets */

/* The task that the word names cannot unlock it any more. */
static bool owner_gone(uint32_t tid)
{
    struct task *owner = task_find((int32_t)tid);
    bool gone = !owner || atomic_load_relaxed(&owner->exiting);

    if (owner)
        task_put(owner);
    return gone;
}

enum pi_try { PI_TAKEN, PI_MUST_WAIT };

/* Take the lock, or leave the WAITERS bit in it: enum pi_try or -errno. */
static int pi_take(struct task *t, uint64_t va, bool may_wait, uint32_t *owner_tid)
{
    uint32_t self = (uint32_t)t->tid;
    uint32_t word, seen;
    int err = get_user32(&word, va);

    for (;;) {
        uint32_t owner = word & ABI_FUTEX_TID_MASK;
        uint32_t want;

        if (err != 0)
            return err;
        if (owner == self)
            return -EDEADLK;
        if (owner != 0 && !may_wait)
            return -EAGAIN;
        *owner_tid = owner;
        if (owner == 0)
            want = self | (word & (ABI_FUTEX_OWNER_DIED | ABI_FUTEX_WAITERS));
        else if (owner_gone(owner) && !(word & ABI_FUTEX_WAITERS))
            return -ESRCH; /* it ended, or never was, and nobody waited: nothing to inherit */
        else if (owner_gone(owner))
            want = self | ABI_FUTEX_OWNER_DIED | ABI_FUTEX_WAITERS;
        else
            want = word | ABI_FUTEX_WAITERS;
        if (atomic_load_relaxed(&pi_waiters) > 1)
            want |= ABI_FUTEX_WAITERS; /* perhaps others wait for this one */
        err = cmpxchg_user32(va, word, want, &seen);
        if (err == 0 && seen == word)
            return (want & ABI_FUTEX_TID_MASK) == self ? PI_TAKEN : PI_MUST_WAIT;
        word = seen;
    }
}

static int pi_wait_round(struct task *t, struct futex_waiter *w, uint64_t va,
                         uint64_t deadline_ns, bool *taken)
{
    uint32_t owner = 0;
    int err;

    futex_enqueue(w);
    err = pi_take(t, va, true, &owner);
    *taken = err == PI_TAKEN;
    if (err == PI_MUST_WAIT) {
        atomic_store(&w->owner_tid, owner);
        /* It may have died between the look and the store, and not have seen us. */
        err = owner_gone(owner) ? 0 : futex_sleep(w, deadline_ns);
    }
    if (!futex_dequeue(w) && err != 0)
        (void)futex_wake_key(&w->key, 1, ABI_FUTEX_BITSET_ALL,
                             true); /* not ours to keep */
    return err;
}

int64_t futex_lock_pi(struct task *t, struct futex_ref f, uint64_t deadline_ns)
{
    struct futex_waiter w = {
        .thread = t->thread, .bitset = ABI_FUTEX_BITSET_ALL, .pi = true};
    bool taken = false;
    int err = futex_key(f, &w.key);

    if (err != 0)
        return err;
    atomic_inc(&pi_waiters);
    while (err == 0 && !taken)
        err = pi_wait_round(t, &w, f.va, deadline_ns, &taken);
    atomic_dec(&pi_waiters);
    return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
}

int64_t futex_trylock_pi(struct task *t, struct futex_ref f)
{
    uint32_t owner;
    struct vm_key key;
    int err = futex_key(f, &key);

    return err != 0 ? err : pi_take(t, f.va, false, &owner);
}

int64_t futex_unlock_pi(struct task *t, struct futex_ref f)
{
    struct vm_key key;
    uint32_t word, seen;
    int err = futex_key(f, &key);

    if (err == 0)
        err = get_user32(&word, f.va);
    for (;;) {
        if (err != 0)
            return err;
        if ((word & ABI_FUTEX_TID_MASK) != (uint32_t)t->tid)
            return -EPERM;
        err = cmpxchg_user32(f.va, word, 0, &seen);
        if (err == 0 && seen == word)
            break;
        word = seen;
    }
    (void)futex_wake_key(&key, 1, ABI_FUTEX_BITSET_ALL, true);
    return 0;
}

void futex_pi_owner_exits(struct task *t)
{
    if (atomic_load(&pi_waiters) == 0)
        return;
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        struct futex_bucket *b = &futex_buckets[i];
        struct futex_waiter *w, *tmp;

        spin_lock(&b->lock);
        list_for_each_entry_safe (w, tmp, &b->waiters, link)
            if (w->pi && atomic_load(&w->owner_tid) == (uint32_t)t->tid)
                futex_wake_waiter_locked(w);
        spin_unlock(&b->lock);
    }
}
