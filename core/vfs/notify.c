/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inotify: instances, their watches and events.
 *
 * A watch is on two lists: its instance's, by descriptor, and its inode's.  It has one reference
 * of each list; it keeps its inode and the filesystem.  Lists change under instance.lock
 * (mutex) first, then inode.watch_lock; an event comes from the inode's side and takes
 * watch_lock, then instance.events_lock, which is a spinlock of its own for that reason.
 */
#include "vfs/notify.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/wait.h"
#include "vfs/dentry.h"
#include "vfs/path.h"
#include "vm/ucopy.h"

#define HEAD_BYTES 16u /* names are padded to multiples of it */

uint32_t notify_watches;

struct instance {
    struct mutex lock;
    struct list_node watches; /* struct watch.by_instance */
    uint32_t watch_count;
    int32_t next_wd;
    struct spinlock events_lock;
    struct list_node events;
    uint32_t event_count, event_bytes;
    bool overflowed;
    struct wait_queue queue;
};

struct watch {
    struct list_node by_instance, by_inode;
    struct instance *owner;
    struct inode *inode;
    int32_t wd;
    uint32_t mask; /* atomic */
};

/* struct inotify_event and its name, as the program gets it. */
struct event {
    struct list_node link;
    struct {
        int32_t wd;
        uint32_t mask, cookie, len;
    } head;
    char name[];
};

static uint32_t padded(size_t len)
{
    return len ? (uint32_t)ALIGN_UP(len + 1, (size_t)HEAD_BYTES) : 0;
}

static bool same_as_last(struct instance *in, const struct event *e)
{
    struct event *last;

    if (list_empty(&in->events))
        return false;
    last = list_last_entry(&in->events, struct event, link);
    return last->head.wd == e->head.wd && last->head.mask == e->head.mask &&
           last->head.cookie == e->head.cookie && last->head.len == e->head.len &&
           memcmp(last->name, e->name, e->head.len) == 0;
}

