/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of tasks and processes.  See "Death" at the top of process.c. */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/atomic.h"
#include "proc/futex.h"
#include "proc/trap.h"
#include "trace/event.h"

TRACEPOINT_DEFINE(process_exit, "process status:x last");

#define TICK_NS 10000000u /* of siginfo's times: USER_HZ is 100 */

/* ---- what the parent is told ---- */

static bool status_exited(int status)
{
    return (status & 0x7f) == 0;
}

/* siginfo of SIGCHLD about `p`; the answer of waitid(2) has the same fields. */
static void child_info(struct process *p, int code, int status, struct abi_siginfo *info)
{
    *info = (struct abi_siginfo){.signo = SIGCHLD, .code = code};
    info->child.pid = p->pid;
    info->child.uid = p->leader->cred->uid;
    info->child.status = status;
    info->child.utime = (int64_t)(p->dead_threads.user_ns / TICK_NS);
    info->child.stime = (int64_t)(p->dead_threads.system_ns / TICK_NS);
}

void proc_exit_info(struct process *p, struct abi_siginfo *info)
{
    int status = p->exit_code;

    if (status_exited(status))
        child_info(p, CLD_EXITED, (status >> 8) & 0xff, info);
    else
        child_info(p, status & ABI_STATUS_CORE ? CLD_DUMPED : CLD_KILLED, status & 0x7f,
                   info);
}

bool proc_notify_exit_locked(struct process *p)
{
    struct process *parent = p->parent;
    int signo = p->exit_signal;
    bool nobody_waits = false;
    struct abi_sigaction action;
    struct abi_siginfo info;

    kassert(spin_held(&proc_tree_lock) && p->zombie);
    if (parent->kernel)
        return !p->kernel_waits;
    proc_exit_info(p, &info);
    info.signo = signo;
    spin_lock(&parent->signal_lock);
    action = signal_action(parent, SIGCHLD);
    if (signo == SIGCHLD &&
        (action.handler == ABI_SIG_IGN || (action.flags & SA_NOCLDWAIT))) {
        nobody_waits = !p->kernel_waits;
        if (action.handler == ABI_SIG_IGN)
            signo = 0;
    }
    if (signo && signal_send_locked(parent, NULL, signo, &info))
        signo = 0; /* the queue is full: the parent still finds the zombie */
    spin_unlock(&parent->signal_lock);
    wait_wake_all(&parent->child_wait);
    return nobody_waits;
}

/* Take the news that `p` has for its parent: a CLD_* code, or 0. */
static int stop_news_take(struct process *p, struct abi_siginfo *info)
{
    int code = 0;

    spin_lock(&p->signal_lock);
    if (p->cont_report)
        code = CLD_CONTINUED;
    else if (p->stop_report)
        code = CLD_STOPPED;
    p->cont_report = p->stop_report = false;
    if (code && p->leader)
        child_info(p, code, code == CLD_STOPPED ? p->stop_signal : SIGCONT, info);
    else
        code = 0;
    spin_unlock(&p->signal_lock);
    return code;
}

void proc_report_stop(struct process *p)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct process *parent = p->parent;
    struct abi_sigaction action;
    struct abi_siginfo info;

    if (p->zombie || parent->kernel || !stop_news_take(p, &info))
        goto out;
    spin_lock(&parent->signal_lock);
    action = signal_action(parent, SIGCHLD);
    if (action.handler != ABI_SIG_IGN && !(action.flags & SA_NOCLDSTOP) &&
        signal_send_locked(parent, NULL, SIGCHLD, &info))
        info.signo = 0; /* no room in the queue: wait4 still sees it */
    spin_unlock(&parent->signal_lock);
    wait_wake_all(&parent->child_wait);
out:
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

/* ---- orphans ---- */

static struct process *reaper_of(struct process *p)
{
    struct process *q = p->parent;

    for (; q && !q->is_init; q = q->parent) {
        if (q->child_subreaper && !q->zombie && atomic_load_relaxed(&q->live))
            return q;
    }
    q = proc_init_process;
    return q == p || q->zombie ? proc_kernel : q;
}

/* prctl(PR_SET_PDEATHSIG) of each task. */
static void parent_death_signal(struct process *child)
{
    struct abi_siginfo info;
    struct task *t;

    spin_lock(&child->signal_lock);
    list_for_each_entry (t, &child->tasks, link) {
        int signo = (int)t->pdeath_signal;

        signal_info_kernel(&info, signo);
        if (signo && signal_send_locked(child, NULL, signo, &info))
            break; /* no room: the others would find none either */
    }
    spin_unlock(&child->signal_lock);
}

/* Give the children of `p` to another parent.  Those nobody waits for go on `dead`. */
static void children_give_away(struct process *p, struct list_node *dead)
{
    struct process *reaper, *c, *next;

    if (list_empty(&p->children))
        return;
    reaper = reaper_of(p);
    list_for_each_entry_safe (c, next, &p->children, sibling) {
        list_move_tail(&c->sibling, &reaper->children);
        process_set_parent_locked(c, reaper);
        c->exit_signal = SIGCHLD;
        if (!c->zombie) {
            parent_death_signal(c);
            group_check_orphan_locked(c, p, false);
        } else if (proc_notify_exit_locked(c)) {
            process_unlink_locked(c, dead);
        }
    }
}

/* ---- a task ends ---- */

