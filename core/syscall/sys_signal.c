/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals of the calling task: actions, mask, stack, waiting, returning. */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "hal/hal.h"
#include "proc/signal.h"
#include "syscall/time_util.h"
#include "vm/ucopy.h"

int64_t sys_rt_sigaction(struct task *t, const uint64_t a[6])
{
    struct abi_sigaction act = {0}, old;
    int err;

    if (a[3] != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (a[1] && copy_from_user(&act, a[1], ABI_SIGACTION_BYTES))
        return -EFAULT;
    err = signal_action_set(t, (int)a[0], a[1] ? &act : NULL, &old);
    if (!err && a[2] && copy_to_user(a[2], &old, ABI_SIGACTION_BYTES))
        err = -EFAULT;
    return err;
}

int64_t sys_rt_sigprocmask(struct task *t, const uint64_t a[6])
{
    uint64_t set, old = t->blocked;
    int err = 0;

    if (a[3] != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (a[1]) {
        if (copy_from_user(&set, a[1], sizeof(set)))
            return -EFAULT;
        err = signal_mask_change(t, (int)a[0], set);
    }
    if (!err && a[2] && copy_to_user(a[2], &old, sizeof(old)))
        err = -EFAULT;
    return err;
}

int64_t sys_rt_sigpending(struct task *t, const uint64_t a[6])
{
    uint64_t set = signal_pending(t) & t->blocked;

    if (a[1] > ABI_SIGSET_BYTES)
        return -EINVAL;
    return copy_to_user(a[0], &set, a[1]);
}

int64_t sys_rt_sigsuspend(struct task *t, const uint64_t a[6])
{
    uint64_t mask;
    int err;

    if (a[1] != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (copy_from_user(&mask, a[0], sizeof(mask)))
        return -EFAULT;
    signal_mask_push(t, mask);
    err = wait_event(&t->process->signal_wait, thread_interrupted());
    signal_mask_pop(t, true);
    return err && err != -ERESTARTSYS ? err : -ERESTARTNOHAND;
}

int64_t sys_pause(struct task *t, const uint64_t a[6])
{
    int err;

    (void)a;
    err = wait_event(&t->process->signal_wait, thread_interrupted());
    return err && err != -ERESTARTSYS ? err : -ERESTARTNOHAND;
}

int64_t sys_rt_sigtimedwait(struct task *t, const uint64_t a[6])
{
    uint64_t set, deadline = HAL_NEVER, ns;
    struct abi_siginfo info;
    struct abi_timespec ts;
    int signo;

    if (a[3] != ABI_SIGSET_BYTES)
        return -EINVAL;
    if (copy_from_user(&set, a[0], sizeof(set)))
        return -EFAULT;
    if (a[2]) {
        int err = time_get_timespec(&ts, a[2]);

        if (!err)
            err = time_from_timespec(&ts, &ns);
        if (err)
            return err;
        deadline = ns ? time_add_ns(hal_time_ns(), ns) : 0;
    }
    signo = signal_wait(t, set, deadline, &info);
    if (signo > 0 && a[1] && copy_to_user(a[1], &info, sizeof(info)))
        return -EFAULT;
    return signo;
}

int64_t sys_sigaltstack(struct task *t, const uint64_t a[6])
{
    struct abi_stack fresh, old = signal_stack(t);
    int err = 0;

    if (a[0]) {
        if (copy_from_user(&fresh, a[0], sizeof(fresh)))
            return -EFAULT;
        err = signal_stack_set(t, &fresh);
    }
    if (!err && a[1] && copy_to_user(a[1], &old, sizeof(old)))
        err = -EFAULT;
    return err;
}

int64_t sys_rt_sigreturn(struct task *t, const uint64_t a[6])
{
    (void)a;
    return signal_return(t);
}

int64_t sys_restart_syscall(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->restart.fn ? t->restart.fn(t) : -EINTR;
}
