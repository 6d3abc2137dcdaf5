/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading from a terminal: a line at a time in canonical mode, else as MIN and TIME say
 * (POSIX 11.1.7).
 *
 * Bytes go through a kernel buffer, so that user memory is never touched with the terminal
 * locked.
 */
#include "tty/tty_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "mm/slab.h"

#define DECISECOND_NS UINT64_C(100000000)

static bool is_canonical(const struct tty *t)
{
    return (t->settings.t.c_lflag & ICANON) != 0;
}

bool ldisc_readable(const struct tty *t, uint64_t min)
{
    uint64_t tail = atomic_load_acquire(&t->in.tail);

    if (is_canonical(t))
        return atomic_load_acquire(&t->in.canon_head) != tail;
    return atomic_load_acquire(&t->in.head) - tail >= min;
}

/* With MIN and no TIME a poll says "ready" when a read would not wait. */
uint32_t ldisc_poll_min(const struct tty *t)
{
    uint8_t min = t->settings.t.c_cc[VMIN];

    return t->settings.t.c_cc[VTIME] == 0 && min > 0 ? min : 1;
}

uint64_t ldisc_input_bytes_locked(struct tty *t)
{
    uint64_t end = is_canonical(t) ? t->in.canon_head : t->in.head;
    uint64_t count = 0;

    for (uint64_t pos = t->in.tail; pos < end; pos++) {
        uint64_t bit = pos & (TTY_INPUT_BYTES - 1);
        bool delim = t->in.delim[bit / 64] & BIT(bit % 64);

        if (!(delim && t->in.buf[bit] == 0))
            count++;
    }
    return count;
}

/* One line or a part of it: bytes moved.  *done: its end was among them. */
static size_t take_line_locked(struct tty *t, uint8_t *dst, size_t len, bool *done)
{
    size_t n = 0;
    uint64_t pos = t->in.tail;

    *done = false;
    while (pos < t->in.canon_head && !*done) {
        uint64_t bit = pos & (TTY_INPUT_BYTES - 1);
        bool delim = t->in.delim[bit / 64] & BIT(bit % 64);

        if (delim && t->in.buf[bit] == 0) {
            *done = true; /* an end of file is taken along with the data before it */
        } else {
            if (n == len)
                break;
            dst[n++] = t->in.buf[bit];
            *done = delim;
        }
        t->in.delim[bit / 64] &= ~BIT(bit % 64);
        pos++;
    }
    atomic_store_release(&t->in.tail, pos);
    return n;
}

static size_t take_raw_locked(struct tty *t, uint8_t *dst, size_t len)
{
    size_t n = 0;
    uint64_t pos = t->in.tail;

    while (pos < t->in.head && n < len)
        dst[n++] = t->in.buf[pos++ & (TTY_INPUT_BYTES - 1)];
    atomic_store_release(&t->in.tail, pos);
    if (!is_canonical(t) && t->in.canon_head < pos)
        atomic_store_relaxed(&t->in.canon_head, pos);
    return n;
}

/* Wait until `min` bytes or a line are there.  0 also when the terminal was hung up. */
static int wait_input(struct file *f, struct tty_file *tf, uint64_t min,
                      uint64_t deadline_ns)
{
    struct tty *t = tf->tty;

    if (ldisc_readable(t, min) || tty_file_hung(tf))
        return 0;
    if (atomic_load_relaxed(&f->flags) & O_NONBLOCK)
        return -EAGAIN;
    return wait_event_until(&t->read_wait, ldisc_readable(t, min) || tty_file_hung(tf),
                            deadline_ns);
}

static int64_t read_line(struct file *f, struct tty_file *tf, uint8_t *buf, size_t len)
{
    struct tty *t = tf->tty;
    size_t n;
    bool done;
    int err;

    for (;;) {
        err = wait_input(f, tf, 1, HAL_NEVER);
        if (err || tty_file_hung(tf))
            return err;
        mutex_lock(&t->lock);
        if (!is_canonical(t)) {
            mutex_unlock(&t->lock);
            return -EAGAIN; /* settings changed meanwhile: the caller looks again */
        }
        n = take_line_locked(t, buf, len, &done);
        t->driver->unthrottle(t);
        mutex_unlock(&t->lock);
        /* Another reader may have been faster; a lone end of file reads as 0. */
        if (n > 0 || done)
            return (int64_t)n;
    }
}

static int64_t read_raw(struct file *f, struct tty_file *tf, uint8_t *buf, size_t len)
{
    struct tty *t = tf->tty;
    uint64_t min = t->settings.t.c_cc[VMIN], time = t->settings.t.c_cc[VTIME];
    uint64_t deadline = HAL_NEVER;
    size_t got = 0;
    int err = 0;

    if (min == 0)
        deadline = time ? hal_time_ns() + time * DECISECOND_NS : 0;
    min = CLAMP(min, (uint64_t)1, (uint64_t)len);
    while (got < min) {
        if (deadline == 0 && !ldisc_readable(t, 1))
            break; /* MIN = TIME = 0 never waits */
        err = wait_input(f, tf, 1, deadline);
        if (err || tty_file_hung(tf))
            break;
        mutex_lock(&t->lock);
        got += take_raw_locked(t, buf + got, len - got);
        t->driver->unthrottle(t);
        mutex_unlock(&t->lock);
        if (t->settings.t.c_cc[VMIN] == 0 && got > 0)
            break;
        if (t->settings.t.c_cc[VMIN] > 0 && time > 0 && got > 0)
            deadline = hal_time_ns() + time * DECISECOND_NS;
    }
    if (got > 0 || err == -ETIMEDOUT)
        return (int64_t)got;
    return err;
}

int64_t ldisc_read(struct file *f, struct tty_file *tf, struct vm_iter *to)
{
    uint8_t small[256];
    size_t len = MIN(to->left, (uint64_t)TTY_INPUT_BYTES);
    uint8_t *buf = small;
    int64_t n;
    bool canonical;

    if (len == 0)
        return 0;
    if (len > sizeof(small)) {
        buf = kmalloc(len);
        if (!buf)
            return -ENOMEM;
    }
    do {
        n = tty_job_check(tf->tty, SIGTTIN);
        if (n)
            break;
        canonical = is_canonical(tf->tty);
        n = canonical ? read_line(f, tf, buf, len) : read_raw(f, tf, buf, len);
    } while (n == -EAGAIN && canonical != is_canonical(tf->tty));
    if (n > 0)
        n = vm_iter_put(to, buf, (size_t)n);
    if (buf != small)
        kfree(buf);
    return n;
}
