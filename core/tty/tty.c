/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal object and its open files.
 *
 * Hang-up does not take files away: it raises the terminal's generation, and files opened
 * before read as at their end and fail to write from then on.
 */
#include "tty/tty.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "tty/pty.h"
#include "tty/tty_priv.h"

#define TTY_OUT_MIN 8u /* room that output processing of one byte may need */

#define CTRL(c) ((c)-0x40)

static const struct abi_termios2 default_settings = {
    .t = {.c_iflag = ICRNL | IXON | IUTF8,
          .c_oflag = OPOST | ONLCR,
          .c_cflag = B38400 | CS8 | CREAD | HUPCL,
          .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
          .c_line = ABI_N_TTY,
          .c_cc = {[VINTR] = CTRL('C'),
                   [VQUIT] = CTRL('\\'),
                   [VERASE] = 0x7f,
                   [VKILL] = CTRL('U'),
                   [VEOF] = CTRL('D'),
                   [VMIN] = 1,
                   [VSTART] = CTRL('Q'),
                   [VSTOP] = CTRL('S'),
                   [VSUSP] = CTRL('Z'),
                   [VREPRINT] = CTRL('R'),
                   [VDISCARD] = CTRL('O'),
                   [VWERASE] = CTRL('W'),
                   [VLNEXT] = CTRL('V')}},
    .c_ispeed = 38400,
    .c_ospeed = 38400,
};

int tty_create(const char *name, uint64_t rdev, const struct tty_driver *driver,
               void *driver_data, struct tty **out)
{
    struct tty *t = kzalloc(sizeof(*t));

    if (!t)
        return -ENOMEM;
    refcount_init(&t->refs, 1);
    strlcpy(t->name, name, sizeof(t->name));
    t->rdev = rdev;
    t->driver = driver;
    t->driver_data = driver_data;
    mutex_init(&t->lock, "tty.lock");
    mutex_init(&t->out_lock, "tty.out_lock");
    t->settings = default_settings;
    wait_queue_init(&t->read_wait);
    wait_queue_init(&t->write_wait);
    *out = t;
    return 0;
}

void tty_get(struct tty *t)
{
    refcount_get(&t->refs);
}

void tty_put(struct tty *t)
{
    if (!refcount_put(&t->refs))
        return;
    if (t->driver->free)
        t->driver->free(t);
    kfree(t);
}

uint64_t tty_rdev(const struct tty *t)
{
    return t ? t->rdev : 0;
}

int32_t tty_foreground(struct tty *t)
{
    int32_t pgrp = t ? atomic_load_relaxed(&t->pgrp) : 0;

    return pgrp > 0 ? pgrp : -1;
}

void tty_hangup(struct tty *t)
{
    mutex_lock(&t->lock);
    atomic_inc(&t->generation);
    if (t->open_count > 0 && t->driver->last_close)
        t->driver->last_close(t);
    t->open_count = 0;
    t->exclusive = false;
    ldisc_flush_input_locked(t);
    atomic_store(&t->stopped, false);
    mutex_unlock(&t->lock);
    tty_job_hangup(t);
    wait_wake(&t->read_wait, UINT32_MAX, EPOLLIN | EPOLLHUP | EPOLLERR);
    wait_wake(&t->write_wait, UINT32_MAX, EPOLLOUT | EPOLLHUP | EPOLLERR);
}

void tty_resize_locked(struct tty *t, const struct abi_winsize *w)
{
    if (memcmp(&t->winsize, w, sizeof(*w)) == 0)
        return;
    t->winsize = *w;
    tty_job_signal_foreground(t, SIGWINCH);
}

void tty_flow_stop_locked(struct tty *t)
{
    if (t->stopped)
        return;
    atomic_store(&t->stopped, true);
    if (t->driver->packet)
        t->driver->packet(t, TIOCPKT_STOP);
}

void tty_flow_start_locked(struct tty *t)
{
    if (!t->stopped)
        return;
    atomic_store(&t->stopped, false);
    if (t->driver->packet)
        t->driver->packet(t, TIOCPKT_START);
    wait_wake(&t->write_wait, UINT32_MAX, EPOLLOUT | EPOLLWRNORM);
}

/* ---- open files ---- */

int tty_open_file(struct tty *t, struct file *f)
{
    struct tty_file *tf = kzalloc(sizeof(*tf));
    struct tty_caller who;
    int err = tf ? 0 : -ENOMEM;

    if (!err) {
        tty_job_caller(&who);
        mutex_lock(&t->lock);
        if (t->exclusive && !who.admin) {
            err = -EBUSY;
        } else {
            t->open_count++;
            tf->tty = t;
            tf->generation = atomic_load_relaxed(&t->generation);
        }
        mutex_unlock(&t->lock);
    }
    if (err) {
        kfree(tf);
        tty_put(t);
        return err;
    }
    f->priv = tf;
    tty_job_opened(t, f);
    return 0;
}

