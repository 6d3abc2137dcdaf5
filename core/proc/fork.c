/* SPDX-License-Identifier: BSD-2-Clause */
/* clone(2): new tasks and processes.  See "Birth" at the top of process.c. */
#include "proc/proc_priv.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/sched-clone.h"
#include "abi/user.h"
#include "lib/string.h"
#include "proc/pidfd.h"
#include "proc/trap.h"
#include "vm/ucopy.h"

#define CLONE_NAMESPACES                                                                 \
    (ABI_CLONE_NEWNS | ABI_CLONE_NEWCGROUP | ABI_CLONE_NEWUTS | ABI_CLONE_NEWIPC |       \
     ABI_CLONE_NEWUSER | ABI_CLONE_NEWPID | ABI_CLONE_NEWNET | ABI_CLONE_INTO_CGROUP)

/* A child in the making. */
struct birth {
    struct task *parent;
    const struct clone_args *args;
    bool thread;
    struct process *process; /* the child's; the parent's own for a thread */
    struct task *child;
    struct pid *number;
    int pidfd; /* -1: none */
};

static int flags_check(const struct task *t, const struct clone_args *a)
{
    uint64_t f = a->flags;

    if (f & CLONE_NAMESPACES)
        return -EINVAL;
    if ((f & ABI_CLONE_SIGHAND) && !(f & ABI_CLONE_VM))
        return -EINVAL;
    if ((f & ABI_CLONE_SIGHAND) && (f & ABI_CLONE_CLEAR_SIGHAND))
        return -EINVAL;
    if ((f & ABI_CLONE_PARENT) && t->process->is_init)
        return -EINVAL;
    if ((f & ABI_CLONE_PIDFD) && (f & (ABI_CLONE_DETACHED | ABI_CLONE_THREAD)))
        return -EINVAL;
    if (a->exit_signal && !signal_valid(a->exit_signal))
        return -EINVAL;
    if ((f & ABI_CLONE_THREAD) && !(f & ABI_CLONE_SIGHAND))
        return -EINVAL;
    return 0;
}

static int limits_check(const struct birth *b)
{
    const struct cred *c = b->parent->cred;

    if (user_account_tasks(b->child->account) > task_rlimit(b->parent, RLIMIT_NPROC) &&
        c->uid != 0 && !cred_capable(c, CAP_SYS_RESOURCE) &&
        !cred_capable(c, CAP_SYS_ADMIN))
        return -EAGAIN;
    return atomic_load_relaxed(&proc_task_total) < proc_task_limit() ? 0 : -EAGAIN;
}

static int copy_memory(struct process *from, struct process *p, uint64_t flags)
{
    struct vm_space *s = task_current()->space;

    if (!(flags & ABI_CLONE_VM))
        return vm_space_fork(s, user_regs_sp(&task_current()->user.regs), &p->space);
    kassert(from->space == s);
    vm_space_get(s);
    p->space = s;
    return 0;
}

/* CLONE_CLEAR_SIGHAND: like exec, what is ignored stays so. */
static void actions_clear(struct sighand *h)
{
    for (unsigned i = 0; i < ABI_SIGNAL_COUNT; i++) {
        if (h->actions[i].handler != ABI_SIG_IGN)
            h->actions[i].handler = ABI_SIG_DFL;
    }
}

static int copy_actions(struct process *from, struct process *p, uint64_t flags)
{
    if (flags & ABI_CLONE_SIGHAND) {
        sighand_get(from->sighand);
        p->sighand = from->sighand;
        return 0;
    }
    p->sighand = sighand_copy(from->sighand);
    if (!p->sighand)
        return -ENOMEM;
    if (flags & ABI_CLONE_CLEAR_SIGHAND)
        actions_clear(p->sighand);
    return 0;
}

static void copy_settings(struct process *from, struct process *p,
                          const struct clone_args *a)
{
    bool irq = spin_lock_irqsave(&from->signal_lock);

    memcpy(p->rlimits, from->rlimits, sizeof(p->rlimits));
    lib_strlcpy(p->comm, from->comm, sizeof(p->comm));
    spin_unlock_irqrestore(&from->signal_lock, irq);
    p->dumpable = from->dumpable;
    p->oom_score_adj = from->oom_score_adj;
    p->personality = from->personality;
    p->timer_slack_ns = from->timer_slack_ns;
    p->exit_signal = a->flags & ABI_CLONE_PARENT ? from->exit_signal : a->exit_signal;
}

static void process_discard(struct process *p)
{
    if (p->space)
        vm_space_put(p->space);
    p->space = NULL;
    process_put(p);
}

static int make_process(struct birth *b)
{
    struct process *from = b->parent->process, *p;
    int err;

    if (b->thread) {
        b->process = from;
        return 0;
    }
    p = process_alloc();
    if (!p)
        return -ENOMEM;
    copy_settings(from, p, b->args);
    err = copy_actions(from, p, b->args->flags);
    if (!err)
        err = copy_memory(from, p, b->args->flags);
    if (err) {
        process_discard(p);
        return err;
    }
    b->process = p;
    return 0;
}