static void queue_event(struct instance *in, int32_t wd, uint32_t mask, uint32_t cookie,
                        const char *name)
{
    size_t len = name ? strlen(name) : 0;
    struct event *e = kzalloc(sizeof(*e) + padded(len));
    bool queued = false;

    if (e) {
        e->head.wd = wd;
        e->head.mask = mask;
        e->head.cookie = cookie;
        e->head.len = padded(len);
        if (len)
            memcpy(e->name, name, len);
    }
    spin_lock(&in->events_lock);
    if (!e || in->event_count >= NOTIFY_EVENTS_MAX) {
        in->overflowed = true;
    } else if (!same_as_last(in, e)) {
        list_add_tail(&e->link, &in->events);
        in->event_count++;
        in->event_bytes += (uint32_t)sizeof(e->head) + e->head.len;
        queued = true;
    }
    spin_unlock(&in->events_lock);
    if (!queued)
        kfree(e);
    wait_wake(&in->queue, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

void notify_slow(struct inode *inode, uint32_t mask, uint32_t cookie, const char *name)
{
    struct watch *w;

    if (!inode_has(inode, INODE_WATCHED))
        return;
    spin_lock(&inode->watch_lock);
    list_for_each_entry (w, &inode->watches, by_inode) {
        uint32_t wanted = atomic_load_relaxed(&w->mask);

        if (!(wanted & mask & IN_ALL_EVENTS))
            continue;
        queue_event(w->owner, w->wd, mask, cookie, name);
        if (wanted & IN_ONESHOT)
            atomic_store_relaxed(&w->mask, IN_ONESHOT);
    }
    spin_unlock(&inode->watch_lock);
}

void notify_dentry_slow(struct dentry *d, uint32_t mask)
{
    uint32_t dir = d->inode && S_ISDIR(inode_mode(d->inode)) ? IN_ISDIR : 0;
    const uint32_t about_name = IN_CREATE | IN_DELETE;

    if (d->inode && !(mask & about_name))
        notify_slow(d->inode, mask | dir, 0, NULL);
    if (!dentry_is(d, DENTRY_ANON)) {
        struct dentry *parent = dentry_parent(d);

        if (parent != d && parent->inode && inode_has(parent->inode, INODE_WATCHED) &&
            (!dentry_is(d, DENTRY_UNLINKED) || (mask & about_name))) {
            char name[VFS_NAME_MAX + 1];

            dentry_name(d, name, sizeof(name));
            notify_slow(parent->inode, mask | dir, 0, name);
        }
        dentry_put(parent);
    }
}

uint32_t notify_cookie(void)
{
    static uint32_t cookie;

    return atomic_inc_return(&cookie);
}

/* Take `w` off both lists, with instance.lock held, and free it. */
static void watch_end_locked(struct watch *w)
{
    struct super *s = w->inode->super;

    spin_lock(&w->inode->watch_lock);
    list_del(&w->by_inode);
    if (list_empty(&w->inode->watches))
        atomic_and(&w->inode->flags, ~(uint32_t)INODE_WATCHED);
    spin_unlock(&w->inode->watch_lock);
    list_del(&w->by_instance);
    w->owner->watch_count--;
    atomic_dec(&notify_watches);
    inode_put(w->inode);
    super_put(s);
    kfree(w);
}

void notify_inode_gone(struct inode *inode)
{
    /* The watches themselves end with their instance or by inotify_rm_watch: the inode is kept
     * until then, and nothing happens to it any more. */
    notify_inode(inode, IN_DELETE_SELF, 0, NULL);
}

static struct watch *watch_find_locked(struct instance *in, const struct inode *inode,
                                       int32_t wd)
{
    struct watch *w;

    list_for_each_entry (w, &in->watches, by_instance) {
        if (inode ? w->inode == inode : w->wd == wd)
            return w;
    }
    return NULL;
}

static int watch_create_locked(struct instance *in, struct inode *inode, uint32_t mask)
{
    struct watch *w;

    if (in->watch_count >= NOTIFY_WATCHES_MAX || in->next_wd == INT32_MAX)
        return -ENOSPC;
    w = kzalloc(sizeof(*w));
    if (!w)
        return -ENOMEM;
    inode_get(inode);
    super_get(inode->super);
    w->inode = inode;
    w->owner = in;
    w->mask = mask;
    w->wd = ++in->next_wd;
    list_add_tail(&w->by_instance, &in->watches);
    in->watch_count++;
    atomic_inc(&notify_watches);
    spin_lock(&inode->watch_lock);
    list_add_tail(&w->by_inode, &inode->watches);
    atomic_or(&inode->flags, INODE_WATCHED);
    spin_unlock(&inode->watch_lock);
    return w->wd;
}

static const struct file_ops inotify_ops;

int inotify_add(struct file *f, struct inode *inode, uint32_t mask)
{
    struct instance *in = f->priv;
    struct watch *w;
    int wd;

    if (f->ops != &inotify_ops)
        return -EINVAL;
    if ((mask & IN_ONLYDIR) && !S_ISDIR(inode_mode(inode)))
        return -ENOTDIR;
    mutex_lock(&in->lock);
    w = watch_find_locked(in, inode, 0);
    if (w && (mask & IN_MASK_CREATE)) {
        wd = -EEXIST;
    } else if (w) {
        uint32_t bits = mask & (IN_ALL_EVENTS | IN_ONESHOT);

        atomic_store_relaxed(&w->mask, mask & IN_MASK_ADD ? w->mask | bits : bits);
        wd = w->wd;
    } else {
        wd = watch_create_locked(in, inode, mask & (IN_ALL_EVENTS | IN_ONESHOT));
    }
    mutex_unlock(&in->lock);
    return wd;
}

int inotify_remove(struct file *f, int32_t wd)
{
    struct instance *in = f->priv;
    struct watch *w;

    if (f->ops != &inotify_ops)
        return -EINVAL;
    mutex_lock(&in->lock);
    w = watch_find_locked(in, NULL, wd);
    if (w) {
        watch_end_locked(w);
        queue_event(in, wd, IN_IGNORED, 0, NULL);
    }
    mutex_unlock(&in->lock);
    return w ? 0 : -EINVAL;
}

/* The next event off the queue if it fits into `room`: -EAGAIN, -EINVAL (it does not). */
static int event_take(struct instance *in, uint64_t room, struct event **out)
{
    struct event *e;
    int err = 0;

    spin_lock(&in->events_lock);
    e = list_first_entry_or_null(&in->events, struct event, link);
    if (!e) {
        err = -EAGAIN;
    } else if (sizeof(e->head) + e->head.len > room) {
        err = -EINVAL;
    } else {
        list_del(&e->link);
        in->event_count--;
        in->event_bytes -= (uint32_t)sizeof(e->head) + e->head.len;
        *out = e;
    }
    spin_unlock(&in->events_lock);
    return err;
}

static int64_t put_overflow(struct instance *in, struct vm_iter *to)
{
    struct event e = {.head = {.wd = -1, .mask = IN_Q_OVERFLOW}};
    bool was;

    spin_lock(&in->events_lock);
    was = in->overflowed && to->left >= sizeof(e.head);
    if (was)
        in->overflowed = false;
    spin_unlock(&in->events_lock);
    return was ? vm_iter_put(to, &e.head, sizeof(e.head)) : 0;
}

static int64_t inotify_drain(struct instance *in, struct vm_iter *to)
{
    int64_t done = 0;
    struct event *e;
    int64_t n;

    while ((n = event_take(in, to->left, &e)) == 0) {
        n = vm_iter_put(to, &e->head, sizeof(e->head));
        if (n > 0 && e->head.len)
            n = vm_iter_put(to, e->name, e->head.len);
        done += (int64_t)sizeof(e->head) + e->head.len;
        kfree(e);
        if (n < 0)
            return n;
    }
    if (n == -EAGAIN) {
        int64_t more = put_overflow(in, to);

        if (more)
            return more < 0 ? more : done + more;
    }
    return done ? done : n;
}

static bool something_queued(struct instance *in)
{
    return atomic_load(&in->event_count) || in->overflowed;
}

static int64_t inotify_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct instance *in = f->priv;

    (void)pos;
    for (;;) {
        int64_t n = inotify_drain(in, to);

        if (n != -EAGAIN || (file_flags(f) & O_NONBLOCK))
            return n;
        n = wait_event(&in->queue, something_queued(in));
        if (n)
            return n;
    }
}

static uint32_t inotify_poll(struct file *f, struct poll_table *pt)
{
    struct instance *in = f->priv;

    poll_wait(pt, &in->queue);
    return something_queued(in) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int64_t inotify_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
    struct instance *in = f->priv;

    return cmd == FIONREAD ? put_user32(arg, in->event_bytes) : -ENOTTY;
}

static void inotify_release(struct file *f)
{
    struct instance *in = f->priv;
    struct watch *w, *tmp;
    struct event *e, *next;

    mutex_lock(&in->lock);
    list_for_each_entry_safe (w, tmp, &in->watches, by_instance) {
        watch_end_locked(w);
    }
    mutex_unlock(&in->lock);
    list_for_each_entry_safe (e, next, &in->events, link) {
        list_del(&e->link);
        kfree(e);
    }
    kfree(in);
}

static const struct file_ops inotify_ops = {
    .release = inotify_release,
    .read = inotify_read,
    .ioctl = inotify_ioctl,
    .poll = inotify_poll,
};

int inotify_create(uint32_t flags, struct file **out)
{
    struct instance *in = kzalloc(sizeof(*in));
    int err;

    if (!in)
        return -ENOMEM;
    mutex_init(&in->lock, "inotify");
    list_init(&in->watches);
    spin_init(&in->events_lock, "inotify.events");
    list_init(&in->events);
    wait_queue_init(&in->queue);
    err = file_anonymous(&inotify_ops, "anon_inode:inotify", 0600, flags & O_NONBLOCK, in,
                         out);
    if (err)
        kfree(in);
    return err;
}
