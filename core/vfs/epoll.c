/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll(7).
 *
 * Each item puts callbacks on the wait queues of its file.  A callback, which may run in an
 * interrupt, only moves the item to the ready list and wakes; epoll_wait then asks the files
 * on the list what is really the matter.  A level-triggered item that is still ready goes back
 * to the end of the list after delivery, an edge-triggered one waits for its next callback.
 *
 * Nested epolls do not go through wait queues, whose locks would nest in themselves: the outer
 * item stands on the inner's `watchers`, and readiness is passed up that way, at most
 * EPOLL_NEST_MAX levels.
 *
 * An item holds no reference to its file.  When the file's last reference goes, vfs calls
 * file_closed() before it is released.
 *
 * Locking, in this order:
 *   link_lock (mutex, global)  which items exist: file.epoll lists, nesting, destruction;
 *   epoll.lock (mutex)         items of one epoll; inner epolls nest with a subclass;
 *   wait queues of files;
 *   nest_lock (spinlock)       watchers lists;
 *   epoll.ready_lock (spinlock) the ready list and item.ready.
 */
#include "vfs/epoll.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "vfs/epoll_priv.h"
#include "vm/ucopy.h"

static struct mutex link_lock;
static struct spinlock nest_lock = SPINLOCK_INIT("epoll.nest");

static const struct file_ops epoll_ops;

bool epoll_is(const struct file *f)
{
    return f->ops == &epoll_ops;
}

/* ---- becoming ready; any context ---- */

