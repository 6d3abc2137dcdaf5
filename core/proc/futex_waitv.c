/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting on several words at once: a waiter for each, all of one thread, that sleeps until the
 * first of them has left its queue.
 */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "proc/futex_priv.h"

/* Leave all queues: the index of one that has been woken, or -1. */
static int dequeue_all(struct futex_waiter *w, uint32_t n)
{
    int woken = -1;

    for (uint32_t i = 0; i < n; i++) {
        if (!futex_dequeue(&w[i]))
            woken = (int)i;
    }
    return woken;
}

/* Queue for each word, as long as they hold what is expected; *queued of them. */
static int enqueue_all(struct futex_waiter *w, const struct futex_wait_item *items,
                       uint32_t n, uint32_t *queued)
{
    for (*queued = 0; *queued < n; (*queued)++) {
        const struct futex_wait_item *item = &items[*queued];
        uint32_t now;
        int err;

        futex_enqueue(&w[*queued]);
        err = get_user32(&now, item->f.va);
        if (err == 0 && now != item->val)
            err = -EAGAIN;
        if (err != 0) {
            if (!futex_dequeue(&w[*queued])) /* the wake was for somebody who sleeps */
                (void)futex_wake_key(&w[*queued].key, 1, ABI_FUTEX_BITSET_ALL, false);
            return err;
        }
    }
    return 0;
}

static bool any_woken(const struct futex_waiter *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!atomic_load(&w[i].bucket))
            return true;
    }
    return false;
}

static int sleep_all(struct futex_waiter *w, uint32_t n, uint64_t deadline_ns)
{
    int err = 0;

    for (;;) {
        wait_prepare_alone(THREAD_SLEEPING);
        if (err != 0 || any_woken(w, n))
            break;
        err = wait_sleep(deadline_ns);
    }
    atomic_store(&w->thread->state, THREAD_RUNNABLE);
    return err;
}

int64_t futex_wait_many(struct task *t, const struct futex_wait_item *items, uint32_t n,
                        uint64_t deadline_ns)
{
    struct futex_waiter *w = kzalloc(n * sizeof(*w));
    uint32_t queued = 0;
    int woken, err = w ? 0 : -ENOMEM;

    kassert(n > 0 && n <= ABI_FUTEX_WAITV_MAX);
    for (uint32_t i = 0; i < n && err == 0; i++) {
        w[i].thread = t->thread;
        w[i].bitset = ABI_FUTEX_BITSET_ALL;
        err = futex_key(items[i].f, &w[i].key);
    }
    if (err == 0)
        err = enqueue_all(w, items, n, &queued);
    if (err == 0)
        err = sleep_all(w, n, deadline_ns);
    woken = dequeue_all(w, queued);
    kfree(w);
    return woken >= 0 ? woken : err;
}
