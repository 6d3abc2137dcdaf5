/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd_create(2).
 *
 * A periodic timer is armed for one expiry at a time; a reader that comes late counts the
 * periods that have passed, so a short interval costs interrupts only while somebody reads.
 */
#include "vfs/timerfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "sched/clock.h"
#include "sched/wait.h"

struct timerfd {
    struct timer timer;
    struct spinlock lock; /* irqsave: the timer's function takes it */
    int clock;
    bool armed;           /* lock; value is set, expired or not */
    bool expired;         /* lock; atomic for conditions */
    uint64_t deadline_ns; /* lock; of the next expiry that no reader has seen */
    uint64_t interval_ns; /* lock */
    struct wait_queue wait;
};

static void timer_expired(struct timer *timer)
{
    struct timerfd *t = container_of(timer, struct timerfd, timer);
    bool unmasked = spin_lock_irqsave(&t->lock);
    /* It may have been set again while this was on its way. */
    bool due = t->armed && t->deadline_ns <= hal_time_ns();

    if (due)
        atomic_store(&t->expired, true);
    spin_unlock_irqrestore(&t->lock, unmasked);
    if (due)
        wait_wake(&t->wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

/* Expiries up to now that nobody has read; arms the next one. */
static uint64_t take(struct timerfd *t)
{
    bool unmasked = spin_lock_irqsave(&t->lock);
    uint64_t now = hal_time_ns(), count = 0;

    if (t->armed && t->expired && t->deadline_ns <= now) {
        count = 1;
        if (t->interval_ns) {
            count += (now - t->deadline_ns) / t->interval_ns;
            t->deadline_ns += count * t->interval_ns;
            timer_arm(&t->timer, t->deadline_ns);
        } else {
            t->armed = false;
        }
        atomic_store(&t->expired, false);
    }
    spin_unlock_irqrestore(&t->lock, unmasked);
    return count;
}

static int64_t timerfd_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct timerfd *t = f->priv;
    uint64_t count;

    (void)pos;
    if (to->left < sizeof(count))
        return -EINVAL;
    while ((count = take(t)) == 0) {
        int err = -EAGAIN;

        if (!(atomic_load_relaxed(&f->flags) & O_NONBLOCK))
            err = wait_event(&t->wait, atomic_load(&t->expired));
        if (err)
            return err;
    }
    return vm_iter_put(to, &count, sizeof(count));
}

static uint32_t timerfd_poll(struct file *f, struct poll_table *pt)
{
    struct timerfd *t = f->priv;

    poll_wait(pt, &t->wait);
    return atomic_load(&t->expired) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void timerfd_release(struct file *f)
{
    struct timerfd *t = f->priv;

    timer_cancel_sync(&t->timer);
    kfree(t);
}

static const struct file_ops timerfd_ops = {
    .release = timerfd_release,
    .read = timerfd_read,
    .poll = timerfd_poll,
};

bool timerfd_is(const struct file *f)
{
    return f->ops == &timerfd_ops;
}

int timerfd_create_file(int clock, uint32_t flags, struct file **out)
{
    struct timerfd *t;
    int err;

    if (clock != ABI_CLOCK_REALTIME && clock != ABI_CLOCK_MONOTONIC &&
        clock != ABI_CLOCK_BOOTTIME && clock != ABI_CLOCK_REALTIME_ALARM &&
        clock != ABI_CLOCK_BOOTTIME_ALARM)
        return -EINVAL;
    if (flags & ~(uint32_t)(O_NONBLOCK | O_CLOEXEC))
        return -EINVAL;
    t = kzalloc(sizeof(*t));
    if (!t)
        return -ENOMEM;
    timer_init(&t->timer, timer_expired);
    spin_init(&t->lock, "timerfd.lock");
    wait_queue_init(&t->wait);
    t->clock = clock;
    err = file_anonymous(&timerfd_ops, "anon_inode:[timerfd]", 0600,
                         O_RDWR | (flags & O_NONBLOCK), t, out);
    if (err)
        kfree(t);
    return err;
}

static void get_locked(const struct timerfd *t, uint64_t now, struct timerfd_spec *out)
{
    uint64_t next = t->deadline_ns;

    out->interval_ns = t->interval_ns;
    out->value_ns = 0;
    if (!t->armed)
        return;
    if (next <= now && t->interval_ns)
        next += ((now - next) / t->interval_ns + 1) * t->interval_ns;
    if (next > now)
        out->value_ns = next - now;
    else if (!t->expired)
        out->value_ns = 1; /* due, its interrupt is on the way */
}

void timerfd_get(struct file *f, struct timerfd_spec *out)
{
    struct timerfd *t = f->priv;
    bool unmasked = spin_lock_irqsave(&t->lock);

    get_locked(t, hal_time_ns(), out);
    spin_unlock_irqrestore(&t->lock, unmasked);
}

/* On the monotonic clock; what lies before its start has expired at once. */
static uint64_t deadline_of(const struct timerfd *t, uint32_t flags, uint64_t value,
                            uint64_t now)
{
    uint64_t base = 0;

    if (!(flags & TFD_TIMER_ABSTIME))
        return value > HAL_NEVER - 1 - now ? HAL_NEVER - 1 : now + value;
    if (t->clock == ABI_CLOCK_REALTIME || t->clock == ABI_CLOCK_REALTIME_ALARM)
        base = clock_wall_ns() - now;
    return value > base ? value - base : 0;
}

int timerfd_set(struct file *f, uint32_t flags, const struct timerfd_spec *spec,
                struct timerfd_spec *old)
{
    struct timerfd *t = f->priv;
    uint64_t now = hal_time_ns();
    bool unmasked;

    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return -EINVAL;
    unmasked = spin_lock_irqsave(&t->lock);
    get_locked(t, now, old);
    t->armed = spec->value_ns != 0;
    t->interval_ns = spec->interval_ns;
    atomic_store(&t->expired, false);
    if (t->armed) {
        t->deadline_ns = deadline_of(t, flags, spec->value_ns, now);
        timer_arm(&t->timer, t->deadline_ns);
    } else {
        timer_cancel(&t->timer);
    }
    spin_unlock_irqrestore(&t->lock, unmasked);
    return 0;
}
