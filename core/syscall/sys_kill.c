/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending signals: kill(2), tgkill(2), rt_sigqueueinfo(2). */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "proc/signal.h"
#include "vm/ucopy.h"

int64_t sys_kill(struct task *t, const uint64_t a[6])
{
    return signal_kill(t, (int32_t)a[0], (int)a[1]);
}

/* One task; tgid 0: of any process.  signo 0 only asks. */
static int64_t send_to_task(struct task *t, int32_t tgid, int32_t tid, int signo,
                            const struct abi_siginfo *info)
{
    struct task *to;
    int err = 0;

    if (tid <= 0 || (signo && !signal_valid(signo)))
        return -EINVAL;
    to = task_find(tid);
    if (!to)
        return -ESRCH;
    if (tgid && to->process->pid != tgid)
        err = -ESRCH;
    if (!err)
        err = signal_permitted(t, to->process, signo);
    if (!err && signo)
        err = signal_send_task(to, signo, info);
    task_put(to);
    return err;
}

int64_t sys_tkill(struct task *t, const uint64_t a[6])
{
    struct abi_siginfo info;

    signal_info_user(&info, (int)a[1], SI_TKILL);
    return send_to_task(t, 0, (int32_t)a[0], (int)a[1], &info);
}

int64_t sys_tgkill(struct task *t, const uint64_t a[6])
{
    struct abi_siginfo info;

    if ((int32_t)a[0] <= 0)
        return -EINVAL;
    signal_info_user(&info, (int)a[2], SI_TKILL);
    return send_to_task(t, (int32_t)a[0], (int32_t)a[1], (int)a[2], &info);
}

/* The siginfo of a program: to others it may not pose as the kernel, kill(2) or tkill(2). */
static int fetch_info(struct task *t, int32_t tgid, int signo, uint64_t va,
                      struct abi_siginfo *info)
{
    if (copy_from_user(info, va, sizeof(*info)))
        return -EFAULT;
    info->signo = signo;
    if ((info->code >= 0 || info->code == SI_TKILL) && tgid != t->process->pid)
        return -EPERM;
    return 0;
}

int64_t sys_rt_sigqueueinfo(struct task *t, const uint64_t a[6])
{
    int32_t pid = (int32_t)a[0];
    int signo = (int)a[1];
    struct abi_siginfo info;
    struct process *p;
    int err = fetch_info(t, pid, signo, a[2], &info);

    if (err)
        return err;
    if (signo && !signal_valid(signo))
        return -EINVAL;
    p = process_find(pid);
    if (!p)
        return -ESRCH;
    err = signal_permitted(t, p, signo);
    if (!err && signo)
        err = signal_send_process(p, signo, &info);
    process_put(p);
    return err;
}

int64_t sys_rt_tgsigqueueinfo(struct task *t, const uint64_t a[6])
{
    struct abi_siginfo info;
    int err = fetch_info(t, (int32_t)a[0], (int)a[2], a[3], &info);

    if (err)
        return err;
    if ((int32_t)a[0] <= 0)
        return -EINVAL;
    return send_to_task(t, (int32_t)a[0], (int32_t)a[1], (int)a[2], &info);
}
