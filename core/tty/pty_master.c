/* SPDX-License-Identifier: BSD-2-Clause */
/* The master's file: /dev/ptmx. */
#include "tty/pty_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "tty/tty_priv.h"
#include "vm/ucopy.h"

static void master_release(struct file *f)
{
    if (f->priv)
        pty_master_closed(f->priv);
}

static bool has_data(const struct pty *p)
{
    return atomic_load_acquire(&p->ring.head) != atomic_load_relaxed(&p->ring.tail);
}

static bool has_event(const struct pty *p)
{
    return atomic_load_relaxed(&p->packet_mode) && atomic_load_relaxed(&p->packet_events);
}

static bool readable(const struct pty *p)
{
    return has_data(p) || has_event(p) || atomic_load_relaxed(&p->slave_gone);
}

static int64_t read_event(struct pty *p, struct vm_iter *to)
{
    uint8_t event = (uint8_t)atomic_xchg(&p->packet_events, 0u);

    return vm_iter_put(to, &event, 1);
}

static size_t take(struct pty *p, uint8_t *buf, size_t len)
{
    size_t n;

    mutex_lock(&p->slave->out_lock);
    n = ring_get(&p->ring, buf, len);
    mutex_unlock(&p->slave->out_lock);
    if (n)
        wait_wake(&p->slave->write_wait, UINT32_MAX, EPOLLOUT | EPOLLWRNORM);
    return n;
}

/* Whatever is there, up to the size of the request. */
static int64_t read_data(struct pty *p, struct vm_iter *to)
{
    uint8_t buf[TTY_CHUNK_BYTES];
    uint8_t data_packet = TIOCPKT_DATA;
    bool packet = atomic_load_relaxed(&p->packet_mode);
    int64_t total = 0;

    while (to->left > (packet && total == 0 ? 1u : 0u)) {
        uint64_t space = to->left - (packet && total == 0 ? 1 : 0);
        size_t n = take(p, buf, MIN(space, (uint64_t)sizeof(buf)));
        int64_t put;

        if (n == 0)
            break;
        if (packet && total == 0) {
            put = vm_iter_put(to, &data_packet, 1);
            if (put < 0)
                return put;
            total++;
        }
        put = vm_iter_put(to, buf, n);
        if (put < 0)
            return total ? total : put;
        total += put;
        if ((size_t)put < n)
            break;
    }
    return total;
}

static int64_t master_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct pty *p = f->priv;
    int64_t n;
    int err;

    (void)pos;
    if (to->left == 0)
        return 0;
    for (;;) {
        if (!readable(p)) {
            if (atomic_load_relaxed(&f->flags) & O_NONBLOCK)
                return -EAGAIN;
            err = wait_event(&p->read_wait, readable(p));
            if (err)
                return err;
        }
        if (has_event(p))
            return read_event(p, to);
        n = read_data(p, to);
        if (n)
            return n;
        if (atomic_load_relaxed(&p->slave_gone) && !has_data(p))
            return -EIO;
    }
}

static int64_t feed(struct file *f, struct pty *p, const uint8_t *buf, size_t len)
{
    struct tty *t = p->slave;
    size_t done = 0;
    int err = 0;

    for (;;) {
        mutex_lock(&t->lock);
        done += ldisc_receive(t, buf + done, len - done);
        mutex_unlock(&t->lock);
        if (done == len)
            return (int64_t)done;
        if (atomic_load_relaxed(&f->flags) & O_NONBLOCK)
            err = -EAGAIN;
        else
            err = wait_event(&p->write_wait, ldisc_has_room(t));
        if (err)
            return done ? (int64_t)done : err;
    }
}

static int64_t master_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct pty *p = f->priv;
    uint8_t buf[TTY_CHUNK_BYTES];
    int64_t written = 0;

    (void)pos;
    if (atomic_load_relaxed(&p->slave_gone))
        return -EIO;
    while (from->left > 0) {
        int64_t n = vm_iter_take(from, buf, MIN(from->left, (uint64_t)sizeof(buf)));
        int64_t done = n > 0 ? feed(f, p, buf, (size_t)n) : n;

        if (done <= 0)
            return written ? written : done;
        written += done;
        if (done < n)
            break;
    }
    return written;
}

static uint32_t master_poll(struct file *f, struct poll_table *pt)
{
    struct pty *p = f->priv;
    uint32_t events = 0;

    poll_wait(pt, &p->read_wait);
    poll_wait(pt, &p->write_wait);
    if (has_data(p))
        events |= EPOLLIN | EPOLLRDNORM;
    if (has_event(p))
        events |= EPOLLIN | EPOLLRDNORM | EPOLLPRI;
    if (atomic_load_relaxed(&p->slave_gone))
        events |= EPOLLHUP;
    if (ldisc_has_room(p->slave))
        events |= EPOLLOUT | EPOLLWRNORM;
    return events;
}

static int64_t put_int(uint64_t arg, int32_t v)
{
    return copy_to_user(arg, &v, sizeof(v));
}

static int64_t set_flag(bool *flag, uint64_t arg)
{
    int32_t v;

    if (copy_from_user(&v, arg, sizeof(v)))
        return -EFAULT;
    atomic_store(flag, v != 0);
    return 0;
}

static int64_t set_packet_mode(struct pty *p, uint64_t arg)
{
    if (!p->packet_mode)
        atomic_store(&p->packet_events, 0u);
    return set_flag(&p->packet_mode, arg);
}

static int64_t send_signal(struct pty *p, uint64_t signo)
{
    if (signo < 1 || signo > 64)
        return -EINVAL;
    tty_job_signal_foreground(p->slave, (int)signo);
    return 0;
}

static int64_t master_flush(struct pty *p, uint64_t which)
{
    struct tty *t = p->slave;

    if (which > TCIOFLUSH)
        return -EINVAL;
    mutex_lock(&t->lock);
    if (which != TCIFLUSH) /* what the master sent is the slave's input */
        ldisc_flush_input_locked(t);
    mutex_lock(&t->out_lock);
    if (which != TCOFLUSH)
        t->driver->flush_output(t);
    mutex_unlock(&t->out_lock);
    mutex_unlock(&t->lock);
    return 0;
}

static int64_t master_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
    struct pty *p = f->priv;

    switch (cmd) {
    case TIOCGPTN:
        return put_int(arg, (int32_t)p->index);
    case TIOCSPTLCK:
        return set_flag(&p->locked, arg);
    case TIOCGPTLCK:
        return put_int(arg, p->locked);
    case TIOCPKT:
        return set_packet_mode(p, arg);
    case TIOCGPKT:
        return put_int(arg, p->packet_mode);
    case TIOCSIG:
        return send_signal(p, arg);
    case FIONREAD:
        return put_int(arg, (int32_t)(p->ring.head - p->ring.tail));
    case TIOCOUTQ:
        return put_int(arg, 0);
    case TCFLSH:
        return master_flush(p, arg);
    case TIOCGDEV:
        return put_int(arg, (int32_t)TTY_RDEV(5, 2));
    default:
        return tty_mode_ioctl(p->slave, f, cmd, arg);
    }
}

const struct file_ops pty_master_ops = {
    .open = pty_master_open,
    .release = master_release,
    .read = master_read,
    .write = master_write,
    .ioctl = master_ioctl,
    .poll = master_poll,
};
