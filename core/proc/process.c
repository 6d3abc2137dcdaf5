/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and tasks: their birth, their names, their references.
 *
 * Protocol.  A *task* is a thread of a program; a *process* is what its tasks share.  Four kinds
 * of reference keep them in memory: the table of numbers (from publication until the task has
 * exited, or the process has been reaped), the running thread (its own task), a task (its
 * process), and whoever looked one up.  So whoever holds a reference may read what never
 * changes; everything else has a lock:
 *
 * - proc_tree_lock, one for the machine: who is whose child, groups, sessions, numbers, and the
 *   step from alive to zombie to reaped.  Short sections without allocation; taken by fork,
 *   exit, wait, setpgid and by look-ups.
 * - process.signal_lock: the queues of the process and of its tasks, their masks as others see
 *   them, stopping and dying of the group, the list of tasks, and the pointers to memory, files
 *   and directories.  Timers send signals from interrupts, hence irqsave.
 *
 * Order: proc_tree_lock, signal_lock (one only: a child's is released before the parent's is
 * taken), sighand.lock, wait queues, run queues.  Nothing is freed and no reference to a file, a
 * path, a terminal or memory is dropped with one of them held: the section takes the pointer
 * out, the caller puts it afterwards.
 *
 * Birth (fork.c): everything that can fail happens to objects nobody can find.  Then, under both
 * locks, the parent looks whether a signal has arrived: if so the call is undone and repeated
 * after delivery, so that a signal to a group reaches parent and child or is seen by the parent
 * before the fork.  Then the child is linked and can be found.
 *
 * Death (exit.c): a task takes itself out of signal delivery (exiting), gives back memory, and
 * the last one to begin (process.live) closes files and lets go of the terminal.  Under both
 * locks it leaves task_count and, unless it is the leader, the list and the table.  The one
 * that brings task_count to 0 makes the process a zombie: children go to the reaper, the parent
 * is told.  After that the task touches nothing but its own thread.
 *
 * Reaping (wait.c): under proc_tree_lock exactly one waiter sees `zombie` and sets `reaped`, and
 * takes the process out of the tree and the table; numbers become free here.  What it needs for
 * the answer is final by then and is read after the lock, with the reference that was the
 * table's.
 *
 * Readers (/proc, pidfd, kill): look up under proc_tree_lock with a reference, then take
 * signal_lock for a pointer and a reference to what it shows (process_space_get() ...), and find
 * NULL where the process has got rid of it.
 */
#include "proc/proc_priv.h"

#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/futex.h"
#include "proc/oom.h"

#define TASK_MEMORY_SHARE 8 /* at most 1/8 of memory as kernel stacks */
#define TIMER_SLACK_NS    50000

struct spinlock proc_tree_lock = SPINLOCK_INIT("proc.tree");
struct process *proc_kernel, *proc_init_process;
uint32_t proc_task_total, proc_fork_total;
const struct proc_hooks *proc_hooks;

static struct kmem_cache *process_cache, *task_cache;
static uint32_t process_total; /* atomic: in the table */
static uint32_t task_limit;

/* ---- references ---- */

struct task *task_current(void)
{
    struct thread *thread = thread_current();

    return thread ? thread->owner : NULL;
}

void process_get(struct process *p)
{
    refcount_get(&p->refs);
}

void process_put(struct process *p)
{
    if (!refcount_put(&p->refs))
        return;
    kassert(!p->space && list_empty(&p->tasks));
    kassert(list_empty(&p->children) && !list_linked(&p->pgrp_link));
    sigqueue_flush(p, &p->pending, SIGNAL_MASK_ALL);
    kassert(p->sigqueue_count == 0);
    if (p->sighand)
        sighand_put(p->sighand);
    kmem_cache_free(process_cache, p);
}

void task_get(struct task *t)
{
    refcount_get(&t->refs);
}

void task_put(struct task *t)
{
    if (!refcount_put(&t->refs))
        return;
    kassert(!t->space && !t->fds && !t->fs && !list_linked(&t->link));
    sigqueue_flush(t->process, &t->pending, SIGNAL_MASK_ALL);
    cred_put(t->cred);
    if (t->account)
        user_account_put(t->account);
    if (t->thread)
        thread_put(t->thread);
    process_put(t->process);
    kmem_cache_free(task_cache, t);
}

