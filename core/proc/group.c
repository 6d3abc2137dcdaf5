/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process groups and sessions, and what job control asks about them.
 *
 * A group is the list that its number carries; a session is an object, because it has a
 * terminal.  All of it is under proc_tree_lock.
 */
#include "proc/group.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/proc_priv.h"
#include "tty/tty.h"

/* ---- membership ---- */

struct session *session_alloc(int32_t sid)
{
    struct session *s = kzalloc(sizeof(*s));

    if (!s)
        return NULL;
    refcount_init(&s->refs, 1);
    list_init(&s->members);
    s->sid = sid;
    return s;
}

void session_get(struct session *s)
{
    refcount_get(&s->refs);
}

void session_put(struct session *s)
{
    if (!refcount_put(&s->refs))
        return;
    if (s->tty)
        tty_put(s->tty);
    kfree(s);
}

void group_join_locked(struct process *p, struct pid *group)
{
    kassert(spin_held(&proc_tree_lock));
    list_add_tail(&p->pgrp_link, &group->group);
    p->pgid = group->nr;
}

void group_leave_locked(struct process *p)
{
    struct pid *group = pid_lookup_locked(p->pgid);

    if (!list_linked(&p->pgrp_link))
        return;
    list_del(&p->pgrp_link);
    pid_release_locked(group);
}

void session_join_locked(struct process *p, struct session *s)
{
    struct pid *number = pid_lookup_locked(s->sid);

    kassert(spin_held(&proc_tree_lock) && number);
    number->session = s;
    list_add_tail(&p->session_link, &s->members);
    p->session = s;
    p->sid = s->sid;
}

struct session *session_leave_locked(struct process *p)
{
    struct session *s = p->session;
    struct pid *number;

    if (!s)
        return NULL;
    list_del(&p->session_link);
    p->session = NULL;
    if (list_empty(&s->members)) {
        number = pid_lookup_locked(s->sid);
        number->session = NULL;
        pid_release_locked(number);
    }
    return s;
}

/* ---- orphaned groups (POSIX 3.106 and the rationale of _exit) ---- */

/* `p`, a member of group `pgid`, keeps it from being an orphan: somebody in its session but
 * outside the group can look after it. */
static bool member_anchors(const struct process *p, int32_t pgid)
{
    const struct process *parent = p->parent;

    return !p->zombie && parent && !parent->is_init && parent->pgid != pgid &&
           parent->sid == p->sid;
}

bool group_orphaned_locked(int32_t pgid, const struct process *ignored)
{
    struct pid *group = pid_lookup_locked(pgid);
    struct process *p;

    if (!group)
        return true;
    list_for_each_entry (p, &group->group, pgrp_link) {
        if (p != ignored && member_anchors(p, pgid))
            return false;
    }
    return true;
}

static bool group_has_stopped(struct pid *group)
{
    struct process *p;

    list_for_each_entry (p, &group->group, pgrp_link) {
        if (atomic_load_relaxed(&p->stopped))
            return true;
    }
    return false;
}

static void group_signal_locked(struct pid *group, int signo)
{
    struct abi_siginfo info;
    struct process *p;

    signal_info_kernel(&info, signo);
    list_for_each_entry (p, &group->group, pgrp_link)
        signal_send_process(p, signo, &info);
}

void group_check_orphan_locked(struct process *p, struct process *parent, bool p_exits)
{
    struct pid *group = pid_lookup_locked(p->pgid);

    if (!group || parent->pgid == p->pgid || parent->sid != p->sid)
        return;
    if (!group_orphaned_locked(p->pgid, p_exits ? p : NULL) || !group_has_stopped(group))
        return;
    group_signal_locked(group, SIGHUP);
    group_signal_locked(group, SIGCONT);
}

/* ---- the calls ---- */

/* The caller itself or a child of it that has not called exec: who setpgid() may move. */
static int group_set_check(struct process *self, struct process *p, int32_t pgid)
{
    struct pid *group;

    if (p != self && p->parent != self)
        return -ESRCH;
    if (p != self && p->session != self->session)
        return -EPERM;
    if (p != self && p->did_exec)
        return -EACCES;
    if (p->sid == p->pid)
        return -EPERM;
    if (pgid == p->pid)
        return 0;
    group = pid_lookup_locked(pgid);
    if (!group || list_empty(&group->group) ||
        list_first_entry(&group->group, struct process, pgrp_link)->session !=
            self->session)
        return -EPERM;
    return 0;
}

static void group_move_locked(struct process *p, int32_t pgid)
{
    struct pid *old = pid_lookup_locked(p->pgid);

    if (p->pgid == pgid)
        return;
    list_del(&p->pgrp_link);
    group_join_locked(p, pid_lookup_locked(pgid));
    pid_release_locked(old);
}