/* True if somebody slept in epoll_wait for it. */
static bool mark_ready(struct epoll *ep, struct epoll_item *item)
{
    bool unmasked = spin_lock_irqsave(&ep->ready_lock);
    bool slept;

    if (!item->ready) {
        item->ready = true;
        list_add_tail(&item->ready_link, &ep->ready);
    }
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    slept = !wait_queue_empty(&ep->sleepers);
    wait_wake(&ep->sleepers, 1, EPOLLIN);
    wait_wake(&ep->pollers, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
    return slept;
}

/* nest_lock is held; the nesting is bounded and has no loops. */
static void wake_watchers_locked(struct epoll *ep)
{
    struct epoll_item *outer;

    list_for_each_entry (outer, &ep->watchers, watch_link) {
        mark_ready(outer->ep, outer);
        wake_watchers_locked(outer->ep);
    }
}

static bool notify(struct epoll_item *item)
{
    bool slept = mark_ready(item->ep, item);

    if (atomic_load(&item->ep->watcher_count) > 0) {
        bool unmasked = spin_lock_irqsave(&nest_lock);

        wake_watchers_locked(item->ep);
        spin_unlock_irqrestore(&nest_lock, unmasked);
    }
    return slept;
}

static bool hook_woken(struct wait_entry *e, uint32_t key)
{
    struct epoll_hook *h = container_of(e, struct epoll_hook, entry);
    uint32_t events = atomic_load_relaxed(&h->item->events);
    bool slept;

    if (!(events & EPOLL_EVENT_BITS) || !(key & events))
        return false; /* disarmed by EPOLLONESHOT, or about something else */
    slept = notify(h->item);
    return slept || !(events & EPOLLEXCLUSIVE);
}

/* ---- looking at files; epoll.lock is held ---- */

static void add_hook(struct poll_table *pt, struct wait_queue *q)
{
    struct epoll_register *r = container_of(pt, struct epoll_register, table);
    struct epoll_item *item = r->item;
    struct epoll_hook *h;

    if (!item->first.item) {
        h = &item->first;
    } else {
        h = kmalloc(sizeof(*h));
        if (!h) {
            r->no_memory = true;
            return;
        }
        h->next = item->first.next;
        item->first.next = h;
    }
    h->item = item;
    wait_entry_init_fn(&h->entry, hook_woken);
    h->entry.exclusive = (item->events & EPOLLEXCLUSIVE) != 0;
    wait_add(q, &h->entry);
}

static void drop_hooks(struct epoll_item *item)
{
    struct epoll_hook *h = item->first.next;

    if (item->first.item)
        wait_remove(&item->first.entry);
    while (h) {
        struct epoll_hook *next = h->next;

        wait_remove(&h->entry);
        kfree(h);
        h = next;
    }
}

static bool any_ready(struct epoll *ep, unsigned depth);

/* What is the matter with the item's file, of what its owner wants to know. */
static uint32_t item_look(struct epoll_item *item, struct poll_table *pt, unsigned depth)
{
    uint32_t events;

    if (!epoll_is(item->file))
        events = file_poll(item->file, pt);
    else
        events = any_ready(item->file->priv, depth + 1) ? EPOLLIN | EPOLLRDNORM : 0;
    return events & item->events;
}

/* Take the first item off the list, or NULL. */
static struct epoll_item *pop_ready(struct list_node *list, struct epoll *ep)
{
    bool unmasked = spin_lock_irqsave(&ep->ready_lock);
    struct epoll_item *item =
        list_first_entry_or_null(list, struct epoll_item, ready_link);

    if (item) {
        list_del(&item->ready_link);
        item->ready = false;
    }
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    return item;
}

static void push_ready(struct epoll *ep, struct epoll_item *item)
{
    bool unmasked = spin_lock_irqsave(&ep->ready_lock);

    if (!item->ready) {
        item->ready = true;
        list_add_tail(&item->ready_link, &ep->ready);
    }
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
}

static bool list_ready(struct epoll *ep)
{
    bool unmasked = spin_lock_irqsave(&ep->ready_lock);
    bool any = !list_empty(&ep->ready);

    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    return any;
}

/* Would epoll_wait return something?  Forgets items that turned out not to be ready. */
static bool any_ready(struct epoll *ep, unsigned depth)
{
    struct epoll_item *item;
    bool found = false;

    if (depth >= EPOLL_NEST_MAX || !list_ready(ep))
        return false;
    mutex_lock_nested(&ep->lock, depth);
    while (!found && (item = pop_ready(&ep->ready, ep)) != NULL) {
        found = item_look(item, NULL, depth) != 0;
        if (found)
            push_ready(ep, item);
    }
    mutex_unlock(&ep->lock);
    return found;
}

/* ---- delivering ---- */

/* 1: delivered, 0: nothing to say, -EFAULT. */
static int deliver(struct epoll *ep, struct epoll_item *item, uint64_t user)
{
    struct abi_epoll_event out = {.events = item_look(item, NULL, 0), .data = item->data};
    uint32_t events = item->events;

    if (out.events == 0)
        return 0;
    if (copy_to_user(user, &out, sizeof(out))) {
        push_ready(ep, item);
        return -EFAULT;
    }
    if (events & EPOLLONESHOT)
        atomic_store_relaxed(&item->events, events & ~EPOLL_EVENT_BITS);
    else if (!(events & EPOLLET))
        push_ready(ep, item);
    return 1;
}

/* Each item that is on the list now gets one look; what is put back waits for the next call. */
static int collect(struct epoll *ep, uint64_t user, int max)
{
    struct list_node batch = LIST_INIT(batch);
    struct epoll_item *item;
    int count = 0, err = 0;
    bool unmasked;

    mutex_lock(&ep->lock);
    unmasked = spin_lock_irqsave(&ep->ready_lock);
    list_splice_tail(&ep->ready, &batch);
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    while (count < max && err >= 0 && (item = pop_ready(&batch, ep)) != NULL) {
        err = deliver(ep, item, user + (uint64_t)count * sizeof(struct abi_epoll_event));
        if (err > 0)
            count++;
    }
    /* The rest comes first the next time. */
    unmasked = spin_lock_irqsave(&ep->ready_lock);
    list_splice_tail(&ep->ready, &batch);
    list_splice_tail(&batch, &ep->ready);
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    mutex_unlock(&ep->lock);
    return count ? count : MIN(err, 0);
}

/* Sleepers are woken one at a time. */
static int sleep_for_ready(struct epoll *ep, uint64_t deadline_ns)
{
    struct wait_entry e;
    int err = 0;

    wait_entry_init(&e);
    e.exclusive = true;
    for (;;) {
        wait_prepare(&ep->sleepers, &e, THREAD_SLEEPING);
        if (list_ready(ep)) {
            err = 0;
            break;
        }
        if (err)
            break;
        err = wait_sleep(deadline_ns);
    }
    wait_finish(&ep->sleepers, &e);
    return err;
}

int epoll_wait_events(struct file *f, uint64_t user, int max, uint64_t deadline_ns)
{
    struct epoll *ep = f->priv;
    int n;

    if (!epoll_is(f) || max <= 0 || max > EPOLL_EVENTS_MAX)
        return -EINVAL;
    for (;;) {
        n = list_ready(ep) ? collect(ep, user, max) : 0;
        if (n != 0 || deadline_ns == 0)
            break;
        n = sleep_for_ready(ep, deadline_ns);
        if (n)
            return n == -ETIMEDOUT ? 0 : -EINTR;
    }
    /* One wake may stand for several events: pass it on. */
    if (list_ready(ep))
        wait_wake(&ep->sleepers, 1, EPOLLIN);
    return n;
}

/* ---- items; link_lock and epoll.lock are held ---- */

static int compare(const struct file *f, int fd, const struct epoll_item *item)
{
    if (f != item->file)
        return f < item->file ? -1 : 1;
    return fd < item->fd ? -1 : fd > item->fd;
}

static struct epoll_item *find(struct epoll *ep, const struct file *f, int fd)
{
    struct rb_node *n = ep->items.node;

    while (n) {
        struct epoll_item *item = rb_entry(n, struct epoll_item, node);
        int c = compare(f, fd, item);

        if (c == 0)
            return item;
        n = c < 0 ? n->left : n->right;
    }
    return NULL;
}

static void insert(struct epoll *ep, struct epoll_item *item)
{
    struct rb_node **link = &ep->items.node, *parent = NULL;

    while (*link) {
        parent = *link;
        link =
            compare(item->file, item->fd, rb_entry(parent, struct epoll_item, node)) < 0
                ? &parent->left
                : &parent->right;
    }
    rb_insert(&ep->items, &item->node, parent, link);
    ep->item_count++;
}

static void watch_inner(struct epoll_item *item, bool on)
{
    struct epoll *inner = item->file->priv;
    bool unmasked = spin_lock_irqsave(&nest_lock);

    if (on) {
        list_add_tail(&item->watch_link, &inner->watchers);
        atomic_inc(&inner->watcher_count);
    } else {
        list_del(&item->watch_link);
        atomic_dec(&inner->watcher_count);
    }
    spin_unlock_irqrestore(&nest_lock, unmasked);
}

/* The callbacks go first: once the item is off the file's list, the file may vanish. */
static void remove_item(struct epoll *ep, struct epoll_item *item)
{
    bool unmasked;

    if (epoll_is(item->file))
        watch_inner(item, false);
    else
        drop_hooks(item);
    list_del(&item->file_link);
    unmasked = spin_lock_irqsave(&ep->ready_lock);
    if (item->ready)
        list_del(&item->ready_link);
    spin_unlock_irqrestore(&ep->ready_lock, unmasked);
    rb_erase(&ep->items, &item->node);
    ep->item_count--;
    kfree(item);
}

/* ---- nesting; link_lock is held ---- */

/* Levels of epolls below `ep`, itself included; EPOLL_NEST_MAX + 1 if `avoid` is among them or
 * there are too many. */
static unsigned depth_below(struct epoll *ep, const struct epoll *avoid, unsigned level)
{
    struct epoll_item *item;
    unsigned deepest = 0;

    if (ep == avoid || level > EPOLL_NEST_MAX)
        return EPOLL_NEST_MAX + 1;
    rb_for_each_entry (item, &ep->items, node) {
        if (epoll_is(item->file))
            deepest = MAX(deepest, depth_below(item->file->priv, avoid, level + 1));
    }
    return deepest + 1;
}

static unsigned height_above(struct epoll *ep, unsigned level)
{
    struct epoll_item *outer;
    unsigned highest = 0;

    if (level > EPOLL_NEST_MAX)
        return EPOLL_NEST_MAX + 1;
    list_for_each_entry (outer, &ep->watchers, watch_link)
        highest = MAX(highest, height_above(outer->ep, level + 1));
    return highest + 1;
}

static int check_nesting(struct epoll *ep, struct file *target)
{
    if (!epoll_is(target))
        return 0;
    if (depth_below(target->priv, ep, 1) + height_above(ep, 1) > EPOLL_NEST_MAX)
        return -ELOOP;
    return 0;
}

/* ---- epoll_ctl ---- */

#define EXCLUSIVE_BITS                                                                   \
    (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static int register_item(struct epoll_item *item)
{
    struct epoll_register r = {
        .table = {.queue = add_hook, .events = item->events & EPOLL_EVENT_BITS},
        .item = item};
    uint32_t events;

    if (epoll_is(item->file))
        watch_inner(item, true);
    events = item_look(item, &r.table, 0);
    if (r.no_memory)
        return -ENOMEM;
    if (events)
        notify(item);
    return 0;
}

static int add_item(struct epoll *ep, struct file *target, int fd,
                    const struct abi_epoll_event *event)
{
    struct epoll_item *item;
    int err;

    if (find(ep, target, fd))
        return -EEXIST;
    if (ep->item_count >= EPOLL_ITEMS_MAX)
        return -ENOSPC;
    err = check_nesting(ep, target);
    if (err)
        return err;
    item = kzalloc(sizeof(*item));
    if (!item)
        return -ENOMEM;
    item->ep = ep;
    item->file = target;
    item->fd = fd;
    item->events = event->events | EPOLLERR | EPOLLHUP;
    item->data = event->data;
    list_init(&item->ready_link);
    list_init(&item->watch_link);
    insert(ep, item);
    list_add_tail(&item->file_link, &target->epoll);
    err = register_item(item);
    if (err)
        remove_item(ep, item);
    return err;
}

static int modify_item(struct epoll *ep, struct file *target, int fd,
                       const struct abi_epoll_event *event)
{
    struct epoll_item *item = find(ep, target, fd);

    if (!item)
        return -ENOENT;
    if ((item->events | event->events) & EPOLLEXCLUSIVE)
        return -EINVAL;
    item->data = event->data;
    atomic_store(&item->events, event->events | EPOLLERR | EPOLLHUP);
    if (item_look(item, NULL, 0))
        notify(item);
    return 0;
}

static int delete_item(struct epoll *ep, struct file *target, int fd)
{
    struct epoll_item *item = find(ep, target, fd);

    if (!item)
        return -ENOENT;
    remove_item(ep, item);
    return 0;
}

int epoll_control(struct file *f, int op, struct file *target, int fd,
                  const struct abi_epoll_event *event)
{
    struct epoll *ep = f->priv;
    int err = -EINVAL;

    if (!target->ops->poll)
        return -EPERM;
    if (!epoll_is(f) || f == target)
        return -EINVAL;
    if (op != EPOLL_CTL_DEL && !event)
        return -EFAULT;
    if (op == EPOLL_CTL_ADD && (event->events & EPOLLEXCLUSIVE) &&
        ((event->events & ~EXCLUSIVE_BITS) || epoll_is(target)))
        return -EINVAL;
    mutex_lock(&link_lock);
    mutex_lock(&ep->lock);
    if (op == EPOLL_CTL_ADD)
        err = add_item(ep, target, fd, event);
    else if (op == EPOLL_CTL_MOD)
        err = modify_item(ep, target, fd, event);
    else if (op == EPOLL_CTL_DEL)
        err = delete_item(ep, target, fd);
    mutex_unlock(&ep->lock);
    mutex_unlock(&link_lock);
    return err;
}

/* ---- the file ---- */

static void epoll_release(struct file *f)
{
    struct epoll *ep = f->priv;
    struct rb_node *n;

    mutex_lock(&link_lock);
    mutex_lock(&ep->lock);
    while ((n = rb_first(&ep->items)) != NULL)
        remove_item(ep, rb_entry(n, struct epoll_item, node));
    mutex_unlock(&ep->lock);
    mutex_unlock(&link_lock);
    kfree(ep);
}

static uint32_t epoll_file_poll(struct file *f, struct poll_table *pt)
{
    struct epoll *ep = f->priv;

    poll_wait(pt, &ep->pollers);
    return any_ready(ep, 0) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_ops epoll_ops = {
    .release = epoll_release,
    .poll = epoll_file_poll,
};

/* A watched file is about to be released. */
static void file_closed(struct file *f)
{
    mutex_lock(&link_lock);
    while (!list_empty(&f->epoll)) {
        struct epoll_item *item =
            list_first_entry(&f->epoll, struct epoll_item, file_link);
        struct epoll *ep = item->ep;

        mutex_lock(&ep->lock);
        remove_item(ep, item);
        mutex_unlock(&ep->lock);
    }
    mutex_unlock(&link_lock);
}

int epoll_create_file(uint32_t flags, struct file **out)
{
    struct epoll *ep = kzalloc(sizeof(*ep));
    int err;

    if (!ep)
        return -ENOMEM;
    mutex_init(&ep->lock, "epoll.lock");
    spin_init(&ep->ready_lock, "epoll.ready");
    ep->items = RB_ROOT;
    list_init(&ep->ready);
    list_init(&ep->watchers);
    wait_queue_init_class(&ep->sleepers, "epoll.sleepers");
    wait_queue_init_class(&ep->pollers, "epoll.pollers");
    err = file_anonymous(&epoll_ops, "anon_inode:[eventpoll]", 0600,
                         O_RDWR | (flags & O_CLOEXEC), ep, out);
    if (err)
        kfree(ep);
    return err;
}

void epoll_init(void)
{
    mutex_init(&link_lock, "epoll.link");
    file_set_watch_hook(file_closed);
}
