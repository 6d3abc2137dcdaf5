/* SPDX-License-Identifier: BSD-2-Clause */
/* What signals do: actions, and the mask of the calling task. */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

#define FLAGS_KNOWN                                                                      \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |   \
     SA_RESETHAND | ABI_SA_RESTORER)

/* ---- actions ---- */

struct sighand *sighand_alloc(void)
{
    struct sighand *h = kzalloc(sizeof(*h));

    if (!h)
        return NULL;
    refcount_init(&h->refs, 1);
    spin_init(&h->lock, "proc.sighand");
    return h;
}

struct sighand *sighand_copy(struct sighand *from)
{
    struct sighand *h = sighand_alloc();
    bool irq;

    if (!h)
        return NULL;
    irq = spin_lock_irqsave(&from->lock);
    memcpy(h->actions, from->actions, sizeof(h->actions));
    spin_unlock_irqrestore(&from->lock, irq);
    return h;
}

void sighand_get(struct sighand *h)
{
    refcount_get(&h->refs);
}

void sighand_put(struct sighand *h)
{
    if (refcount_put(&h->refs))
        kfree(h);
}

struct abi_sigaction signal_action(struct process *p, int signo)
{
    struct sighand *h = p->sighand;
    bool irq = spin_lock_irqsave(&h->lock);
    struct abi_sigaction a = h->actions[signo - 1];

    spin_unlock_irqrestore(&h->lock, irq);
    return a;
}

static void action_store(struct process *p, int signo, const struct abi_sigaction *a)
{
    struct sighand *h = p->sighand;
    bool irq = spin_lock_irqsave(&h->lock);

    h->actions[signo - 1] = *a;
    spin_unlock_irqrestore(&h->lock, irq);
}

void signal_action_reset(struct process *p, int signo)
{
    action_store(p, signo, &(struct abi_sigaction){0});
}

/* A signal with this action is thrown away. */
bool signal_action_ignores(const struct abi_sigaction *a, int signo)
{
    return a->handler == ABI_SIG_IGN ||
           (a->handler == ABI_SIG_DFL && (ABI_SIGMASK(signo) & SIGNAL_MASK_IGNORE));
}

int signal_action_set(struct task *t, int signo, const struct abi_sigaction *act,
                      struct abi_sigaction *old)
{
    struct process *p = t->process;
    struct abi_sigaction fresh;
    struct task *each;
    bool irq;

