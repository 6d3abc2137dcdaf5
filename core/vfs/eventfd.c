/* SPDX-License-Identifier: BSD-2-Clause */
/* eventfd(2). */
#include "vfs/eventfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sched/wait.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
    struct spinlock lock;
    uint64_t count; /* lock; read without it by conditions */
    bool semaphore;
    struct wait_queue wait;
};

/* The value read, 0 if there is none. */
static uint64_t take(struct eventfd *e)
{
    uint64_t v;

    spin_lock(&e->lock);
    v = e->semaphore && e->count ? 1 : e->count;
    atomic_store_relaxed(&e->count, e->count - v);
    spin_unlock(&e->lock);
    return v;
}

static bool add(struct eventfd *e, uint64_t v)
{
    bool fits;

    spin_lock(&e->lock);
    fits = v <= COUNT_MAX - e->count;
    if (fits)
        atomic_store_relaxed(&e->count, e->count + v);
    spin_unlock(&e->lock);
    return fits;
}

static bool nonblocking(struct file *f)
{
    return (atomic_load_relaxed(&f->flags) & O_NONBLOCK) != 0;
}

static int64_t eventfd_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct eventfd *e = f->priv;
    uint64_t v;

    (void)pos;
    if (to->left < sizeof(v))
        return -EINVAL;
    while ((v = take(e)) == 0) {
        int err = nonblocking(f)
                      ? -EAGAIN
                      : wait_event(&e->wait, atomic_load_relaxed(&e->count) > 0);

        if (err)
            return err;
    }
    wait_wake(&e->wait, UINT32_MAX, EPOLLOUT | EPOLLWRNORM);
    return vm_iter_put(to, &v, sizeof(v));
}

static int64_t eventfd_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct eventfd *e = f->priv;
    uint64_t v;
    int64_t n;

    (void)pos;
    if (from->left < sizeof(v))
        return -EINVAL;
    n = vm_iter_take(from, &v, sizeof(v));
    if (n != (int64_t)sizeof(v))
        return -EFAULT;
    if (v == UINT64_MAX)
        return -EINVAL;
    while (!add(e, v)) {
        int err =
            nonblocking(f)
                ? -EAGAIN
                : wait_event(&e->wait, v <= COUNT_MAX - atomic_load_relaxed(&e->count));

        if (err)
            return err;
    }
    if (v)
        wait_wake(&e->wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
    return n;
}

static uint32_t eventfd_poll(struct file *f, struct poll_table *pt)
{
    struct eventfd *e = f->priv;
    uint64_t count;

    poll_wait(pt, &e->wait);
    count = atomic_load(&e->count);
    return (count > 0 ? EPOLLIN | EPOLLRDNORM : 0) |
           (count < COUNT_MAX ? EPOLLOUT | EPOLLWRNORM : 0);
}

static void eventfd_release(struct file *f)
{
    kfree(f->priv);
}

static int eventfd_fdinfo(struct file *f, char *buf, size_t size)
{
    struct eventfd *e = f->priv;

    return ksnprintf(buf, size, "eventfd-count: %16llx\n",
                     (unsigned long long)atomic_load_relaxed(&e->count));
}

static const struct file_extra_ops eventfd_extra = {.fdinfo = eventfd_fdinfo};

static const struct file_ops eventfd_ops = {
    .release = eventfd_release,
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .extra = &eventfd_extra,
};

int eventfd_create(uint32_t initial, uint32_t flags, struct file **out)
{
    struct eventfd *e;
    int err;

    if (flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
        return -EINVAL;
    e = kzalloc(sizeof(*e));
    if (!e)
        return -ENOMEM;
    spin_init(&e->lock, "eventfd.lock");
    wait_queue_init(&e->wait);
    e->count = initial;
    e->semaphore = (flags & EFD_SEMAPHORE) != 0;
    err = file_anonymous(&eventfd_ops, "anon_inode:[eventfd]", 0600,
                         O_RDWR | (flags & EFD_NONBLOCK), e, out);
    if (err)
        kfree(e);
    return err;
}