int group_set(struct task *t, int32_t pid, int32_t pgid)
{
    struct process *self = t->process, *p;
    struct pid *number;
    int err = -ESRCH;
    bool irq;

    if (pid == 0)
        pid = self->pid;
    if (pgid == 0)
        pgid = pid;
    if (pgid < 0)
        return -EINVAL;
    irq = spin_lock_irqsave(&proc_tree_lock);
    number = pid_lookup_locked(pid);
    p = number ? number->process : NULL;
    if (p) {
        err = group_set_check(self, p, pgid);
        if (!err)
            group_move_locked(p, pgid);
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return err;
}

int session_create(struct task *t)
{
    struct process *p = t->process;
    struct session *fresh = session_alloc(p->pid), *old = fresh;
    struct pid *number;
    int err = -EPERM;
    bool irq;

    if (!fresh)
        return -ENOMEM;
    irq = spin_lock_irqsave(&proc_tree_lock);
    number = pid_lookup_locked(p->pid);
    if (list_empty(&number->group) && !number->session) {
        old = session_leave_locked(p);
        session_join_locked(p, fresh);
        group_move_locked(p, p->pid);
        err = p->pid;
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    session_put(old);
    return err;
}

int32_t group_of(int32_t pid, bool session)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *number = pid_lookup_locked(pid);
    struct process *p = number ? number->process : NULL;
    int32_t result = -ESRCH;

    if (!p && number && number->task)
        p = number->task->process;
    if (p)
        result = session ? p->sid : p->pgid;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return result;
}

/* ---- what tty asks ---- */

static void job_caller(struct tty_caller *out)
{
    struct task *t = task_current();
    bool irq;

    *out = (struct tty_caller){0};
    if (!t)
        return;
    out->pid = t->process->pid;
    out->admin = cred_capable(t->cred, CAP_SYS_ADMIN);
    irq = spin_lock_irqsave(&proc_tree_lock);
    out->pgid = t->process->pgid;
    out->sid = t->process->sid;
    out->leader = out->sid == out->pid;
    out->tty = t->process->session ? t->process->session->tty : NULL;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

static struct tty *job_session_tty(void)
{
    struct task *t = task_current();
    struct tty *tty = NULL;
    bool irq;

    if (!t)
        return NULL;
    irq = spin_lock_irqsave(&proc_tree_lock);
    if (t->process->session)
        tty = t->process->session->tty;
    if (tty)
        tty_get(tty);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return tty;
}

static int job_session_set_tty(int32_t sid, struct tty *tty)
{
    struct tty *old = tty;
    struct pid *number;
    int err = -ESRCH;
    bool irq;

    if (tty)
        tty_get(tty);
    irq = spin_lock_irqsave(&proc_tree_lock);
    number = pid_lookup_locked(sid);
    if (number && number->session) {
        old = number->session->tty;
        number->session->tty = tty;
        err = 0;
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    if (old)
        tty_put(old);
    return err;
}

static int job_signal_pgrp(int32_t pgid, int signo)
{
    struct abi_siginfo info;

    signal_info_kernel(&info, signo);
    return signal_send_pgrp(pgid, signo, &info);
}

static bool job_pgrp_orphaned(int32_t pgid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    bool orphaned = group_orphaned_locked(pgid, NULL);

    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return orphaned;
}

static int job_pgrp_in_session(int32_t pgid, int32_t sid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *group = pid_lookup_locked(pgid);
    int err = -ESRCH;

    if (group && !list_empty(&group->group))
        err = list_first_entry(&group->group, struct process, pgrp_link)->sid == sid
                  ? 0
                  : -EPERM;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return err;
}

static bool job_signal_ignored(int signo)
{
    struct task *t = task_current();

    return t && signal_ignored(t, signo);
}

static const struct tty_job_ops job_ops = {
    .caller = job_caller,
    .session_tty = job_session_tty,
    .session_set_tty = job_session_set_tty,
    .signal_pgrp = job_signal_pgrp,
    .signal_leader = signal_send_session_leader,
    .pgrp_orphaned = job_pgrp_orphaned,
    .pgrp_in_session = job_pgrp_in_session,
    .signal_ignored = job_signal_ignored,
};

void group_init(void)
{
    tty_job_register(&job_ops);
}

void session_leader_exit(struct process *p)
{
    struct tty *tty = NULL;
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    if (p->session && p->sid == p->pid) {
        tty = p->session->tty;
        p->session->tty = NULL;
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    if (!tty)
        return;
    tty_session_leader_exit(tty, p->sid);
    tty_put(tty);
}