/* No signal for this task any more; what it would have taken goes to the others. */
static void leave_signals(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    bool report;

    t->exiting = true;
    signal_retarget_locked(p, t, ~t->blocked);
    signal_stop_leave_locked(t);
    report = p->stop_report;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (report)
        proc_report_stop(p);
}

void task_release_memory(struct task *t)
{
    if (!t->space)
        return;
    /* The process and this task have one reference each: nobody else is there to look, and the
     * store would only cost a fault. */
    if (refcount_read(&t->space->refs) <= 2)
        t->clear_child_tid = 0;
    futex_task_exit(t);
    if (atomic_load(&t->vfork_pending)) {
        atomic_store(&t->vfork_pending, false);
        wait_wake_all(&t->vfork_wait);
    }
}

/* The last task to begin to exit gives back what belongs to the process. */
static void release_process(struct process *p)
{
    struct vm_space *s;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    s = p->space;
    p->space = NULL;
    if (s) {
        p->minflt += atomic_load_relaxed(&s->minor_faults);
        p->majflt += atomic_load_relaxed(&s->major_faults);
        p->maxrss_pages = MAX(p->maxrss_pages, atomic_load_relaxed(&s->rss_peak));
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (s)
        vm_space_put(s);
}

/* Leave the process.  True: this was its last task. */
static bool leave_process_locked(struct task *t, bool *forget)
{
    struct process *p = t->process;
    bool last;

    spin_lock(&p->signal_lock);
    t->dead = true;
    process_times_bury(p, t);
    kassert(p->task_count > 0);
    last = --p->task_count == 0;
    *forget = t != p->leader;
    if (*forget)
        task_unlink_locked(t);
    if (p->exec_task && p->task_count == 1)
        wait_wake_all(&p->exec_wait);
    if (last && !p->group_exit)
        p->exit_code = p->leader->exit_code;
    spin_unlock(&p->signal_lock);
    return last;
}

static void become_zombie_locked(struct process *p, struct list_node *dead)
{
    children_give_away(p, dead);
    group_check_orphan_locked(p, p->parent, true);
    atomic_store(&p->zombie, true);
    if (proc_notify_exit_locked(p))
        process_unlink_locked(p, dead);
    wait_wake_all(&p->exit_wait);
}

static void leave(struct task *t)
{
    struct process *p = t->process;
    struct list_node dead = LIST_INIT(dead);
    bool forget;
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    if (leave_process_locked(t, &forget))
        become_zombie_locked(p, &dead);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    process_forget(&dead);
    if (forget)
        task_put(t);
}

_Noreturn void task_exit(int status)
{
    struct task *t = task_current();
    struct process *p = t->process;
    struct vm_space *space;
    bool last;

    kassert(!hal_irq_masked() && !t->exiting);
    leave_signals(t);
    t->exit_code = status;
    if (unlikely(proc_trace))
        proc_trace->exit(t, status);
    last = atomic_dec_return(&p->live) == 0;
    trace_event(process_exit, p->pid, status, last);
    if (last) {
        if (proc_hooks && proc_hooks->exit)
            proc_hooks->exit(p);
        timer_cancel_sync(&p->real_timer);
    }
    task_release_memory(t);
    space = task_switch_space(t, NULL);
    if (t->user.space)
        hal_user_fini(&t->user);
    task_files_put(t);
    if (last)
        release_process(p);
    if (space)
        vm_space_put(space);
    if (last)
        session_leader_exit(p);
    leave(t);
    (void)hal_irq_save();
    t->thread->owner = NULL;
    hal_irq_restore(true);
    task_put(t);
    thread_exit();
}

_Noreturn void proc_exit_task(int code)
{
    task_exit(ABI_STATUS_EXIT(code));
}

_Noreturn void proc_exit_group(int status)
{
    struct task *t = task_current();
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    if (p->group_exit) {
        status = p->exit_code;
    } else if (p->exec_task && p->exec_task != t) {
        status = 0; /* the process goes on in the task that calls exec */
    } else {
        p->group_exit = true;
        p->exit_code = status;
        signal_kill_others_locked(p, t);
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    task_exit(status);
}

/* ---- exec: all but one ---- */

/* The caller takes the place of the leader, which has ended: its number and its link. */
static void take_over_leader(struct task *t)
{
    struct process *p = t->process;
    struct task *old;
    struct pid *number, *mine;
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    spin_lock(&p->signal_lock);
    old = p->leader;
    kassert(old->dead && p->task_count == 1);
    number = pid_lookup_locked(p->pid);
    mine = pid_lookup_locked(t->tid);
    mine->task = NULL;
    number->task = t;
    t->tid = p->pid;
    t->thread->id = (uint32_t)p->pid;
    list_del(&old->link);
    list_move(&t->link, &p->tasks);
    p->leader = t;
    pid_release_locked(mine);
    spin_unlock(&p->signal_lock);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    atomic_dec(&proc_task_total);
    task_put(old);
}

int proc_single_out(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    bool busy = p->group_exit || p->exec_task;
    int err = 0;

    if (!busy && p->task_count > 1) {
        p->exec_task = t;
        signal_kill_others_locked(p, t);
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (busy)
        return -EAGAIN;
    if (p->exec_task == t)
        err = wait_event_killable(&p->exec_wait, atomic_load(&p->task_count) == 1);
    irq = spin_lock_irqsave(&p->signal_lock);
    p->exec_task = NULL;
    if (p->group_exit)
        err = -EAGAIN;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (err)
        return -EAGAIN;
    if (p->leader != t)
        take_over_leader(t);
    return 0;
}