    if (!signal_valid(signo) || (act && (ABI_SIGMASK(signo) & SIGNAL_MASK_KERNEL)))
        return -EINVAL;
    if (old)
        *old = signal_action(p, signo);
    if (!act)
        return 0;
    fresh = *act;
    fresh.mask &= ~SIGNAL_MASK_KERNEL;
    fresh.flags &= FLAGS_KNOWN;
    irq = spin_lock_irqsave(&p->signal_lock);
    action_store(p, signo, &fresh);
    if (signal_action_ignores(&fresh,
                              signo)) { /* POSIX: pending ones are discarded too */
        sigqueue_flush(p, &p->pending, ABI_SIGMASK(signo));
        list_for_each_entry (each, &p->tasks, link)
            sigqueue_flush(p, &each->pending, ABI_SIGMASK(signo));
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return 0;
}

void signal_action_sets(struct process *p, uint64_t *ignored, uint64_t *caught)
{
    struct sighand *h = p->sighand;
    bool irq = spin_lock_irqsave(&h->lock);

    *ignored = *caught = 0;
    for (int signo = 1; signo <= ABI_SIGNAL_COUNT; signo++) {
        uint64_t handler = h->actions[signo - 1].handler;

        if (handler == ABI_SIG_IGN)
            *ignored |= ABI_SIGMASK(signo);
        else if (handler != ABI_SIG_DFL)
            *caught |= ABI_SIGMASK(signo);
    }
    spin_unlock_irqrestore(&h->lock, irq);
}

void signal_exec_reset(struct process *p)
{
    struct sighand *h = p->sighand;
    bool irq = spin_lock_irqsave(&h->lock);

    for (unsigned i = 0; i < ABI_SIGNAL_COUNT; i++) {
        uint64_t handler = h->actions[i].handler;

        h->actions[i] = (struct abi_sigaction){
            .handler = handler == ABI_SIG_IGN ? ABI_SIG_IGN : ABI_SIG_DFL,
        };
    }
    spin_unlock_irqrestore(&h->lock, irq);
}

/* ---- the mask ---- */

void signal_recalc_locked(struct task *t)
{
    struct process *p = t->process;
    uint64_t pending = t->pending.pending | p->pending.pending;

    kassert(t == task_current() && spin_held(&p->signal_lock));
    if ((pending & ~t->blocked) || t->stop_pending || p->stop_report || p->cont_report) {
        if (!thread_interrupted())
            thread_interrupt(t->thread, false);
    } else if (thread_interrupted()) {
        thread_interrupt_clear();
    }
}

void signal_retarget_locked(struct process *p, struct task *t, uint64_t set)
{
    struct task *u;

    set &= p->pending.pending;
    if (!set || p->task_count < 2)
        return;
    list_for_each_entry (u, &p->tasks, link) {
        if (u != t && !u->exiting && (set & ~u->blocked))
            thread_interrupt(u->thread, false);
    }
}

static void mask_set_locked(struct task *t, uint64_t mask)
{
    uint64_t more = mask & ~t->blocked;

    t->blocked = mask & ~SIGNAL_MASK_KERNEL;
    if (more)
        signal_retarget_locked(t->process, t, more);
    signal_recalc_locked(t);
}

void signal_mask_set(struct task *t, uint64_t mask)
{
    bool irq = spin_lock_irqsave(&t->process->signal_lock);

    mask_set_locked(t, mask);
    spin_unlock_irqrestore(&t->process->signal_lock, irq);
}

int signal_mask_change(struct task *t, int how, uint64_t set)
{
    uint64_t mask = t->blocked;

    switch (how) {
    case SIG_BLOCK:
        mask |= set;
        break;
    case SIG_UNBLOCK:
        mask &= ~set;
        break;
    case SIG_SETMASK:
        mask = set;
        break;
    default:
        return -EINVAL;
    }
    signal_mask_set(t, mask);
    return 0;
}

void signal_mask_push(struct task *t, uint64_t mask)
{
    t->saved_blocked = t->blocked;
    t->restore_blocked = true;
    signal_mask_set(t, mask);
}

void signal_mask_pop(struct task *t, bool interrupted)
{
    if (interrupted || !t->restore_blocked)
        return; /* delivery puts it back, or saves it in the handler's frame */
    t->restore_blocked = false;
    signal_mask_set(t, t->saved_blocked);
}

bool signal_ignored(struct task *t, int signo)
{
    struct abi_sigaction a = signal_action(t->process, signo);

    return (t->blocked & ABI_SIGMASK(signo)) || a.handler == ABI_SIG_IGN;
}

/* ---- taking ---- */

uint64_t signal_pending(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    uint64_t set = t->pending.pending | p->pending.pending;

    spin_unlock_irqrestore(&p->signal_lock, irq);
    return set;
}

static int take_locked(struct task *t, uint64_t set, struct abi_siginfo *info)
{
    int signo = sigqueue_take(t->process, &t->pending, set, info);

    if (!signo)
        signo = sigqueue_take(t->process, &t->process->pending, set, info);
    return signo;
}

int signal_take(struct task *t, uint64_t set, struct abi_siginfo *info)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    int signo = take_locked(t, set & ~SIGNAL_MASK_KERNEL, info);

    if (signo)
        signal_recalc_locked(t);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return signo;
}

/* While it waits the task takes signals of `set` as if they were not blocked, so senders wake
 * it; real_blocked keeps them from killing it. */
int signal_wait(struct task *t, uint64_t set, uint64_t deadline_ns,
                struct abi_siginfo *info)
{
    struct process *p = t->process;
    int signo = signal_take(t, set, info), err;
    bool irq;

    if (signo)
        return signo;
    if (deadline_ns <= hal_time_ns())
        return -EAGAIN;
    set &= ~SIGNAL_MASK_KERNEL;
    irq = spin_lock_irqsave(&p->signal_lock);
    t->real_blocked = t->blocked;
    t->blocked &= ~set;
    signal_recalc_locked(t);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    err = wait_event_until(&p->signal_wait, false, deadline_ns);
    irq = spin_lock_irqsave(&p->signal_lock);
    t->blocked = t->real_blocked;
    t->real_blocked = 0;
    signo = take_locked(t, set, info);
    signal_recalc_locked(t);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (signo)
        return signo;
    return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}
