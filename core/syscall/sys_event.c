/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll, eventfd, timerfd: descriptors to wait on. */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/resource.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/deadline.h"
#include "syscall/install.h"
#include "vfs/epoll.h"
#include "vfs/eventfd.h"
#include "vfs/timerfd.h"
#include "vm/ucopy.h"

int64_t syscall_install(struct task *t, struct file *f, uint32_t flags)
{
    int fd = fd_install(t->fds, f, 0, (unsigned)task_rlimit(t, RLIMIT_NOFILE),
                        (flags & O_CLOEXEC) != 0);

    file_put(f);
    return fd;
}

/* ---- epoll ---- */

static int64_t do_epoll_create(struct task *t, uint32_t flags)
{
    struct file *f;
    int err;

    if (flags & ~(uint32_t)O_CLOEXEC)
        return -EINVAL;
    err = epoll_create_file(flags, &f);
    return err ? err : syscall_install(t, f, flags);
}

int64_t sys_epoll_create(struct task *t, const uint64_t a[6])
{
    return (int32_t)a[0] <= 0 ? -EINVAL : do_epoll_create(t, 0);
}

int64_t sys_epoll_create1(struct task *t, const uint64_t a[6])
{
    return do_epoll_create(t, (uint32_t)a[0]);
}

int64_t sys_epoll_ctl(struct task *t, const uint64_t a[6])
{
    int op = (int32_t)a[1], fd = (int32_t)a[2];
    struct abi_epoll_event event;
    struct file *ep, *target;
    int64_t result = -EBADF;

    if (op != EPOLL_CTL_DEL && copy_from_user(&event, a[3], sizeof(event)))
        return -EFAULT;
    ep = fd_lookup(t->fds, (int32_t)a[0]);
    target = fd_lookup(t->fds, fd);
    if (ep && target)
        result = epoll_control(ep, op, target, fd, op == EPOLL_CTL_DEL ? NULL : &event);
    if (target)
        file_put(target);
    if (ep)
        file_put(ep);
    return result;
}

static int64_t do_epoll_wait(struct task *t, const uint64_t a[6], uint64_t deadline)
{
    struct file *ep = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t result;

    if (!ep)
        return -EBADF;
    result = epoll_wait_events(ep, a[1], (int32_t)a[2], deadline);
    file_put(ep);
    return result;
}

static uint64_t ms_deadline(uint64_t arg)
{
    int32_t ms = (int32_t)arg;

    return ms < 0 ? HAL_NEVER : deadline_after((uint64_t)ms * 1000000);
}

int64_t sys_epoll_wait(struct task *t, const uint64_t a[6])
{
    return do_epoll_wait(t, a, ms_deadline(a[3]));
}

/* With the signal mask of a[4], a[5] for the duration of the call. */
static int64_t epoll_wait_masked(struct task *t, const uint64_t a[6], uint64_t deadline)
{
    uint64_t mask;
    int64_t result;

    if (!a[4])
        return do_epoll_wait(t, a, deadline);
    if (a[5] != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (copy_from_user(&mask, a[4], sizeof(mask)))
        return -EFAULT;
    signal_mask_push(t, mask);
    result = do_epoll_wait(t, a, deadline);
    signal_mask_pop(t, result == -EINTR);
    return result;
}

int64_t sys_epoll_pwait(struct task *t, const uint64_t a[6])
{
    return epoll_wait_masked(t, a, ms_deadline(a[3]));
}

int64_t sys_epoll_pwait2(struct task *t, const uint64_t a[6])
{
    uint64_t deadline = HAL_NEVER, ns;
    struct abi_timespec ts;
    int err;

    if (a[3]) {
        if (copy_from_user(&ts, a[3], sizeof(ts)))
            return -EFAULT;
        err = deadline_span(ts.sec, ts.nsec, &ns);
        if (err)
            return err;
        deadline = deadline_after(ns);
    }
    return epoll_wait_masked(t, a, deadline);
}

/* ---- eventfd ---- */

static int64_t do_eventfd(struct task *t, uint32_t initial, uint32_t flags)
{
    struct file *f;
    int err = eventfd_create(initial, flags, &f);

    return err ? err : syscall_install(t, f, flags);
}

int64_t sys_eventfd(struct task *t, const uint64_t a[6])
{
    return do_eventfd(t, (uint32_t)a[0], 0);
}

int64_t sys_eventfd2(struct task *t, const uint64_t a[6])
{
    return do_eventfd(t, (uint32_t)a[0], (uint32_t)a[1]);
}

/* ---- timerfd ---- */

int64_t sys_timerfd_create(struct task *t, const uint64_t a[6])
{
    struct file *f;
    int err = timerfd_create_file((int32_t)a[0], (uint32_t)a[1], &f);

    return err ? err : syscall_install(t, f, (uint32_t)a[1]);
}

static struct abi_timespec timespec_of(uint64_t ns)
{
    return (struct abi_timespec){.sec = (int64_t)(ns / DEADLINE_NS_PER_SEC),
                                 .nsec = (int64_t)(ns % DEADLINE_NS_PER_SEC)};
}

static int put_spec(uint64_t va, const struct timerfd_spec *spec)
{
    struct abi_itimerspec out = {.interval = timespec_of(spec->interval_ns),
                                 .value = timespec_of(spec->value_ns)};

    return copy_to_user(va, &out, sizeof(out));
}

static int get_spec(uint64_t va, struct timerfd_spec *spec)
{
    struct abi_itimerspec in;
    int err;

    if (copy_from_user(&in, va, sizeof(in)))
        return -EFAULT;
    err = deadline_span(in.value.sec, in.value.nsec, &spec->value_ns);
    if (!err)
        err = deadline_span(in.interval.sec, in.interval.nsec, &spec->interval_ns);
    return err;
}

/* -EBADF, -EINVAL for another kind of file. */
static int timerfd_lookup(struct task *t, uint64_t fd, struct file **out)
{
    struct file *f = fd_lookup(t->fds, (int32_t)fd);

    if (!f)
        return -EBADF;
    if (!timerfd_is(f)) {
        file_put(f);
        return -EINVAL;
    }
    *out = f;
    return 0;
}

int64_t sys_timerfd_settime(struct task *t, const uint64_t a[6])
{
    struct timerfd_spec spec, old;
    struct file *f;
    int err = get_spec(a[2], &spec);

    if (!err)
        err = timerfd_lookup(t, a[0], &f);
    if (err)
        return err;
    err = timerfd_set(f, (uint32_t)a[1], &spec, &old);
    file_put(f);
    if (!err && a[3])
        err = put_spec(a[3], &old);
    return err;
}

int64_t sys_timerfd_gettime(struct task *t, const uint64_t a[6])
{
    struct timerfd_spec spec;
    struct file *f;
    int err = timerfd_lookup(t, a[0], &f);

    if (err)
        return err;
    timerfd_get(f, &spec);
    file_put(f);
    return put_spec(a[1], &spec);
}
