/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes and FIFOs as files. */
#include "vfs/pipe.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "vfs/file_priv.h"
#include "vfs/pipe_priv.h"
#include "vm/ucopy.h"

/* Whoever waits puts itself on the queue first and looks at the ring then; we changed the ring
 * first and look at the queue then.  The fence makes one of the two see the other. */
static void wake(struct wait_queue *q, uint32_t events)
{
    atomic_fence();
    if (!wait_queue_empty(q))
        wait_wake(q, UINT32_MAX, events);
}

static void wake_readers(struct pipe *p)
{
    wake(&p->read_queue, EPOLLIN | EPOLLRDNORM);
}

static void wake_writers(struct pipe *p)
{
    wake(&p->write_queue, EPOLLOUT | EPOLLWRNORM);
}

static int64_t pipe_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct pipe *p = f->priv;
    int64_t n;

    (void)pos;
    if (to->left == 0)
        return 0;
    for (;;) {
        mutex_lock(&p->lock);
        n = p->used ? pipe_ring_drain(p, to) : atomic_load(&p->writers) ? -EAGAIN : 0;
        mutex_unlock(&p->lock);
        if (n > 0)
            wake_writers(p);
        if (n != -EAGAIN || (file_flags(f) & O_NONBLOCK))
            return n;
        n = wait_event(&p->read_queue,
                       atomic_load(&p->used) || !atomic_load(&p->writers));
        if (n)
            return n;
    }
}

/* Up to PIPE_BUF bytes go in whole or not at all; longer writes as there is room, or as
 * packets of that size. */
static uint32_t write_need(uint64_t left, bool packet, bool begun)
{
    if (packet)
        return (uint32_t)MIN(left, (uint64_t)PIPE_ATOMIC);
    return left <= PIPE_ATOMIC && !begun ? (uint32_t)left : 1;
}

static bool has_room(const struct pipe *p, uint32_t need, bool packet)
{
    return pipe_room(p) >= need && !(packet && pipe_packets_full(p));
}

/* One try at the rest of a write: bytes, or -EAGAIN when there is not the room it needs. */
static int64_t write_step(struct pipe *p, struct vm_iter *from, uint32_t need,
                          bool packet)
{
    int64_t n;

    mutex_lock(&p->lock);
    n = packet ? pipe_packets_prepare(p) : 0;
    if (n == 0 && !atomic_load(&p->readers))
        n = -EPIPE;
    else if (n == 0 && !has_room(p, need, packet))
        n = -EAGAIN;
    if (n == 0) {
        uint32_t before = p->used;

        n = pipe_ring_fill(p, from, packet ? need : UINT32_MAX);
        if (n > 0)
            pipe_packets_written(p, before, (uint32_t)n, packet);
    }
    mutex_unlock(&p->lock);
    if (n > 0)
        wake_readers(p);
    return n;
}

static int64_t pipe_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct pipe *p = f->priv;
    bool packet = file_flags(f) & O_DIRECT;
    int64_t done = 0;

    (void)pos;
    while (from->left) {
        uint32_t need = write_need(from->left, packet, done > 0);
        int64_t n = write_step(p, from, need, packet);

        if (n > 0) {
            done += n;
            continue;
        }
        if (n == -EAGAIN && !(file_flags(f) & O_NONBLOCK)) {
            n = wait_event(&p->write_queue,
                           has_room(p, need, packet) || !atomic_load(&p->readers));
            if (!n)
                continue;
        }
        return done ? done : n;
    }
    return done;
}

static uint32_t pipe_poll(struct file *f, struct poll_table *pt)
{
    struct pipe *p = f->priv;
    uint32_t events = 0;

    if (f->can & FILE_CAN_READ) {
        poll_wait(pt, &p->read_queue);
        if (atomic_load(&p->used))
            events |= EPOLLIN | EPOLLRDNORM;
        /* A FIFO that had no writer yet has not been hung up either. */
        if (!atomic_load(&p->writers) && f->pos != atomic_load(&p->writer_opens))
            events |= EPOLLHUP;
    }
    if (f->can & FILE_CAN_WRITE) {
        poll_wait(pt, &p->write_queue);
        if (has_room(p, PIPE_ATOMIC, file_flags(f) & O_DIRECT))
            events |= EPOLLOUT | EPOLLWRNORM;
        if (!atomic_load(&p->readers))
            events |= EPOLLERR;
    }
    return events;
}

static int64_t pipe_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
    struct pipe *p = f->priv;

    if (cmd == FIONREAD)
        return put_user32(arg, atomic_load(&p->used));
    return -ENOTTY;
}

static void ends_count(struct pipe *p, const struct file *f, uint32_t delta)
{
    mutex_lock(&p->lock);
    if (f->can & FILE_CAN_READ)
        atomic_add(&p->readers, delta);
    if (f->can & FILE_CAN_WRITE)
        atomic_add(&p->writers, delta);
    mutex_unlock(&p->lock);
}

static void pipe_leave(struct inode *inode, struct pipe *p, const struct file *f)
{
    bool last;

    mutex_lock(&inode->lock);
    ends_count(p, f, -1u);
    last = !p->readers && !p->writers;
    if (last)
        inode->pipe = NULL;
    else {
        wait_wake(&p->read_queue, UINT32_MAX, EPOLLIN | EPOLLHUP);
        wait_wake(&p->write_queue, UINT32_MAX, EPOLLOUT | EPOLLERR);
    }
    mutex_unlock(&inode->lock);
    if (last)
        pipe_ring_destroy(p);
}

