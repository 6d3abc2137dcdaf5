/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/{stat,status,statm,schedstat,limits}: numbers about a process, proc(5). */
#include "proc/procfs/procfs_priv.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "proc/signal.h"
#include "tty/tty.h"

/* A snapshot of what stat and status print, taken with references held. */
struct snapshot {
    struct thread_times times;
    char comm[16];
    char state;
    int32_t ppid, pgid, sid, tpgid;
    uint64_t tty;
    uint32_t threads;
    uint64_t total_pages, rss_anon, rss_file, rss_peak, locked, data, stack;
    uint64_t start_code, end_code, start_stack, minor, major;
    uint64_t pending, shared_pending, blocked, ignored, caught;
    int nice, priority;
    uint32_t policy, rt_priority, cpu;
};

static char state_letter(const struct process *p, const struct thread *t)
{
    if (p->zombie)
        return 'Z';
    if (!t)
        return 'X';
    switch (t->state) {
    case THREAD_NEW:
    case THREAD_RUNNABLE:
        return 'R';
    case THREAD_SLEEPING:
        return 'S';
    case THREAD_UNINTERRUPTIBLE:
    case THREAD_KILLABLE:
        return 'D';
    case THREAD_STOPPED:
        return 'T';
    case THREAD_DEAD:
        return 'X';
    }
    return '?';
}

static const char *state_name(char letter)
{
    switch (letter) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "disk sleep";
    case 'T':
        return "stopped";
    case 'Z':
        return "zombie";
    default:
        return "dead";
    }
}

static void snapshot_space(struct snapshot *s, struct vm_space *space)
{
    rwlock_read(&space->lock);
    s->total_pages = space->total_pages;
    s->locked = space->locked_pages;
    s->data = space->data_pages;
    s->stack = space->stack_pages;
    s->rss_anon = atomic_load_relaxed(&space->rss_anon);
    s->rss_file = atomic_load_relaxed(&space->rss_file);
    s->rss_peak = atomic_load_relaxed(&space->rss_peak);
    s->start_code = space->start_code;
    s->end_code = space->end_code;
    s->start_stack = space->stack_start;
    s->minor = atomic_load_relaxed(&space->minor_faults);
    s->major = atomic_load_relaxed(&space->major_faults);
    rwlock_read_unlock(&space->lock);
}

static void snapshot_signals(struct snapshot *s, struct process *p, const struct task *t)
{
    bool flags = spin_lock_irqsave(&p->signal_lock);

    s->shared_pending = p->pending.pending;
    s->pending = t->pending.pending;
    s->blocked = t->blocked;
    signal_action_sets(p, &s->ignored, &s->caught);
    spin_unlock_irqrestore(&p->signal_lock, flags);
}

static void snapshot_sched(struct snapshot *s, struct task *t)
{
    enum sched_policy policy;
    int rt;

    thread_get_policy(t->thread, &policy, &rt);
    s->policy = (uint32_t)policy;
    s->rt_priority = (uint32_t)rt;
    s->nice = thread_nice(t->thread);
    s->priority = rt ? -1 - rt : 20 + s->nice;
    s->cpu = t->thread->cpu;
}

/* Fill *s; the process as a whole, or one task of it where ref->tid says so. */
static int snapshot_take(const struct procfs_ref *ref, struct snapshot *s)
{
    struct process *p = procfs_ref_process(ref);
    struct task *t = procfs_ref_task(ref);
    struct vm_space *space = procfs_ref_space(ref);

    *s = (struct snapshot){.state = 'X', .tpgid = -1};
    if (!p) {
        if (t)
            task_put(t);
        if (space)
            vm_space_put(space);
        return -ESRCH;
    }
    process_ids(p, &s->ppid, &s->pgid, &s->sid);
    s->tty = process_tty(p, &s->tpgid);
    s->threads = p->task_count;
    s->state = state_letter(p, t ? t->thread : NULL);
    if (t) {
        snapshot_sched(s, t);
        snapshot_signals(s, p, t);
        strlcpy(s->comm, t->thread->name, sizeof(s->comm));
        task_put(t);
    } else {
        strlcpy(s->comm, p->comm, sizeof(s->comm));
    }
    if (ref->tid && t)
        thread_times(t->thread, &s->times);
    else
        process_times(p, &s->times);
    if (space) {
        snapshot_space(s, space);
        vm_space_put(space);
    }
    process_put(p);
    return 0;
}

