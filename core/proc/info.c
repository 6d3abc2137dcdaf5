/* SPDX-License-Identifier: BSD-2-Clause */
/* What others may see of a process: /proc, wait, getrusage. */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "tty/tty.h"

void process_ids(struct process *p, int32_t *ppid, int32_t *pgid, int32_t *sid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    *ppid = atomic_load_relaxed(&p->ppid);
    *pgid = p->pgid;
    *sid = p->sid;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

uint64_t process_tty(struct process *p, int32_t *foreground_pgid)
{
    struct tty *tty;
    uint64_t rdev;
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    tty = p->session ? p->session->tty : NULL;
    if (tty)
        tty_get(tty);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    *foreground_pgid = -1;
    if (!tty)
        return 0;
    rdev = tty_rdev(tty);
    *foreground_pgid = tty_foreground(tty);
    tty_put(tty);
    return rdev;
}

static void times_add(struct thread_times *sum, const struct thread_times *more)
{
    sum->user_ns += more->user_ns;
    sum->system_ns += more->system_ns;
    sum->wait_ns += more->wait_ns;
    sum->voluntary += more->voluntary;
    sum->involuntary += more->involuntary;
}

void process_times(struct process *p, struct thread_times *out)
{
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct task *t;

    *out = p->dead_threads;
    list_for_each_entry (t, &p->tasks, link) {
        struct thread_times times;

        if (t->dead || !t->thread)
            continue;
        thread_times(t->thread, &times);
        times_add(out, &times);
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
}

void process_times_bury(struct process *p, struct task *t)
{
    struct thread_times times;

    kassert(spin_held(&p->signal_lock));
    thread_times(t->thread, &times);
    times_add(&p->dead_threads, &times);
}

void process_times_inherit_locked(struct process *parent, struct process *child)
{
    kassert(spin_held(&proc_tree_lock) && child->zombie);
    times_add(&parent->dead_children, &child->dead_threads);
    times_add(&parent->dead_children, &child->dead_children);
    parent->children_minflt += child->minflt + child->children_minflt;
    parent->children_majflt += child->majflt + child->children_majflt;
    parent->children_maxrss =
        MAX(parent->children_maxrss, MAX(child->maxrss_pages, child->children_maxrss));
}

struct vm_space *process_space_get(struct process *p)
{
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct vm_space *s = p->space;

    if (s)
        vm_space_get(s);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return s;
}

struct task *process_leader_get(struct process *p)
{
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct task *t = p->leader;

    if (t)
        task_get(t);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return t;
}

struct cred *task_cred_get(struct task *t)
{
    struct process *p = t->process;
    struct cred *c;
    bool irq;

    if (t == task_current()) { /* nobody else changes it */
        cred_get(t->cred);
        return t->cred;
    }
    irq = spin_lock_irqsave(&p->signal_lock);
    c = t->cred;
    cred_get(c);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return c;
}

struct cred *process_cred_get(struct process *p)
{
    struct cred *c = NULL;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    if (p->leader) {
        c = p->leader->cred;
        cred_get(c);
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return c;
}

void task_cred_set(struct task *t, struct cred *c)
{
    struct process *p = t->process;
    struct cred *old = t->cred;
    bool irq;

    kassert(t == task_current());
    irq = spin_lock_irqsave(&p->signal_lock);
    t->cred = c;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    cred_put(old);
}

int task_cred_change(struct task *t, struct cred *c)
{
    struct user_account *old = t->account;

    if (c->uid != t->cred->uid) {
        struct user_account *fresh = user_account_get(c->uid);

        if (!fresh) {
            cred_put(c);
            return -EAGAIN;
        }
        t->account = fresh;
        user_account_put(old);
    }
    task_cred_set(t, c);
    return 0;
}

void task_set_comm(struct task *t, const char *name)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    if (t->thread)
        thread_set_name(t->thread, name);
    if (t == p->leader)
        strlcpy(p->comm, name, sizeof(p->comm));
    spin_unlock_irqrestore(&p->signal_lock, irq);
}

uint64_t task_rlimit(const struct task *t, unsigned resource)
{
    kassert(resource < ABI_RLIM_COUNT);
    return atomic_load_relaxed(&t->process->rlimits[resource].cur);
}
