/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before user code runs again: take pending signals until one has a handler, and settle what
 * becomes of an interrupted call.
 *
 * The call's result is still -ERESTART* here.  With a handler it becomes EINTR, or the call is
 * set up to run again after the handler, as the code and SA_RESTART say; without one it runs
 * again at once.
 */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "abi/user.h"
#include "proc/trap.h"

/* ---- what becomes of the call ---- */

static bool call_interrupted(const struct task *t)
{
    int64_t result;

    if (t->syscall_nr == UINT64_MAX || t->syscall_nr == ARCH_NR_RT_SIGRETURN)
        return false;
    result = user_regs_result(&t->user.regs);
    return result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;
}

static void settle_with_handler(struct task *t, const struct abi_sigaction *a)
{
    struct user_regs *r = &t->user.regs;
    int64_t result = user_regs_result(r);
    bool again =
        result == -ERESTARTNOINTR || (result == -ERESTARTSYS && (a->flags & SA_RESTART));

    if (again)
        user_regs_restart(r, t->syscall_nr);
    else
        user_regs_set_result(r, -EINTR);
}

static void settle_without_handler(struct task *t)
{
    struct user_regs *r = &t->user.regs;

    if (user_regs_result(r) == -ERESTART_RESTARTBLOCK)
        user_regs_restart(r, ARCH_NR_RESTART_SYSCALL);
    else
        user_regs_restart(r, t->syscall_nr);
}

/* ---- the next signal ---- */

/* What take_signal() wants to be done without the lock. */
enum next_step {
    NEXT_NOTHING,
    NEXT_HANDLER,
    NEXT_REPORT,
    NEXT_STOP,
    NEXT_TRY_STOP,
    NEXT_DIE
};

struct next {
    enum next_step step;
    int signo;
    struct abi_sigaction action;
    struct abi_siginfo info;
};

static enum next_step default_action(struct process *p, int signo)
{
    uint64_t bit = ABI_SIGMASK(signo);

    if ((bit & SIGNAL_MASK_IGNORE) || p->unkillable)
        return NEXT_NOTHING;
    return bit & SIGNAL_MASK_STOP ? NEXT_TRY_STOP : NEXT_DIE;
}

/* One signal.  NEXT_NOTHING with a signo: it was thrown away, look again. */
static void take_signal(struct task *t, struct next *n)
{
    struct process *p = t->process;

    n->signo = sigqueue_take(p, &t->pending, ~t->blocked, &n->info);
    if (!n->signo)
        n->signo = sigqueue_take(p, &p->pending, ~t->blocked, &n->info);
    if (!n->signo)
        return;
    n->action = signal_action(p, n->signo);
    if (n->action.handler == ABI_SIG_IGN)
        return;
    if (n->action.handler == ABI_SIG_DFL) {
        n->step = default_action(p, n->signo);
        t->stop_taken = n->step == NEXT_TRY_STOP;
        return;
    }
    n->step = NEXT_HANDLER;
    if (n->action.flags & SA_RESETHAND)
        signal_action_reset(p, n->signo);
}

static void next_locked(struct task *t, struct next *n)
{
    struct process *p = t->process;

    for (;;) {
        *n = (struct next){.step = NEXT_NOTHING};
        if (p->group_exit || (p->exec_task && p->exec_task != t) ||
            (t->pending.pending & ABI_SIGMASK(SIGKILL))) {
            n->step = NEXT_DIE;
            n->signo = SIGKILL;
            return;
        }
        if (p->stop_report || p->cont_report) {
            n->step = NEXT_REPORT;
            return;
        }
        if (t->stop_pending) {
            n->step = NEXT_STOP;
            return;
        }
        take_signal(t, n);
        if (!n->signo)
            signal_recalc_locked(t);
        if (!n->signo || n->step != NEXT_NOTHING)
            return;
    }
}

/* A stop signal by default action: SIGSTOP always, the others not in an orphaned group. */
static void try_stop(struct task *t, int signo)
{
    struct process *p = t->process;
    bool orphaned = false;
    bool irq;

    if (signo != SIGSTOP) {
        irq = spin_lock_irqsave(&proc_tree_lock);
        orphaned = group_orphaned_locked(p->pgid, NULL);
        spin_unlock_irqrestore(&proc_tree_lock, irq);
    }
    if (orphaned)
        return;
    irq = spin_lock_irqsave(&p->signal_lock);
    signal_stop_begin_locked(t, signo);
    spin_unlock_irqrestore(&p->signal_lock, irq);
}

static _Noreturn void die(int signo)
{
    bool core = (ABI_SIGMASK(signo) & SIGNAL_MASK_CORE) != 0;

    proc_exit_group(ABI_STATUS_SIGNAL(signo) | (core ? ABI_STATUS_CORE : 0));
}

/* True: n->action's handler is to run. */
static bool next_signal(struct task *t, struct next *n)
{
    struct process *p = t->process;

    for (;;) {
        bool irq = spin_lock_irqsave(&p->signal_lock);

        next_locked(t, n);
        spin_unlock_irqrestore(&p->signal_lock, irq);
        if (unlikely(proc_trace && n->info.signo))
            proc_trace->signal(t, n->signo, &n->info);
        switch (n->step) {
        case NEXT_NOTHING:
            return false;
        case NEXT_HANDLER:
            return true;
        case NEXT_REPORT:
            proc_report_stop(p);
            break;
        case NEXT_STOP:
            signal_stop_here(t);
            break;
        case NEXT_TRY_STOP:
            try_stop(t, n->signo);
            break;
        case NEXT_DIE:
            die(n->signo);
        }
    }
}

void signal_deliver(struct task *t)
{
    bool interrupted = call_interrupted(t);
    struct next n;

    if (next_signal(t, &n)) {
        if (interrupted)
            settle_with_handler(t, &n.action);
        t->syscall_nr = UINT64_MAX;
        signal_frame_push(t, &n.action, &n.info);
        return;
    }
    if (interrupted)
        settle_without_handler(t);
    t->syscall_nr = UINT64_MAX;
    if (t->restore_blocked) {
        t->restore_blocked = false;
        signal_mask_set(t, t->saved_blocked);
    }
}