/* ---- birth ---- */

static void rlimits_default(struct abi_rlimit *r)
{
    for (unsigned i = 0; i < ABI_RLIM_COUNT; i++)
        r[i] = (struct abi_rlimit){ABI_RLIM_INFINITY, ABI_RLIM_INFINITY};
    r[RLIMIT_STACK].cur = 8u << 20;
    r[RLIMIT_CORE].cur = 0;
    r[RLIMIT_NPROC] = (struct abi_rlimit){task_limit / 2, task_limit / 2};
    r[RLIMIT_NOFILE] = (struct abi_rlimit){1024, 1048576};
    r[RLIMIT_MEMLOCK] = (struct abi_rlimit){8u << 20, 8u << 20};
    r[RLIMIT_SIGPENDING] = (struct abi_rlimit){task_limit / 2, task_limit / 2};
    r[RLIMIT_MSGQUEUE] = (struct abi_rlimit){819200, 819200};
    r[RLIMIT_NICE] = (struct abi_rlimit){0, 0};
    r[RLIMIT_RTPRIO] = (struct abi_rlimit){0, 0};
}

struct process *process_alloc(void)
{
    struct process *p = kmem_cache_zalloc(process_cache);

    if (!p)
        return NULL;
    refcount_init(&p->refs, 1);
    list_init(&p->children);
    list_init(&p->sibling);
    list_init(&p->tasks);
    list_init(&p->pgrp_link);
    list_init(&p->session_link);
    spin_init(&p->signal_lock, "proc.signal");
    sigqueue_init(&p->pending);
    wait_queue_init(&p->signal_wait);
    wait_queue_init(&p->stop_wait);
    wait_queue_init(&p->exec_wait);
    wait_queue_init(&p->child_wait);
    wait_queue_init(&p->exit_wait);
    rlimits_default(p->rlimits);
    p->exit_signal = SIGCHLD;
    p->dumpable = true;
    p->timer_slack_ns = TIMER_SLACK_NS;
    p->start_ns = hal_time_ns();
    timer_init(&p->real_timer, NULL);
    return p;
}

struct task *task_alloc(struct process *p, struct cred *cred)
{
    struct task *t = kmem_cache_zalloc(task_cache);

    if (!t)
        return NULL;
    t->account = user_account_get(cred->uid);
    if (!t->account) {
        kmem_cache_free(task_cache, t);
        return NULL;
    }
    refcount_init(&t->refs, 1);
    list_init(&t->link);
    sigqueue_init(&t->pending);
    wait_queue_init(&t->vfork_wait);
    t->altstack.flags = SS_DISABLE;
    t->syscall_nr = UINT64_MAX;
    t->start_ns = hal_time_ns();
    t->cred = cred;
    cred_get(cred);
    t->process = p;
    process_get(p);
    return t;
}

void task_discard(struct task *t)
{
    struct vm_space *s = t->space;

    if (t->user.space)
        hal_user_fini(&t->user);
    t->space = NULL;
    task_files_put(t);
    task_put(t);
    if (s)
        vm_space_put(s);
}

/* Load what user addresses mean for the thread.  Interrupts are masked. */
static void task_switch_in(struct thread *thread)
{
    vm_space_load(thread->space);
}

int task_attach_thread(struct task *t, const char *name, struct thread *inherit,
                       void (*entry)(void *))
{
    struct thread_params params = {
        .name = name,
        .entry = entry,
        .arg = t,
        .on_switch_in = task_switch_in,
        .owner = t,
        .inherit = inherit,
    };
    int err = thread_create(&params, &t->thread);

    if (!err)
        t->thread->space = t->space;
    return err;
}

struct vm_space *task_switch_space(struct task *t, struct vm_space *s)
{
    struct vm_space *old = t->space;

    kassert(t == task_current());
    t->space = s;
    vm_thread_set_space(s);
    return old;
}

/* ---- publication ---- */

void task_link_locked(struct task *t, struct pid *number)
{
    struct process *p = t->process;

    kassert(spin_held(&proc_tree_lock) && spin_held(&p->signal_lock));
    number->task = t;
    t->tid = number->nr;
    if (t->thread)
        t->thread->id = (uint32_t)number->nr;
    list_add_tail(&t->link, &p->tasks);
    p->task_count++;
    atomic_inc(&p->live);
    if (!p->leader) {
        p->leader = t;
        p->pid = number->nr;
        number->process = p;
        atomic_inc(&process_total);
    }
    atomic_inc(&proc_task_total);
    atomic_inc(&proc_fork_total);
}

