/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending signals: is it dropped, where is it queued, who is woken, whom does it kill.
 *
 * Any context: timers send from interrupts, so nothing here sleeps or takes proc_tree_lock
 * behind the caller's back (the group senders say so).
 */
#include "proc/proc_priv.h"
#include "proc/trap.h"

#include "abi/capability.h"
#include "abi/errno.h"

/* ---- siginfo ---- */

void signal_info_kernel(struct abi_siginfo *info, int signo)
{
    *info = (struct abi_siginfo){.signo = signo, .code = SI_KERNEL};
}

void signal_info_user(struct abi_siginfo *info, int signo, int code)
{
    struct task *t = task_current();

    *info = (struct abi_siginfo){.signo = signo, .code = code};
    info->rt.pid = t->process->pid;
    info->rt.uid = t->cred->uid;
}

/* ---- one process ---- */

static void flush_all(struct process *p, uint64_t mask)
{
    struct task *t;

    sigqueue_flush(p, &p->pending, mask);
    list_for_each_entry (t, &p->tasks, link)
        sigqueue_flush(p, &t->pending, mask);
}

/* Stop signals and SIGCONT undo each other as they are sent, whatever happens to them next. */
static void job_control_locked(struct process *p, int signo)
{
    if (ABI_SIGMASK(signo) & SIGNAL_MASK_STOP) {
        flush_all(p, ABI_SIGMASK(SIGCONT));
    } else if (signo == SIGCONT) {
        flush_all(p, SIGNAL_MASK_STOP);
        signal_stop_cancel_locked(p, true);
    }
}

/* A blocked signal is kept even if it is ignored: the action may change meanwhile. */
static bool dropped(struct process *p, struct task *t, int signo)
{
    struct abi_sigaction a;

    if ((t->blocked | t->real_blocked) & ABI_SIGMASK(signo))
        return false;
    a = signal_action(p, signo);
    if (p->unkillable && a.handler == ABI_SIG_DFL)
        return true;
    return signal_action_ignores(&a, signo);
}

static bool takes(const struct task *t, int signo)
{
    if (t->exiting || (t->blocked & ABI_SIGMASK(signo)))
        return false;
    return signo == SIGKILL || !t->stopped;
}

/* Whom to wake for a signal to the process: the leader if it will, else anybody. */
static struct task *choose_locked(struct process *p, int signo)
{
    struct task *t;

    list_for_each_entry (t, &p->tasks, link) {
        if (takes(t, signo))
            return t;
    }
    return NULL;
}

static bool kills_at_once(struct process *p, struct task *t, int signo)
{
    struct abi_sigaction a = signal_action(p, signo);
    uint64_t bit = ABI_SIGMASK(signo);

    if (a.handler != ABI_SIG_DFL || (t->real_blocked & bit))
        return false;
    if (unlikely(proc_trace) && signo != SIGKILL)
        return false; /* who listens is told of the signal first, as a debugger is */
    return !(bit & (SIGNAL_MASK_IGNORE | SIGNAL_MASK_STOP | SIGNAL_MASK_CORE));
}

void signal_kill_others_locked(struct process *p, const struct task *except)
{
    struct task *t;

    signal_stop_cancel_locked(p, false);
    list_for_each_entry (t, &p->tasks, link) {
        if (t == except || t->dead)
            continue;
        t->pending.pending |= ABI_SIGMASK(SIGKILL);
        thread_interrupt(t->thread, true);
    }
}

/* It is queued: see that somebody looks. */
static void wake_locked(struct process *p, struct task *t, int signo)
{
    wait_wake_all(&p->signal_wait);
    if (!t)
        t = choose_locked(p, signo);
    else if (!takes(t, signo))
        t = NULL;
    if (!t)
        return;
    if (kills_at_once(p, t, signo)) {
        p->group_exit = true;
        p->exit_code = signo;
        signal_kill_others_locked(p, NULL);
        return;
    }
    thread_interrupt(t->thread, false);
}

int signal_send_locked(struct process *p, struct task *t, int signo,
                       const struct abi_siginfo *info)
{
    struct sigqueue_set *q = t ? &t->pending : &p->pending;
    struct abi_siginfo plain;
    int err;

    kassert(signal_valid(signo) && spin_held(&p->signal_lock));
    if (p->kernel || p->group_exit || p->task_count == 0)
        return 0;
    job_control_locked(p, signo);
    if (dropped(p, t ? t : p->leader, signo))
        return 0;
    if (signo < ABI_SIGRTMIN && (q->pending & ABI_SIGMASK(signo)))
        return 0;
    if (!info) {
        signal_info_kernel(&plain, signo);
        info = &plain;
    }
    err = sigqueue_add(p, q, signo, info);
    if (!err)
        wake_locked(p, t, signo);
    return err;
}

int signal_send_process(struct process *p, int signo, const struct abi_siginfo *info)
{
    bool irq = spin_lock_irqsave(&p->signal_lock);
    int err = signal_send_locked(p, NULL, signo, info);

    spin_unlock_irqrestore(&p->signal_lock, irq);
    return err;
}