int procfs_show_stat(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct process *p = procfs_ref_process(ref);
    struct snapshot s;
    int err = snapshot_take(ref, &s);

    if (!p || err) {
        if (p)
            process_put(p);
        return -ESRCH;
    }
    strbuf_printf(sb, "%d (%s) %c %d %d %d %llu %d 0 %llu 0 %llu 0 ",
                  ref->tid ? ref->tid : ref->pid, s.comm, s.state, s.ppid, s.pgid, s.sid,
                  (unsigned long long)s.tty, s.tpgid, (unsigned long long)s.minor,
                  (unsigned long long)s.major);
    strbuf_printf(sb, "%llu %llu %llu %llu %d %d %u 0 %llu %llu %llu %llu ",
                  (unsigned long long)procfs_ticks(s.times.user_ns),
                  (unsigned long long)procfs_ticks(s.times.system_ns),
                  (unsigned long long)procfs_ticks(p->dead_children.user_ns),
                  (unsigned long long)procfs_ticks(p->dead_children.system_ns),
                  s.priority, s.nice, s.threads,
                  (unsigned long long)procfs_ticks(p->start_ns),
                  (unsigned long long)(s.total_pages * PAGE_SIZE),
                  (unsigned long long)(s.rss_anon + s.rss_file),
                  (unsigned long long)p->rlimits[RLIMIT_RSS].cur);
    strbuf_printf(sb, "%llu %llu %llu 0 0 %llu %llu %llu %llu 0 0 0 %d %u %u %u 0 0 0 ",
                  (unsigned long long)s.start_code, (unsigned long long)s.end_code,
                  (unsigned long long)s.start_stack, (unsigned long long)s.pending,
                  (unsigned long long)s.blocked, (unsigned long long)s.ignored,
                  (unsigned long long)s.caught, p->exit_signal, s.cpu, s.rt_priority,
                  s.policy);
    strbuf_printf(sb, "0 0 0 0 0 0 0 %d\n", p->exit_code);
    process_put(p);
    return 0;
}

static void status_memory(struct strbuf *sb, const struct snapshot *s)
{
    const uint64_t k = PAGE_SIZE / 1024;
    uint64_t rss = s->rss_anon + s->rss_file;

    strbuf_printf(
        sb,
        "VmPeak:\t%8llu kB\nVmSize:\t%8llu kB\nVmLck:\t%8llu kB\nVmHWM:\t%8llu kB\n"
        "VmRSS:\t%8llu kB\nRssAnon:\t%8llu kB\nRssFile:\t%8llu kB\n"
        "VmData:\t%8llu kB\nVmStk:\t%8llu kB\nVmExe:\t%8llu kB\nVmSwap:\t       0 kB\n",
        (unsigned long long)(s->total_pages * k),
        (unsigned long long)(s->total_pages * k), (unsigned long long)(s->locked * k),
        (unsigned long long)(MAX(s->rss_peak, rss) * k), (unsigned long long)(rss * k),
        (unsigned long long)(s->rss_anon * k), (unsigned long long)(s->rss_file * k),
        (unsigned long long)(s->data * k), (unsigned long long)(s->stack * k),
        (unsigned long long)((s->end_code - s->start_code + 1023) / 1024));
}

static void status_cred(struct strbuf *sb, const struct cred *c)
{
    strbuf_printf(sb, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid,
                  c->suid, c->fsuid, c->gid, c->egid, c->sgid, c->fsgid);
}

static void status_caps(struct strbuf *sb, const struct cred *c)
{
    strbuf_printf(
        sb,
        "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\n"
        "CapAmb:\t%016llx\nNoNewPrivs:\t%d\nSeccomp:\t0\n",
        (unsigned long long)c->cap_inheritable, (unsigned long long)c->cap_permitted,
        (unsigned long long)c->cap_effective, (unsigned long long)c->cap_bounding,
        (unsigned long long)c->cap_ambient, c->no_new_privs);
}