void task_unlink_locked(struct task *t)
{
    struct pid *number = pid_lookup_locked(t->tid);

    kassert(spin_held(&proc_tree_lock) && spin_held(&t->process->signal_lock));
    kassert(number && number->task == t);
    number->task = NULL;
    list_del(&t->link);
    pid_release_locked(number);
    atomic_dec(&proc_task_total);
}

void process_set_parent_locked(struct process *p, struct process *parent)
{
    p->parent = parent;
    atomic_store_relaxed(&p->ppid, parent->pid);
}

void process_unlink_locked(struct process *p, struct list_node *dead)
{
    struct pid *number = pid_lookup_locked(p->pid);

    kassert(p->zombie && !p->reaped && number && number->process == p);
    p->reaped = true;
    list_move_tail(&p->sibling, dead);
    group_leave_locked(p);
    p->reaped_session = session_leave_locked(p);
    number->process = NULL;
    atomic_dec(&process_total);
    spin_lock(&p->signal_lock);
    p->reaped_leader = p->leader;
    p->leader = NULL;
    task_unlink_locked(p->reaped_leader);
    spin_unlock(&p->signal_lock);
}

void process_forget(struct list_node *dead)
{
    struct process *p, *next;

    list_for_each_entry_safe (p, next, dead, sibling) {
        list_del(&p->sibling);
        if (p->reaped_session)
            session_put(p->reaped_session);
        task_put(p->reaped_leader);
        process_put(p);
    }
}

/* ---- look-ups ---- */

struct process *process_find(int32_t pid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *number = pid_lookup_locked(pid);
    struct process *p = number ? number->process : NULL;

    if (p)
        process_get(p);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return p;
}

struct task *task_find(int32_t tid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *number = pid_lookup_locked(tid);
    struct task *t = number ? number->task : NULL;

    if (t)
        task_get(t);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return t;
}

struct process *process_next(int32_t pid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct pid *number = pid_next_locked(pid);
    struct process *p;

    while (number && !number->process)
        number = pid_next_locked(number->nr + 1);
    p = number ? number->process : NULL;
    if (p)
        process_get(p);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return p;
}

struct task *task_next(struct process *p, int32_t tid)
{
    struct task *t, *best = NULL;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    list_for_each_entry (t, &p->tasks, link) {
        if (t->tid >= tid && (!best || t->tid < best->tid))
            best = t;
    }
    if (best)
        task_get(best);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return best;
}

uint32_t process_count(void)
{
    return atomic_load_relaxed(&process_total);
}

uint32_t proc_forks(void)
{
    return atomic_load_relaxed(&proc_fork_total);
}

int32_t proc_last_pid(void)
{
    return pid_last();
}

uint32_t proc_task_limit(void)
{
    return task_limit;
}

/* ---- start ---- */

void proc_set_hooks(const struct proc_hooks *hooks)
{
    proc_hooks = hooks;
}

static void task_limit_set(void)
{
    struct frame_stats stats;
    uint64_t stack_frames = hal_bootinfo()->kstack_bytes / PAGE_SIZE;

    frame_stats(&stats);
    task_limit = (uint32_t)CLAMP(stats.total / (TASK_MEMORY_SHARE * stack_frames),
                                 UINT64_C(32), (uint64_t)PROC_PID_MAX - PID_RESERVED);
}

void proc_init(void)
{
    process_cache = kmem_cache_create("process", sizeof(struct process), 64);
    task_cache = kmem_cache_create("task", sizeof(struct task), 64);
    if (!process_cache || !task_cache)
        kpanic("proc: no memory for its caches");
    task_limit_set();
    pid_init();
    signal_init();
    proc_kernel = process_alloc();
    if (!proc_kernel || !(proc_kernel->sighand = sighand_alloc()))
        kpanic("proc: no memory for process 0");
    proc_kernel->is_init = true;
    proc_kernel->kernel = true;
    lib_strlcpy(proc_kernel->comm, "kernel", sizeof(proc_kernel->comm));
    proc_init_process = proc_kernel;
    group_init();
    futex_init();
    oom_init();
}
