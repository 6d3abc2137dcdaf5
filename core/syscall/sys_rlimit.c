/* SPDX-License-Identifier: BSD-2-Clause */
/* Resource limits and usage: getrlimit(2), prlimit(2), getrusage(2). */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/resource.h"
#include "proc/limits.h"
#include "proc/task.h"
#include "proc/wait.h"
#include "syscall/time_util.h"
#include "vm/ucopy.h"

/* limits_change(), and what it takes to notice that the CPU time is used up. */
static int change(struct task *t, struct process *p, unsigned resource,
                  const struct abi_rlimit *fresh, struct abi_rlimit *old)
{
    int err = limits_change(t, p, resource, fresh, old);

    if (!err && fresh && resource == RLIMIT_CPU && fresh->cur != ABI_RLIM_INFINITY)
        process_timers_tick_on(p);
    return err;
}

int64_t sys_getrlimit(struct task *t, const uint64_t a[6])
{
    struct abi_rlimit r;
    int err = limits_change(t, t->process, (unsigned)a[0], NULL, &r);

    if (!err && copy_to_user(a[1], &r, sizeof(r)))
        err = -EFAULT;
    return err;
}

int64_t sys_setrlimit(struct task *t, const uint64_t a[6])
{
    struct abi_rlimit r;

    if (copy_from_user(&r, a[1], sizeof(r)))
        return -EFAULT;
    return change(t, t->process, (unsigned)a[0], &r, NULL);
}

/* Another process's limits: all its ids are the caller's, or CAP_SYS_RESOURCE. */
static int may_limit(struct task *t, struct task *of)
{
    const struct cred *c = t->cred;
    struct cred *o = task_cred_get(of);
    bool same = c->uid == o->uid && c->uid == o->euid && c->uid == o->suid &&
                c->gid == o->gid && c->gid == o->egid && c->gid == o->sgid;

    cred_put(o);
    return of->process == t->process || same || cred_capable(c, CAP_SYS_RESOURCE)
               ? 0
               : -EPERM;
}

int64_t sys_prlimit64(struct task *t, const uint64_t a[6])
{
    struct abi_rlimit fresh, old;
    struct task *of = t;
    int err;

    if (a[2] && copy_from_user(&fresh, a[2], sizeof(fresh)))
        return -EFAULT;
    if ((int32_t)a[0] != 0) {
        of = task_find((int32_t)a[0]);
        if (!of)
            return -ESRCH;
    } else {
        task_get(of);
    }
    err = may_limit(t, of);
    if (!err)
        err = change(t, of->process, (unsigned)a[1], a[2] ? &fresh : NULL, &old);
    task_put(of);
    if (!err && a[3] && copy_to_user(a[3], &old, sizeof(old)))
        err = -EFAULT;
    return err;
}

int64_t sys_getrusage(struct task *t, const uint64_t a[6])
{
    struct abi_rusage u;
    int err = proc_usage(t, (int)a[0], &u);

    if (!err && copy_to_user(a[1], &u, sizeof(u)))
        err = -EFAULT;
    return err;
}
