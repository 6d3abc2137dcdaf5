/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping a process: all of its tasks, or none.
 *
 * The task that takes a stop signal marks every task (stop_pending) and counts them; each stops
 * at its next look at its signals, and the one that brings the count to 0 makes the process
 * `stopped` and tells the parent.  SIGCONT takes all of that back; a task that exits meanwhile
 * counts itself out.
 *
 * A task looks whether its group is orphaned between taking the signal and marking, without the
 * lock: a SIGCONT in that gap clears stop_taken, and there is no stop.
 */
#include "proc/proc_priv.h"

/* One task fewer that has yet to stop. */
static void one_less_locked(struct process *p, struct task *t)
{
    t->stop_pending = false;
    kassert(p->stop_count > 0);
    if (--p->stop_count > 0)
        return;
    p->stop_pending = false;
    atomic_store(&p->stopped, true);
    p->stop_report = true;
    p->continued = false;
}

void signal_stop_begin_locked(struct task *t, int signo)
{
    struct process *p = t->process;
    struct task *u;

    kassert(spin_held(&p->signal_lock));
    if (!t->stop_taken || p->stop_pending || p->group_exit || p->exec_task)
        return;
    t->stop_taken = false;
    p->stop_pending = true;
    p->stop_signal = signo;
    p->stop_count = 0;
    list_for_each_entry (u, &p->tasks, link) {
        if (u->exiting || u->stopped)
            continue;
        u->stop_pending = true;
        p->stop_count++;
        if (u != t)
            thread_interrupt(u->thread, false);
    }
}

void signal_stop_leave_locked(struct task *t)
{
    if (t->stop_pending)
        one_less_locked(t->process, t);
}

void signal_stop_cancel_locked(struct process *p, bool report)
{
    struct task *t;

    list_for_each_entry (t, &p->tasks, link)
        t->stop_taken = false;
    if (!p->stop_pending && !p->stopped)
        return;
    list_for_each_entry (t, &p->tasks, link) {
        t->stop_pending = false;
        atomic_store(&t->stopped, false);
    }
    p->stop_report = false;
    if (report && p->stopped) {
        p->cont_report = true;
        p->continued = true;
    }
    p->stop_pending = false;
    p->stop_count = 0;
    atomic_store(&p->stopped, false);
    wait_wake_all(&p->stop_wait);
}

void signal_stop_here(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    bool stop = t->stop_pending;

    if (stop) {
        one_less_locked(p, t);
        atomic_store(&t->stopped, true);
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (!stop)
        return;
    proc_report_stop(p);
    if (wait_event_state(&p->stop_wait, !atomic_load(&t->stopped), THREAD_STOPPED,
                         HAL_NEVER)) {
        irq = spin_lock_irqsave(&p->signal_lock);
        atomic_store(&t->stopped, false); /* killed */
        spin_unlock_irqrestore(&p->signal_lock, irq);
    }
}