int signal_send_task(struct task *t, int signo, const struct abi_siginfo *info)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    int err = t->dead ? 0 : signal_send_locked(p, t, signo, info);

    spin_unlock_irqrestore(&p->signal_lock, irq);
    return err;
}

/* ---- the calling task itself ---- */

void signal_force(struct task *t, int signo, const struct abi_siginfo *info)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct abi_sigaction a = signal_action(p, signo);
    uint64_t bit = ABI_SIGMASK(signo);

    if ((t->blocked & bit) || a.handler == ABI_SIG_IGN) {
        signal_action_reset(p, signo);
        t->blocked &= ~bit;
        a.handler = ABI_SIG_DFL;
    }
    if (a.handler == ABI_SIG_DFL)
        p->unkillable = false; /* it cannot go on, process 1 or not */
    sigqueue_flush(p, &t->pending, bit);
    if (sigqueue_add(p, &t->pending, signo, info))
        t->pending.pending |= bit;
    thread_interrupt(t->thread, false);
    spin_unlock_irqrestore(&p->signal_lock, irq);
}

void signal_force_fault(struct task *t, int signo, int code, uint64_t addr)
{
    struct abi_siginfo info = {.signo = signo, .code = code};

    info.fault.addr = addr;
    signal_force(t, signo, &info);
}

/* ---- permission (kill(2)) ---- */

/* p's signal_lock is held. */
static bool permitted_locked(struct task *t, struct process *p, int signo)
{
    const struct cred *c = t->cred, *target;

    if (p == t->process || !p->leader)
        return true;
    target = p->leader->cred;
    if (c->euid == target->suid || c->euid == target->uid || c->uid == target->suid ||
        c->uid == target->uid || cred_capable(c, CAP_KILL))
        return true;
    /* A session may be continued by any of its members. */
    return signo == SIGCONT && atomic_load_relaxed(&p->sid) == t->process->sid;
}

int signal_permitted(struct task *t, struct process *p, int signo)
{
    bool irq = spin_lock_irqsave(&p->signal_lock);
    bool ok = permitted_locked(t, p, signo);

    spin_unlock_irqrestore(&p->signal_lock, irq);
    return ok ? 0 : -EPERM;
}

/* ---- groups, and everybody ---- */

int signal_send_pgrp(int32_t pgid, int signo, const struct abi_siginfo *info)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *group = pid_lookup_locked(pgid);
    struct process *p;
    int err = -ESRCH;

    if (group) {
        list_for_each_entry (p, &group->group, pgrp_link)
            err = signal_send_process(p, signo, info);
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return err;
}

int signal_send_session_leader(int32_t sid, int signo)
{
    struct process *p = process_find(sid);
    int err;

    if (!p)
        return -ESRCH;
    err = signal_send_process(p, signo, NULL);
    process_put(p);
    return err;
}

/* The result of kill(2) to several: 0 if anybody got it, else what the last one said. */
struct kill_all {
    struct task *sender;
    int signo;
    struct abi_siginfo info;
    bool any;
    int err;
};

static void kill_one(struct kill_all *k, struct process *p)
{
    int err = 0;

    spin_lock(&p->signal_lock);
    if (!permitted_locked(k->sender, p, k->signo))
        err = -EPERM;
    else if (k->signo)
        err = signal_send_locked(p, NULL, k->signo, &k->info);
    spin_unlock(&p->signal_lock);
    if (err)
        k->err = err;
    else
        k->any = true;
}

static void kill_group(struct kill_all *k, int32_t pgid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *group = pid_lookup_locked(pgid);
    struct process *p;

    if (group) {
        list_for_each_entry (p, &group->group, pgrp_link)
            kill_one(k, p);
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

/* Everybody but process 1 and the caller; one look-up each, so that the lock is not held for
 * long. */
static void kill_everybody(struct kill_all *k)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *n = pid_next_locked(2);

    for (; n; n = pid_next_locked(n->nr + 1)) {
        if (n->process && n->process != k->sender->process && !n->process->is_init)
            kill_one(k, n->process);
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

static void kill_process(struct kill_all *k, int32_t pid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *n = pid_lookup_locked(pid);
    struct process *p = n ? n->process : NULL;

    if (n && !p && n->task)
        p = n->task->process;
    if (p)
        kill_one(k, p);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

int signal_kill(struct task *t, int32_t pid, int signo)
{
    struct kill_all k = {.sender = t, .signo = signo, .err = -ESRCH};

    if (signo != 0 && !signal_valid(signo))
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    signal_info_user(&k.info, signo, SI_USER);
    if (pid > 0)
        kill_process(&k, pid);
    else if (pid == -1)
        kill_everybody(&k);
    else
        kill_group(&k, pid == 0 ? t->process->pgid : -pid);
    return k.any ? 0 : k.err;
}