/* Registers of the child: those of the parent, returning 0 from the call. */
static int copy_user(struct birth *b)
{
    struct task *t = b->parent, *c = b->child;
    const struct clone_args *a = b->args;
    int err = hal_user_init(&c->user, c->space->handle, &t->user);

    if (err)
        return err;
    c->user.regs = t->user.regs;
    user_regs_set_result(&c->user.regs, 0);
    if (a->stack)
        user_regs_set_sp(&c->user.regs, a->stack);
    if (a->flags & ABI_CLONE_SETTLS)
        user_regs_set_tls(&c->user.regs, a->tls);
    return 0;
}

static int make_task(struct birth *b)
{
    struct task *t = b->parent, *c;
    uint64_t flags = b->args->flags;
    int err;

    c = b->child = task_alloc(b->process, t->cred);
    if (!c)
        return -ENOMEM;
    err = limits_check(b);
    if (!err)
        err = task_files_copy(t, c, flags);
    if (err)
        return err;
    c->space = b->process->space;
    vm_space_get(c->space);
    c->blocked = t->blocked;
    if (!(flags & ABI_CLONE_VM) || (flags & ABI_CLONE_VFORK))
        c->altstack = t->altstack;
    if (flags & ABI_CLONE_CHILD_SETTID)
        c->set_child_tid = b->args->child_tid;
    if (flags & ABI_CLONE_CHILD_CLEARTID)
        c->clear_child_tid = b->args->child_tid;
    c->vfork_pending = (flags & ABI_CLONE_VFORK) != 0;
    err = copy_user(b);
    if (err)
        return err;
    return task_attach_thread(c, t->thread->name, t->thread, task_thread_entry);
}

static int make_pidfd(struct birth *b)
{
    if (!(b->args->flags & ABI_CLONE_PIDFD))
        return 0;
    b->pidfd = pidfd_install(b->parent, b->process, 0);
    if (b->pidfd < 0)
        return b->pidfd;
    return put_user32(b->args->pidfd, (uint32_t)b->pidfd);
}

static void link_process_locked(struct birth *b)
{
    struct process *p = b->process, *self = b->parent->process;

    process_set_parent_locked(p, b->args->flags & ABI_CLONE_PARENT ? self->parent : self);
    list_add_tail(&p->sibling, &p->parent->children);
    group_join_locked(p, pid_lookup_locked(self->pgid));
    session_get(self->session);
    session_join_locked(p, self->session);
}

/* Make the child known, unless a signal is to be delivered first. */
static int publish(struct birth *b)
{
    struct process *self = b->parent->process;
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    int err;

    spin_lock(&self->signal_lock);
    signal_recalc_locked(b->parent);
    err = thread_interrupted() ? -ERESTARTNOINTR : 0;
    if (!err && b->thread)
        task_link_locked(b->child, b->number);
    spin_unlock(&self->signal_lock);
    if (!err && !b->thread) {
        spin_lock(&b->process->signal_lock);
        task_link_locked(b->child, b->number);
        spin_unlock(&b->process->signal_lock);
        link_process_locked(b);
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return err;
}

static void undo(struct birth *b)
{
    if (b->pidfd >= 0 && fd_close(b->parent->fds, b->pidfd) < 0)
        b->pidfd = -1; /* somebody has closed it already */
    if (b->number)
        pid_free(b->number);
    if (b->child)
        task_discard(b->child);
    if (b->process && !b->thread)
        process_discard(b->process);
}

/* Start the child; for vfork, sleep until it has let go of the memory. */
static int64_t start(struct birth *b)
{
    struct task *c = b->child;
    int64_t tid = c->tid;
    bool vfork = (b->args->flags & ABI_CLONE_VFORK) != 0;

    if ((b->args->flags & ABI_CLONE_PARENT_SETTID) &&
        put_user32(b->args->parent_tid, (uint32_t)tid))
        tid = c->tid; /* as on Linux, a bad address does not undo the fork */
    if (unlikely(proc_trace))
        proc_trace->clone(b->parent, c);
    task_get(c); /* the running thread's */
    if (vfork)
        task_get(c);
    thread_start(c->thread);
    if (vfork) {
        if (wait_event_killable(&c->vfork_wait, !atomic_load(&c->vfork_pending)))
            kassert(thread_fatal_pending());
        task_put(c);
    }
    return tid;
}

/* All or nothing. */
static int give_birth(struct birth *b)
{
    int err = make_process(b);

    if (!err)
        err = make_task(b);
    if (!err)
        err = pid_alloc(0, &b->number);
    if (!err)
        err = make_pidfd(b);
    if (!err)
        err = publish(b);
    if (err)
        undo(b);
    return err;
}

int64_t proc_clone(struct task *t, const struct clone_args *args)
{
    const struct birth nothing = {
        .parent = t,
        .args = args,
        .thread = (args->flags & ABI_CLONE_THREAD) != 0,
        .pidfd = -1,
    };
    struct birth b;
    int err = flags_check(t, args);

    if (err)
        return err;
    for (unsigned try = 0; try == 0 || (err == -ENOMEM && vm_find_memory(try)); try++) {
        b = nothing;
        err = give_birth(&b);
    }
    return err ? err : start(&b);
}

void task_thread_entry(void *arg)
{
    struct task *t = arg;

    if (t->set_child_tid && put_user32(t->set_child_tid, (uint32_t)t->tid))
        t->set_child_tid = 0; /* a bad address is the program's own business */
    task_loop(t);
}