static void status_groups(struct strbuf *sb, const struct cred *c)
{
    strbuf_puts(sb, "Groups:\t");
    for (uint32_t i = 0; i < c->group_count; i++)
        strbuf_printf(sb, "%u ", c->groups[i]);
    strbuf_puts(sb, "\n");
}

static void status_signals(struct strbuf *sb, const struct snapshot *s)
{
    strbuf_printf(
        sb,
        "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\n"
        "SigCgt:\t%016llx\n",
        (unsigned long long)s->pending, (unsigned long long)s->shared_pending,
        (unsigned long long)s->blocked, (unsigned long long)s->ignored,
        (unsigned long long)s->caught);
}

int procfs_show_status(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct task *t = procfs_ref_task(ref);
    struct cred *cred = t ? task_cred_get(t) : NULL;
    struct snapshot s;
    int err = snapshot_take(ref, &s);

    if (!err) {
        strbuf_printf(sb,
                      "Name:\t%s\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n"
                      "PPid:\t%d\nTracerPid:\t0\n",
                      s.comm, s.state, state_name(s.state), ref->pid,
                      ref->tid ? ref->tid : ref->pid, s.ppid);
        if (cred) {
            status_cred(sb, cred);
            strbuf_puts(sb, "FDSize:\t64\n");
            status_groups(sb, cred);
        }
        if (s.total_pages)
            status_memory(sb, &s);
        strbuf_printf(sb, "Threads:\t%u\n", s.threads);
        status_signals(sb, &s);
        if (cred)
            status_caps(sb, cred);
        strbuf_printf(
            sb, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
            (unsigned long long)s.times.voluntary,
            (unsigned long long)s.times.involuntary);
    }
    if (cred)
        cred_put(cred);
    if (t)
        task_put(t);
    return err;
}

int procfs_show_statm(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct snapshot s;
    int err = snapshot_take(ref, &s);

    if (err)
        return err;
    strbuf_printf(
        sb, "%llu %llu %llu %llu 0 %llu 0\n", (unsigned long long)s.total_pages,
        (unsigned long long)(s.rss_anon + s.rss_file), (unsigned long long)s.rss_file,
        (unsigned long long)((s.end_code - s.start_code + PAGE_SIZE - 1) / PAGE_SIZE),
        (unsigned long long)(s.data + s.stack));
    return 0;
}

int procfs_show_schedstat(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct snapshot s;
    int err = snapshot_take(ref, &s);

    if (err)
        return err;
    strbuf_printf(sb, "%llu %llu %llu\n",
                  (unsigned long long)(s.times.user_ns + s.times.system_ns),
                  (unsigned long long)s.times.wait_ns,
                  (unsigned long long)(s.times.voluntary + s.times.involuntary));
    return 0;
}

static const struct {
    const char *name, *unit;
} limit_names[ABI_RLIM_COUNT] = {
    {"Max cpu time", "seconds"},     {"Max file size", "bytes"},
    {"Max data size", "bytes"},      {"Max stack size", "bytes"},
    {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
    {"Max processes", "processes"},  {"Max open files", "files"},
    {"Max locked memory", "bytes"},  {"Max address space", "bytes"},
    {"Max file locks", "locks"},     {"Max pending signals", "signals"},
    {"Max msgqueue size", "bytes"},  {"Max nice priority", ""},
    {"Max realtime priority", ""},   {"Max realtime timeout", "us"},
};

static void limit_value(struct strbuf *sb, uint64_t v)
{
    if (v == UINT64_MAX)
        strbuf_printf(sb, "%-20s ", "unlimited");
    else
        strbuf_printf(sb, "%-20llu ", (unsigned long long)v);
}

int procfs_show_limits(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct process *p = procfs_ref_process(ref);

    if (!p)
        return -ESRCH;
    strbuf_printf(sb, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit",
                  "Units");
    for (unsigned i = 0; i < ABI_RLIM_COUNT; i++) {
        strbuf_printf(sb, "%-25s ", limit_names[i].name);
        limit_value(sb, p->rlimits[i].cur);
        limit_value(sb, p->rlimits[i].max);
        strbuf_printf(sb, "%-10s\n", limit_names[i].unit);
    }
    process_put(p);
    return 0;
}
