/* SPDX-License-Identifier: BSD-2-Clause */
/* New processes and threads, and what they share: clone(2), clone3(2), unshare(2). */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/sched-clone.h"
#include "abi/signal.h"
#include "abi/user.h"
#include "hal/hal.h"
#include "proc/files.h"
#include "proc/task.h"
#include "vm/ucopy.h"

int64_t sys_clone(struct task *t, const uint64_t a[6])
{
    struct clone_args c = {
        .flags = a[0] & ~ABI_CLONE_SIGNAL_MASK & UINT32_MAX,
        .exit_signal = (int)(a[0] & ABI_CLONE_SIGNAL_MASK),
        .stack = a[1],
        .parent_tid = a[2],
        .pidfd = a[2],
        .child_tid = a[ARCH_CLONE_CHILD_TID_ARG],
        .tls = a[ARCH_CLONE_TLS_ARG],
    };

    /* The two would be stored at the same address. */
    if ((c.flags & ABI_CLONE_PIDFD) && (c.flags & ABI_CLONE_PARENT_SETTID))
        return -EINVAL;
    return proc_clone(t, &c);
}

/* struct clone_args of any size: what this kernel does not know must be zero. */
static int fetch_clone_args(uint64_t va, uint64_t size, struct abi_clone_args *out)
{
    if (size < ABI_CLONE_ARGS_V0)
        return -EINVAL;
    if (size > HAL_PAGE_SIZE)
        return -E2BIG;
    *out = (struct abi_clone_args){0};
    if (copy_from_user(out, va, MIN(size, (uint64_t)sizeof(*out))))
        return -EFAULT;
    for (uint64_t at = sizeof(*out); at < size; at++) {
        uint8_t byte;

        if (copy_from_user(&byte, va + at, 1))
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return 0;
}

int64_t sys_clone3(struct task *t, const uint64_t a[6])
{
    struct abi_clone_args u;
    struct clone_args c;
    int err = fetch_clone_args(a[0], a[1], &u);

    if (err)
        return err;
    if ((u.flags & ABI_CLONE_SIGNAL_MASK) || (u.flags & ABI_CLONE_DETACHED) ||
        u.exit_signal > ABI_SIGNAL_COUNT || u.set_tid_size || u.set_tid)
        return -EINVAL;
    if ((u.flags & (ABI_CLONE_THREAD | ABI_CLONE_PARENT)) && u.exit_signal)
        return -EINVAL;
    if (!u.stack != !u.stack_size || u.stack + u.stack_size < u.stack)
        return -EINVAL;
    c = (struct clone_args){
        .flags = u.flags,
        .exit_signal = (int)u.exit_signal,
        .stack = u.stack ? u.stack + u.stack_size : 0,
        .tls = u.tls,
        .parent_tid = u.parent_tid,
        .child_tid = u.child_tid,
        .pidfd = u.pidfd,
    };
    return proc_clone(t, &c);
}

int64_t sys_fork(struct task *t, const uint64_t a[6])
{
    struct clone_args c = {.exit_signal = SIGCHLD};

    (void)a;
    return proc_clone(t, &c);
}

int64_t sys_vfork(struct task *t, const uint64_t a[6])
{
    struct clone_args c = {
        .flags = ABI_CLONE_VFORK | ABI_CLONE_VM,
        .exit_signal = SIGCHLD,
    };

    (void)a;
    return proc_clone(t, &c);
}

int64_t sys_unshare(struct task *t, const uint64_t a[6])
{
    const uint64_t known = ABI_CLONE_FS | ABI_CLONE_FILES | ABI_CLONE_SYSVSEM;
    const uint64_t alone = ABI_CLONE_THREAD | ABI_CLONE_SIGHAND | ABI_CLONE_VM;
    int err = 0;

    if (a[0] & ~(known | alone))
        return -EINVAL;
    if ((a[0] & alone) && atomic_load_relaxed(&t->process->task_count) > 1)
        return -EINVAL;
    if (a[0] & ABI_CLONE_FS)
        err = task_fs_unshare(t);
    if (!err && (a[0] & ABI_CLONE_FILES))
        err = task_fds_unshare(t);
    return err;
}

/* There are no namespaces but the first. */
int64_t sys_setns(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int)a[0]);

    if (!f)
        return -EBADF;
    file_put(f);
    return -EINVAL;
}

int64_t sys_exit(struct task *t, const uint64_t a[6])
{
    (void)t;
    proc_exit_task((int)(a[0] & 0xff));
}

int64_t sys_exit_group(struct task *t, const uint64_t a[6])
{
    (void)t;
    proc_exit_group((int)(a[0] & 0xff) << 8);
}

int64_t sys_set_tid_address(struct task *t, const uint64_t a[6])
{
    t->clear_child_tid = a[0];
    return t->tid;
}
