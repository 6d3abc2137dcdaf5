/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of processes, groups and sessions: getpid(2), setpgid(2), setsid(2). */
#include "syscall/handlers.h"

#include "lib/atomic.h"
#include "proc/group.h"
#include "proc/task.h"

int64_t sys_getpid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->process->pid;
}

int64_t sys_gettid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->tid;
}

int64_t sys_getppid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return atomic_load_relaxed(&t->process->ppid);
}

int64_t sys_getpgrp(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->process->pgid;
}

int64_t sys_getpgid(struct task *t, const uint64_t a[6])
{
    return (int32_t)a[0] == 0 ? t->process->pgid : group_of((int32_t)a[0], false);
}

int64_t sys_getsid(struct task *t, const uint64_t a[6])
{
    return (int32_t)a[0] == 0 ? t->process->sid : group_of((int32_t)a[0], true);
}

int64_t sys_setpgid(struct task *t, const uint64_t a[6])
{
    return group_set(t, (int32_t)a[0], (int32_t)a[1]);
}

int64_t sys_setsid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return session_create(t);
}
