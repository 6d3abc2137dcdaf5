/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for processes, and descriptors that stand for one: wait4(2), waitid(2), pidfd_*. */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/wait.h"
#include "lib/string.h"
#include "proc/files.h"
#include "proc/ident.h"
#include "proc/pidfd.h"
#include "proc/procfs/procfs.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "proc/wait.h"
#include "syscall/install.h"
#include "vm/ucopy.h"

#define WAIT4_OPTIONS                                                                    \
    (WNOHANG | WUNTRACED | WCONTINUED | ABI_WNOTHREAD | ABI_WCLONE | ABI_WALL)
#define WAITID_OPTIONS                                                                   \
    (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | ABI_WNOTHREAD | ABI_WCLONE |  \
     ABI_WALL)

int64_t sys_wait4(struct task *t, const uint64_t a[6])
{
    int32_t pid = (int32_t)a[0];
    struct wait_request r = {.options = (uint32_t)a[2] | WEXITED};
    struct wait_result out;
    int err;

    if ((uint32_t)a[2] & ~(uint32_t)WAIT4_OPTIONS)
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid > 0) {
        r.who = WAIT_PID;
        r.id = pid;
    } else if (pid != -1) {
        r.who = WAIT_PGID;
        r.id = pid ? -pid : t->process->pgid;
    }
    err = proc_wait_child(t, &r, &out);
    if (err || !out.pid)
        return err;
    if (a[1] && put_user32(a[1], (uint32_t)out.status))
        return -EFAULT;
    if (a[3] && copy_to_user(a[3], &out.usage, sizeof(out.usage)))
        return -EFAULT;
    return out.pid;
}

/* The first two arguments of waitid(2).  r->process has a reference. */
static int wait_target(struct task *t, int type, int32_t id, struct wait_request *r)
{
    bool nonblock;
    int err;

    r->id = id;
    switch (type) {
    case ABI_P_ALL:
        r->who = WAIT_ANY;
        return 0;
    case ABI_P_PID:
        r->who = WAIT_PID;
        return id > 0 ? 0 : -EINVAL;
    case ABI_P_PGID:
        r->who = WAIT_PGID;
        if (id == 0)
            r->id = t->process->pgid;
        return id >= 0 ? 0 : -EINVAL;
    case ABI_P_PIDFD:
        if (id < 0)
            return -EINVAL;
        err = pidfd_lookup(t, id, &r->process, &nonblock);
        if (err)
            return err;
        r->who = WAIT_PROCESS;
        if (nonblock)
            r->options |= WNOHANG;
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t sys_waitid(struct task *t, const uint64_t a[6])
{
    struct wait_request r = {.options = (uint32_t)a[3]};
    struct wait_result out;
    bool asked_nohang = (a[3] & WNOHANG) != 0;
    int err;

    if ((r.options & ~(uint32_t)WAITID_OPTIONS) ||
        !(r.options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    err = wait_target(t, (int)a[0], (int32_t)a[1], &r);
    if (err)
        return err;
    err = proc_wait_child(t, &r, &out);
    if (r.process)
        process_put(r.process);
    if (err)
        return err;
    if (!out.pid && !asked_nohang)
        return -EAGAIN; /* a pidfd that does not block */
    if (a[2] && copy_to_user(a[2], &out.info, sizeof(out.info)))
        return -EFAULT;
    if (a[4] && copy_to_user(a[4], &out.usage, sizeof(out.usage)))
        return -EFAULT;
    return 0;
}

/* ---- pidfd ---- */

int64_t sys_pidfd_open(struct task *t, const uint64_t a[6])
{
    struct process *p;
    struct task *other;
    int64_t fd;

    if ((a[1] & ~(uint64_t)O_NONBLOCK) || (int32_t)a[0] <= 0)
        return -EINVAL;
    p = process_find((int32_t)a[0]);
    if (!p) {
        other = task_find((int32_t)a[0]);
        if (!other)
            return -ESRCH;
        task_put(other);
        return -EINVAL; /* a thread that is not the leader */
    }
    fd = pidfd_install(t, p, (unsigned)a[1]);
    process_put(p);
    return fd;
}

/* The siginfo that a program gives: it may not pose as the kernel or as somebody else. */
static int info_from_user(struct process *self, struct process *to, int signo,
                          uint64_t va, struct abi_siginfo *info)
{
    if (copy_from_user(info, va, sizeof(*info)))
        return -EFAULT;
    if (info->signo != signo)
        return -EINVAL;
    if ((info->code >= 0 || info->code == SI_TKILL) && self != to)
        return -EPERM;
    return 0;
}

/* Also a directory of /proc, as before there were pidfds. */
static int signal_target(struct task *t, int fd, struct process **out)
{
    int err = pidfd_lookup(t, fd, out, NULL);
    struct file *f;

    if (err != -EBADF)
        return err;
    f = fd_lookup(t->fds, fd);
    if (!f)
        return -EBADF;
    err = procfs_process_of(f, out);
    file_put(f);
    return err;
}

int64_t sys_pidfd_send_signal(struct task *t, const uint64_t a[6])
{
    int signo = (int)a[1];
    struct abi_siginfo info;
    struct process *p;
    int err;

    if (a[3] || (signo && !signal_valid(signo)))
        return -EINVAL;
    err = signal_target(t, (int)a[0], &p);
    if (err)
        return err;
    if (a[2])
        err = info_from_user(t->process, p, signo, a[2], &info);
    else
        signal_info_user(&info, signo, SI_USER);
    if (!err && atomic_load(&p->reaped))
        err = -ESRCH;
    if (!err)
        err = signal_permitted(t, p, signo);
    if (!err && signo)
        err = signal_send_process(p, signo, &info);
    process_put(p);
    return err;
}

/* May `t` have what belongs to `p`?  As for ptrace(2). */
static int may_attach(struct task *t, struct process *p)
{
    struct cred *c = process_cred_get(p);
    bool same;

    if (!c)
        return -ESRCH;
    same = t->cred->uid == c->uid && t->cred->uid == c->euid && t->cred->uid == c->suid &&
           t->cred->gid == c->gid && t->cred->gid == c->egid && t->cred->gid == c->sgid;
    cred_put(c);
    if (p == t->process || (same && p->dumpable) || cred_capable(t->cred, CAP_SYS_PTRACE))
        return 0;
    return -EPERM;
}

int64_t sys_pidfd_getfd(struct task *t, const uint64_t a[6])
{
    struct process *p;
    struct task *leader;
    struct fd_table *fds = NULL;
    struct file *f = NULL;
    int err;

    if (a[2])
        return -EINVAL;
    err = pidfd_lookup(t, (int)a[0], &p, NULL);
    if (err)
        return err;
    err = may_attach(t, p);
    leader = err ? NULL : process_leader_get(p);
    if (leader) {
        fds = task_fds_get(leader);
        task_put(leader);
    }
    if (!err && !fds)
        err = -ESRCH;
    if (!err) {
        f = fd_lookup(fds, (int)a[1]);
        err = f ? 0 : -EBADF;
    }
    if (fds)
        fd_table_put(fds);
    process_put(p);
    return err ? err : syscall_install(t, f, O_CLOEXEC);
}