static void pipe_release(struct file *f)
{
    if (f->priv)
        pipe_leave(f->inode, f->priv, f);
}

/* Who was there when an end was opened.  It is seen under the lock that the others join and
 * leave under: a writer may come, write and go before a woken reader runs. */
struct partners {
    uint32_t readers, writers, reader_opens, writer_opens;
};

/* The pipe of a FIFO, counted in as `f` opens it. */
static int pipe_join(struct inode *inode, struct file *f, struct partners *seen)
{
    struct pipe *p;
    int err = 0;

    mutex_lock(&inode->lock);
    if (!inode->pipe)
        err = pipe_ring_create(PIPE_PAGES_DEFAULT, (struct pipe **)&inode->pipe);
    if (!err) {
        p = inode->pipe;
        *seen =
            (struct partners){p->readers, p->writers, p->reader_opens, p->writer_opens};
        f->priv = p;
        f->pos = atomic_load(&p->writer_opens);
        ends_count(p, f, 1);
        if (f->can & FILE_CAN_READ)
            atomic_inc(&p->reader_opens);
        if (f->can & FILE_CAN_WRITE)
            atomic_inc(&p->writer_opens);
        wait_wake_all(&p->read_queue);
        wait_wake_all(&p->write_queue);
    }
    mutex_unlock(&inode->lock);
    return err;
}

/* fifo(7): an open for one direction waits for somebody in the other. */
static int fifo_open(struct inode *inode, struct file *f)
{
    struct pipe *p;
    struct partners seen;
    uint32_t access = file_flags(f) & O_ACCMODE;
    int err = pipe_join(inode, f, &seen);

    if (err)
        return err;
    p = f->priv;
    if (access == O_RDONLY && !seen.writers && !(file_flags(f) & O_NONBLOCK))
        err = wait_event(&p->read_queue,
                         atomic_load(&p->writer_opens) != seen.writer_opens);
    else if (access == O_WRONLY && !seen.readers)
        err = file_flags(f) & O_NONBLOCK
                  ? -ENXIO
                  : wait_event(&p->write_queue,
                               atomic_load(&p->reader_opens) != seen.reader_opens);
    if (err) {
        pipe_leave(inode, p, f);
        f->priv = NULL;
    }
    return err;
}

const struct file_ops fifo_file_ops = {
    .open = fifo_open,
    .release = pipe_release,
    .read = pipe_read,
    .write = pipe_write,
    .ioctl = pipe_ioctl,
    .poll = pipe_poll,
};

int pipe_create(uint32_t flags, struct file *ends[2])
{
    struct partners seen;
    struct vfs_path path;
    struct inode *inode;
    int err = anon_inode_create("pipe:[N]", S_IFIFO | 0600, &inode, &path);

    if (err)
        return err;
    flags &= O_NONBLOCK | O_DIRECT;
    ends[1] = NULL;
    err = file_on_inode(&fifo_file_ops, inode, &path, O_RDONLY | flags, &ends[0]);
    if (!err) {
        err = file_on_inode(&fifo_file_ops, inode, &path, O_WRONLY | flags, &ends[1]);
        if (!err)
            err = pipe_join(inode, ends[0], &seen);
        if (!err)
            err = pipe_join(inode, ends[1], &seen);
        if (err) {
            file_put(ends[0]);
            file_put(ends[1]);
        }
    }
    vfs_path_put(&path);
    inode_put(inode);
    return err;
}

bool file_is_pipe(const struct file *f)
{
    return f->ops == &fifo_file_ops;
}

int64_t pipe_size(struct file *f)
{
    return file_is_pipe(f) ? (int64_t)pipe_capacity(f->priv) : -EBADF;
}

int64_t pipe_resize(struct file *f, uint64_t bytes, bool privileged)
{
    struct pipe *p = f->priv;
    uint32_t pages = 1;
    int err;

    if (!file_is_pipe(f))
        return -EBADF;
    if (bytes > PIPE_BYTES_MAX)
        return privileged ? -EINVAL : -EPERM;
    while (pages * 4096u < bytes)
        pages *= 2;
    mutex_lock(&p->lock);
    err = pipe_ring_resize(p, pages);
    mutex_unlock(&p->lock);
    if (err)
        return err;
    wake_writers(p);
    return pages * 4096u;
}

int64_t pipe_peek(struct file *f, void *buf, size_t len, bool nonblock)
{
    struct pipe *p = f->priv;

    for (;;) {
        int64_t n;

        mutex_lock(&p->lock);
        n = pipe_ring_peek(p, buf, (uint32_t)MIN(len, (size_t)PIPE_BYTES_MAX));
        if (n == 0 && atomic_load(&p->writers))
            n = -EAGAIN;
        mutex_unlock(&p->lock);
        if (n != -EAGAIN || nonblock || (file_flags(f) & O_NONBLOCK))
            return n;
        n = wait_event(&p->read_queue,
                       atomic_load(&p->used) || !atomic_load(&p->writers));
        if (n)
            return n;
    }
}

int64_t pipe_room_wait(struct file *f, bool nonblock)
{
    struct pipe *p = f->priv;

    for (;;) {
        int err;

        if (!atomic_load(&p->readers))
            return -EPIPE;
        if (pipe_room(p))
            return pipe_room(p);
        if (nonblock || (file_flags(f) & O_NONBLOCK))
            return -EAGAIN;
        err = wait_event(&p->write_queue, pipe_room(p) || !atomic_load(&p->readers));
        if (err)
            return err;
    }
}