static int tty_file_open(struct inode *inode, struct file *f)
{
    struct tty *t;

    if (inode->rdev == TTY_RDEV(5, 0)) {
        t = tty_job_session_tty();
    } else if (pty_is_slave(inode->rdev)) {
        int err = pty_slave_get(inode->rdev, &t);

        if (err)
            return err;
    } else {
        t = dev_priv(inode->rdev);
        if (t)
            tty_get(t);
    }
    if (!t)
        return -ENXIO;
    return tty_open_file(t, f);
}

static void tty_file_release(struct file *f)
{
    struct tty_file *tf = f->priv;
    struct tty *t;

    if (!tf)
        return;
    t = tf->tty;
    mutex_lock(&t->lock);
    if (!tty_file_hung(tf) && --t->open_count == 0) {
        t->exclusive = false;
        if (t->driver->last_close)
            t->driver->last_close(t);
    }
    mutex_unlock(&t->lock);
    kfree(tf);
    tty_put(t);
}

struct tty *tty_of_file(struct file *f)
{
    struct tty_file *tf = f->priv;

    if (f->ops != &tty_file_ops || !tf)
        return NULL;
    tty_get(tf->tty);
    return tf->tty;
}

static int64_t tty_file_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct tty_file *tf = f->priv;

    (void)pos;
    if (tty_file_hung(tf))
        return 0;
    return ldisc_read(f, tf, to);
}

static bool can_write(struct tty *t)
{
    return !atomic_load_relaxed(&t->stopped) && t->driver->room(t, false) >= TTY_OUT_MIN;
}

/* Write all of buf: bytes written before something stopped it, or why not even one was. */
static int64_t write_chunk(struct file *f, struct tty_file *tf, const uint8_t *buf,
                           size_t len)
{
    struct tty *t = tf->tty;
    size_t done = 0;
    int err = 0;

    while (done < len) {
        if (!can_write(t)) {
            err = -EAGAIN;
            if (!(atomic_load_relaxed(&f->flags) & O_NONBLOCK))
                err = wait_event(&t->write_wait, can_write(t) || tty_file_hung(tf));
        }
        if (!err && tty_file_hung(tf))
            err = -EIO;
        if (err)
            break;
        mutex_lock(&t->out_lock);
        done += ldisc_output(t, buf + done, len - done);
        mutex_unlock(&t->out_lock);
    }
    return done ? (int64_t)done : err;
}

static int64_t tty_file_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct tty_file *tf = f->priv;
    uint8_t buf[TTY_CHUNK_BYTES];
    int64_t written = 0;

    (void)pos;
    if (tty_file_hung(tf))
        return -EIO;
    if (tf->tty->settings.t.c_lflag & TOSTOP) {
        int err = tty_job_check(tf->tty, SIGTTOU);

        if (err)
            return err;
    }
    while (from->left > 0) {
        int64_t n = vm_iter_take(from, buf, MIN(from->left, (uint64_t)sizeof(buf)));
        int64_t done = n > 0 ? write_chunk(f, tf, buf, (size_t)n) : n;

        if (done <= 0)
            return written ? written : done;
        written += done;
        if (done < n)
            break;
    }
    return written;
}

static uint32_t tty_file_poll(struct file *f, struct poll_table *pt)
{
    struct tty_file *tf = f->priv;
    struct tty *t = tf->tty;
    uint32_t events = 0;

    poll_wait(pt, &t->read_wait);
    poll_wait(pt, &t->write_wait);
    if (tty_file_hung(tf))
        return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLERR | EPOLLHUP;
    if (ldisc_readable(t, ldisc_poll_min(t)))
        events |= EPOLLIN | EPOLLRDNORM;
    if (can_write(t))
        events |= EPOLLOUT | EPOLLWRNORM;
    return events;
}

const struct file_ops tty_file_ops = {
    .open = tty_file_open,
    .release = tty_file_release,
    .read = tty_file_read,
    .write = tty_file_write,
    .ioctl = tty_ioctl,
    .poll = tty_file_poll,
};

void tty_init(void)
{
    int err = dev_register("tty", TTY_RDEV(5, 0), 0666, &tty_file_ops, NULL);

    kassert(err == 0);
    pty_init();
    console_init();
}
