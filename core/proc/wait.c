/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for children.  See "Reaping" at the top of process.c. */
#include "proc/wait.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "proc/proc_priv.h"

#define NS_PER_S  1000000000u
#define NS_PER_US 1000u

/* ---- usage ---- */

static void usage_times(struct abi_rusage *u, const struct thread_times *times)
{
    u->utime_sec = (int64_t)(times->user_ns / NS_PER_S);
    u->utime_usec = (int64_t)(times->user_ns % NS_PER_S / NS_PER_US);
    u->stime_sec = (int64_t)(times->system_ns / NS_PER_S);
    u->stime_usec = (int64_t)(times->system_ns % NS_PER_S / NS_PER_US);
    u->nvcsw = (int64_t)times->voluntary;
    u->nivcsw = (int64_t)times->involuntary;
}

static void usage_memory(struct abi_rusage *u, uint64_t minflt, uint64_t majflt,
                         uint64_t maxrss_pages)
{
    u->minflt = (int64_t)minflt;
    u->majflt = (int64_t)majflt;
    u->maxrss = (int64_t)(maxrss_pages * (PAGE_SIZE / 1024));
}

/* A zombie with the children that it had waited for. */
static void usage_zombie(struct process *p, struct abi_rusage *u)
{
    struct thread_times sum = p->dead_threads;

    sum.user_ns += p->dead_children.user_ns;
    sum.system_ns += p->dead_children.system_ns;
    sum.voluntary += p->dead_children.voluntary;
    sum.involuntary += p->dead_children.involuntary;
    *u = (struct abi_rusage){0};
    usage_times(u, &sum);
    usage_memory(u, p->minflt + p->children_minflt, p->majflt + p->children_majflt,
                 MAX(p->maxrss_pages, p->children_maxrss));
}

static void usage_children(struct process *p, struct abi_rusage *u)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    usage_times(u, &p->dead_children);
    usage_memory(u, p->children_minflt, p->children_majflt, p->children_maxrss);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

int proc_usage(struct task *t, int who, struct abi_rusage *out)
{
    struct process *p = t->process;
    struct thread_times times;

    *out = (struct abi_rusage){0};
    switch (who) {
    case RUSAGE_SELF:
        process_times(p, &times);
        break;
    case RUSAGE_THREAD:
        thread_times(t->thread, &times);
        break;
    case RUSAGE_CHILDREN:
        usage_children(p, out);
        return 0;
    default:
        return -EINVAL;
    }
    usage_times(out, &times);
    usage_memory(out, p->minflt + atomic_load_relaxed(&t->space->minor_faults),
                 p->majflt + atomic_load_relaxed(&t->space->major_faults),
                 MAX(p->maxrss_pages, atomic_load_relaxed(&t->space->rss_peak)));
    return 0;
}

/* ---- one child ---- */

static bool child_wanted(const struct process *c, const struct wait_request *r)
{
    bool clone_child = c->exit_signal != SIGCHLD;

    switch (r->who) {
    case WAIT_ANY:
        break;
    case WAIT_PID:
        if (c->pid != r->id)
            return false;
        break;
    case WAIT_PGID:
        if (c->pgid != r->id)
            return false;
        break;
    case WAIT_PROCESS:
        if (c != r->process)
            return false;
        break;
    }
    if (r->options & ABI_WALL)
        return true;
    return clone_child == ((r->options & ABI_WCLONE) != 0);
}

static void zombie_report_locked(struct process *parent, struct process *c,
                                 const struct wait_request *r, struct wait_result *out,
                                 struct list_node *dead)
{
    out->pid = c->pid;
    out->status = c->exit_code;
    proc_exit_info(c, &out->info);
    out->info.signo = SIGCHLD;
    usage_zombie(c, &out->usage);
    if (r->options & WNOWAIT)
        return;
    process_times_inherit_locked(parent, c);
    process_unlink_locked(c, dead);
}

/* A stop or continuation that has not been reported yet: its CLD_ code. */
static int stop_news(struct process *c, const struct wait_request *r,
                     struct wait_result *out)
{
    bool keep = (r->options & WNOWAIT) != 0;
    int code = 0;

    spin_lock(&c->signal_lock);
    if ((r->options & WUNTRACED) && c->stopped && c->stop_signal) {
        code = CLD_STOPPED;
        out->status = ABI_STATUS_STOP(c->stop_signal);
        out->info.child.status = c->stop_signal;
        if (!keep)
            c->stop_signal = 0;
    } else if ((r->options & WCONTINUED) && c->continued) {
        code = CLD_CONTINUED;
        out->status = ABI_STATUS_CONTINUED;
        out->info.child.status = SIGCONT;
        if (!keep)
            c->continued = false;
    }
    if (code) {
        out->pid = out->info.child.pid = c->pid;
        out->info.signo = SIGCHLD;
        out->info.code = code;
        out->info.child.uid = c->leader->cred->uid;
    }
    spin_unlock(&c->signal_lock);
    return code;
}

/* Look at all children: 1 with *out, 0 when one may still have news, -ECHILD. */
static int scan(struct process *parent, const struct wait_request *r,
                struct wait_result *out)
{
    struct list_node dead = LIST_INIT(dead);
    struct process *c;
    int found = -ECHILD;
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    list_for_each_entry (c, &parent->children, sibling) {
        if (!child_wanted(c, r))
            continue;
        found = 0;
        if (c->zombie && (r->options & WEXITED) && !c->kernel_waits) {
            zombie_report_locked(parent, c, r, out, &dead);
            found = 1;
            break;
        }
        if (!c->zombie && stop_news(c, r, out)) {
            found = 1;
            break;
        }
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    process_forget(&dead);
    return found;
}

int proc_wait_child(struct task *t, const struct wait_request *r, struct wait_result *out)
{
    struct process *p = t->process;
    int found = 0, err;

    *out = (struct wait_result){0};
    err = scan(p, r, out);
    if (err || (r->options & WNOHANG))
        return err < 0 ? err : 0;
    err = wait_event(&p->child_wait, (found = scan(p, r, out)) != 0);
    if (found)
        return found < 0 ? found : 0;
    return err;
}
