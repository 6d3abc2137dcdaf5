/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll, ppoll, select, pselect6.
 *
 * All are the same loop: look at every file; if none is ready, sleep until one of the queues
 * that the first look subscribed to is woken; look again.
 */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/deadline.h"
#include "vfs/poll.h"
#include "vm/ucopy.h"

/* A temporary mask for the duration of the call.  mask_va 0: none. */
static int mask_push(struct task *t, uint64_t mask_va, uint64_t size)
{
    uint64_t mask;

    if (!mask_va)
        return 0;
    if (size != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (copy_from_user(&mask, mask_va, sizeof(mask)))
        return -EFAULT;
    signal_mask_push(t, mask);
    return 0;
}

static void mask_pop(struct task *t, uint64_t mask_va, bool interrupted)
{
    if (mask_va)
        signal_mask_pop(t, interrupted);
}

/* The timeout argument of ppoll and pselect6: 0: none. */
static int timespec_deadline(uint64_t va, uint64_t *deadline_ns)
{
    struct abi_timespec ts;
    uint64_t ns;
    int err;

    *deadline_ns = HAL_NEVER;
    if (!va)
        return 0;
    if (copy_from_user(&ts, va, sizeof(ts)))
        return -EFAULT;
    err = deadline_span(ts.sec, ts.nsec, &ns);
    if (!err)
        *deadline_ns = deadline_after(ns);
    return err;
}

/* Linux tells what is left of the time; a program that cannot be told does not mind. */
static void put_left_timespec(uint64_t va, uint64_t deadline_ns)
{
    uint64_t ns = deadline_left(deadline_ns);
    struct abi_timespec ts = {.sec = (int64_t)(ns / DEADLINE_NS_PER_SEC),
                              .nsec = (int64_t)(ns % DEADLINE_NS_PER_SEC)};

    if (va)
        (void)copy_to_user_partial(va, &ts, sizeof(ts));
}

/* ---- poll ---- */

static unsigned poll_pass(struct task *t, struct poll_set *set, struct abi_pollfd *fds,
                          unsigned n)
{
    unsigned ready = 0;

    for (unsigned i = 0; i < n; i++) {
        struct file *f = fds[i].fd >= 0 ? fd_lookup(t->fds, fds[i].fd) : NULL;
        uint32_t events = 0;

        if (f) {
            events = poll_set_check(set, f, (uint16_t)fds[i].events);
            file_put(f);
        } else if (fds[i].fd >= 0) {
            events = EPOLLNVAL;
        }
        fds[i].revents = (int16_t)events;
        ready += events != 0;
        if (ready)
            poll_set_looked(set);
    }
    poll_set_looked(set);
    return ready;
}

/* Number of ready ones, 0 at the deadline, or -ERESTARTSYS. */
static int poll_loop(struct task *t, struct abi_pollfd *fds, unsigned n,
                     uint64_t deadline_ns)
{
    struct poll_set set;
    int err = 0;
    unsigned ready;

    poll_set_init(&set);
    for (;;) {
        ready = poll_pass(t, &set, fds, n);
        if (ready || err || deadline_ns == 0)
            break;
        err = poll_set_wait(&set, deadline_ns);
    }
    poll_set_finish(&set);
    if (ready)
        return (int)ready;
    return err == -ETIMEDOUT ? 0 : err;
}

#define POLL_STACK_FDS 16

static int64_t do_poll(struct task *t, uint64_t va, uint64_t nfds, uint64_t deadline_ns)
{
    struct abi_pollfd few[POLL_STACK_FDS];
    struct abi_pollfd *fds = few;
    uint32_t n = (uint32_t)nfds;
    int64_t result;

    if (n > task_rlimit(t, RLIMIT_NOFILE))
        return -EINVAL;
    if (n > POLL_STACK_FDS) {
        fds = kcalloc(n, sizeof(*fds));
        if (!fds)
            return -ENOMEM;
    }
    result = copy_from_user(fds, va, n * sizeof(*fds));
    if (!result) {
        result = poll_loop(t, fds, n, deadline_ns);
        for (uint32_t i = 0; result >= 0 && i < n; i++) {
            uint64_t at = va + i * sizeof(*fds) + offsetof(struct abi_pollfd, revents);

            if (copy_to_user(at, &fds[i].revents, sizeof(fds[i].revents)))
                result = -EFAULT;
        }
    }
    if (fds != few)
        kfree(fds);
    return result;
}

static int64_t poll_restart(struct task *t)
{
    int64_t result = do_poll(t, t->restart.arg[0], t->restart.arg[1], t->restart.arg[2]);

    return result == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : result;
}

int64_t sys_poll(struct task *t, const uint64_t a[6])
{
    int32_t ms = (int32_t)a[2];
    uint64_t deadline = ms < 0 ? HAL_NEVER : deadline_after((uint64_t)ms * 1000000);
    int64_t result = do_poll(t, a[0], a[1], deadline);

    if (result != -ERESTARTSYS)
        return result;
    t->restart =
        (struct restart_block){.fn = poll_restart, .arg = {a[0], a[1], deadline}};
    return -ERESTART_RESTARTBLOCK;
}

int64_t sys_ppoll(struct task *t, const uint64_t a[6])
{
    uint64_t deadline;
    int64_t result = timespec_deadline(a[2], &deadline);

    if (!result)
        result = mask_push(t, a[3], a[4]);
    if (result)
        return result;
    result = do_poll(t, a[0], a[1], deadline);
    mask_pop(t, a[3], result == -ERESTARTSYS);
    put_left_timespec(a[2], deadline);
    return result == -ERESTARTSYS ? -ERESTARTNOHAND : result;
}

/* ---- select ---- */

#define SELECT_IN  (EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR)
#define SELECT_OUT (EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR)
#define SELECT_EX  EPOLLPRI

/* Three sets in, three sets out, as bitmaps of `words` words each. */
struct select_sets {
    unsigned count, words;
    uint64_t *in[3], *out[3];
};

static const uint32_t select_events[3] = {SELECT_IN, SELECT_OUT, SELECT_EX};

/* One descriptor: bits set in the output, or -EBADF. */
static int select_one(struct task *t, struct poll_set *set, struct select_sets *s,
                      unsigned fd)
{
    uint64_t bit = BIT(fd % 64);
    uint32_t want = 0, events;
    struct file *f;
    int found = 0;

    for (unsigned k = 0; k < 3; k++) {
        if (s->in[k][fd / 64] & bit)
            want |= select_events[k];
    }
    if (!want)
        return 0;
    f = fd_lookup(t->fds, (int)fd);
    if (!f)
        return -EBADF;
    events = poll_set_check(set, f, want);
    file_put(f);
    for (unsigned k = 0; k < 3; k++) {
        if ((s->in[k][fd / 64] & bit) && (events & select_events[k])) {
            s->out[k][fd / 64] |= bit;
            found++;
        }
    }
    return found;
}

static int select_pass(struct task *t, struct poll_set *set, struct select_sets *s)
{
    int ready = 0;

    for (unsigned fd = 0; fd < s->count; fd++) {
        int n;

        if (!((s->in[0][fd / 64] | s->in[1][fd / 64] | s->in[2][fd / 64]) >> (fd % 64))) {
            fd |= 63; /* nothing more in this word */
            continue;
        }
        n = select_one(t, set, s, fd);
        if (n < 0)
            return n;
        ready += n;
        if (ready)
            poll_set_looked(set);
    }
    poll_set_looked(set);
    return ready;
}

static int select_loop(struct task *t, struct select_sets *s, uint64_t deadline_ns)
{
    struct poll_set set;
    int err = 0, ready;

    poll_set_init(&set);
    for (;;) {
        ready = select_pass(t, &set, s);
        if (ready || err || deadline_ns == 0)
            break;
        err = poll_set_wait(&set, deadline_ns);
    }
    poll_set_finish(&set);
    if (ready)
        return ready;
    return err == -ETIMEDOUT ? 0 : err;
}

static int sets_import(struct select_sets *s, const uint64_t va[3])
{
    for (unsigned k = 0; k < 3; k++) {
        if (va[k] && copy_from_user(s->in[k], va[k], s->words * sizeof(uint64_t)))
            return -EFAULT;
        /* Bits past the last descriptor are not looked at. */
        if (s->count % 64)
            s->in[k][s->words - 1] &= BIT(s->count % 64) - 1;
    }
    return 0;
}

static int sets_export(const struct select_sets *s, const uint64_t va[3])
{
    for (unsigned k = 0; k < 3; k++) {
        if (va[k] && copy_to_user(va[k], s->out[k], s->words * sizeof(uint64_t)))
            return -EFAULT;
    }
    return 0;
}

#define SELECT_STACK_WORDS 2 /* 128 descriptors */

static int64_t do_select(struct task *t, int64_t n, const uint64_t va[3],
                         uint64_t deadline_ns)
{
    uint64_t few[6 * SELECT_STACK_WORDS];
    uint64_t *bits = few;
    struct select_sets s;
    int64_t result;

    if (n < 0)
        return -EINVAL;
    s.count = (unsigned)MIN(n, (int64_t)FD_TABLE_MAX);
    s.words = DIV_ROUND_UP(s.count, 64);
    if (s.words > SELECT_STACK_WORDS) {
        bits = kcalloc(s.words, 6 * sizeof(*bits));
        if (!bits)
            return -ENOMEM;
    } else {
        memset(few, 0, sizeof(few));
    }
    for (unsigned k = 0; k < 3; k++) {
        s.in[k] = bits + k * s.words;
        s.out[k] = bits + (k + 3) * s.words;
    }
    result = sets_import(&s, va);
    if (!result)
        result = select_loop(t, &s, deadline_ns);
    if (result >= 0 && sets_export(&s, va))
        result = -EFAULT;
    if (bits != few)
        kfree(bits);
    return result;
}

int64_t sys_select(struct task *t, const uint64_t a[6])
{
    uint64_t deadline = HAL_NEVER, ns, usec;
    struct abi_timeval tv;
    int64_t result;

    if (a[4]) {
        if (copy_from_user(&tv, a[4], sizeof(tv)))
            return -EFAULT;
        if (tv.sec < 0 || tv.usec < 0)
            return -EINVAL;
        /* More than a second's worth of microseconds is carried over. */
        tv.sec = MIN(tv.sec, DEADLINE_SEC_MAX);
        tv.sec += MIN(tv.usec / 1000000, DEADLINE_SEC_MAX);
        usec = (uint64_t)(tv.usec % 1000000);
        result = deadline_span(tv.sec, (int64_t)usec * 1000, &ns);
        if (result)
            return result;
        deadline = deadline_after(ns);
    }
    result = do_select(t, (int32_t)a[0], &a[1], deadline);
    if (a[4]) {
        ns = deadline_left(deadline);
        tv.sec = (int64_t)(ns / DEADLINE_NS_PER_SEC);
        tv.usec = (int64_t)(ns % DEADLINE_NS_PER_SEC / 1000);
        (void)copy_to_user_partial(a[4], &tv, sizeof(tv));
    }
    return result == -ERESTARTSYS ? -ERESTARTNOHAND : result;
}

int64_t sys_pselect6(struct task *t, const uint64_t a[6])
{
    uint64_t deadline, mask_arg[2] = {0, 0}; /* address and size of the mask */
    int64_t result;

    if (a[5] && copy_from_user(mask_arg, a[5], sizeof(mask_arg)))
        return -EFAULT;
    result = timespec_deadline(a[4], &deadline);
    if (!result)
        result = mask_push(t, mask_arg[0], mask_arg[1]);
    if (result)
        return result;
    result = do_select(t, (int32_t)a[0], &a[1], deadline);
    mask_pop(t, mask_arg[0], result == -ERESTARTSYS);
    put_left_timespec(a[4], deadline);
    return result == -ERESTARTSYS ? -ERESTARTNOHAND : result;
}
