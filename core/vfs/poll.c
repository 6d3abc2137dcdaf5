/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of waiters for poll(2) and select(2).
 *
 * A waiter's callback runs with its queue locked.  It wakes the thread directly and not
 * through a second queue, so that no two locks of the class of wait queues nest.
 */
#include "vfs/poll.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/slab.h"

static bool waiter_woken(struct wait_entry *e, uint32_t key)
{
    struct poll_waiter *w = container_of(e, struct poll_waiter, entry);

    if (!(key & w->events))
        return false;
    atomic_store(&w->set->woken, true);
    return thread_wake(w->set->thread);
}

static void add_waiter(struct poll_table *pt, struct wait_queue *q)
{
    struct poll_set *s = container_of(pt, struct poll_set, table);
    struct poll_waiter *w;

    if (s->used < POLL_INLINE_WAITERS) {
        w = &s->fixed[s->used++];
    } else {
        w = kmalloc(sizeof(*w));
        if (!w) {
            s->no_memory = true;
            return;
        }
        w->next = s->more;
        s->more = w;
    }
    w->set = s;
    w->events = pt->events;
    w->file = s->file;
    file_get(s->file);
    wait_entry_init_fn(&w->entry, waiter_woken);
    wait_add(q, &w->entry);
}

void poll_set_init(struct poll_set *s)
{
    s->table.queue = add_waiter;
    s->thread = thread_current();
    wait_queue_init_class(&s->sleep, "poll.sleep");
    s->woken = false;
    s->no_memory = false;
    s->used = 0;
    s->more = NULL;
}

uint32_t poll_set_check(struct poll_set *s, struct file *f, uint32_t events)
{
    events |= EPOLLERR | EPOLLHUP;
    s->table.events = events;
    s->file = f;
    return file_poll(f, &s->table) & events;
}

void poll_set_looked(struct poll_set *s)
{
    s->table.queue = NULL;
}

int poll_set_wait(struct poll_set *s, uint64_t deadline_ns)
{
    int err;

    if (s->no_memory)
        return -ENOMEM;
    err = wait_event_until(&s->sleep, atomic_load(&s->woken), deadline_ns);
    /* Cleared before the next pass looks: what happens from now on wakes again. */
    atomic_store(&s->woken, false);
    return err;
}

static void drop_waiter(struct poll_waiter *w)
{
    wait_remove(&w->entry);
    file_put(w->file);
}

void poll_set_finish(struct poll_set *s)
{
    for (uint32_t i = 0; i < s->used; i++)
        drop_waiter(&s->fixed[i]);
    while (s->more) {
        struct poll_waiter *w = s->more;

        s->more = w->next;
        drop_waiter(w);
        kfree(w);
    }
}
