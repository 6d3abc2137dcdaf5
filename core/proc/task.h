/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and their threads (tasks).  The protocol is told at the top of process.c.
 *
 * Owner:   a process lives until its parent has waited for it; a task until it has exited
 *          (the leader: as long as its process).  Both are reference counted for lookups.
 * Context: thread context unless said otherwise.
 * Locking: proc_tree_lock (spinlock, irqsave) covers parent/child links, groups, sessions and
 *          the table of numbers; process.signal_lock (spinlock, irqsave) covers signals, the
 *          thread list and the pointers to what the process owns; order: proc_tree_lock, then
 *          signal_lock.  A field that names no lock is set before the object is published or
 *          is touched by the task itself only.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_PROC_TASK_H
#define CLOUDOS_PROC_TASK_H

#include "abi/resource.h"
#include "abi/signal.h"
#include "hal/hal.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/wait.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vm/space.h"

struct fs_share;
struct process;
struct session;
struct sighand;
struct task;
struct tty;
struct user_account;

/* A call that was interrupted and goes on in restart_syscall(2). */
struct restart_block {
    int64_t (*fn)(struct task *t);
    uint64_t arg[6];
};

/* Under signal_lock. */
struct sigqueue_set {
    uint64_t pending;       /* bit signo - 1 */
    struct list_node queue; /* struct sigqueue with their siginfo */
};

struct task {
    struct refcount refs;
    struct thread *thread;
    struct process *process; /* a reference */
    int32_t tid;           /* proc_tree_lock; changes only when exec takes the leader's */
    struct list_node link; /* process.tasks; signal_lock */
    struct hal_user user;
    struct vm_space *space;       /* what it runs in; its own reference */
    struct fd_table *fds;         /* signal_lock; NULL when it has exited: proc/files.h */
    struct fs_share *fs;          /* root, cwd, umask; likewise: proc/fs.h */
    struct cred *cred;            /* changed by the task itself, under signal_lock */
    struct user_account *account; /* of cred->uid: counts its tasks */

    /* signal_lock; written by the task itself */
    uint64_t blocked, saved_blocked;
    uint64_t real_blocked; /* what is really blocked while sigtimedwait waits, else 0 */
    bool restore_blocked;  /* sigsuspend, ppoll: put saved_blocked back after delivery */
    struct sigqueue_set pending; /* signal_lock */
    bool stop_taken; /* signal_lock: has a stop signal in hand, no SIGCONT since */
    bool stop_pending, stopped; /* signal_lock: takes part in a group stop */
    bool exiting;               /* signal_lock: no signal is given to it any more */
    bool dead; /* proc_tree_lock and signal_lock: has left process.task_count */

    struct abi_stack altstack;
    struct restart_block restart;
    uint64_t fault_addr, fault_err, fault_trapno; /* of the last fault, for sigcontext */
    uint64_t set_child_tid;   /* user address to store tid at, first thing; 0: none */
    uint64_t clear_child_tid; /* user address, 0: none */
    uint64_t robust_list;
    uint64_t robust_len;
    uint64_t pdeath_signal; /* proc_tree_lock */
    int32_t exit_code;      /* wait status */
    uint64_t start_ns;
    struct wait_queue vfork_wait; /* the parent of a vfork sleeps here ... */
    bool vfork_pending;           /* ... until this is false; atomic */
    uint32_t strace_state;        /* flags of syscall/strace.c */
    uint64_t syscall_nr;          /* the call being executed, UINT64_MAX: none */
    void *futex;                  /* futex.c: PI state */
    void *start_arg;              /* of the thread's first function: spawn.c */
};

struct process {
    struct refcount refs;
    int32_t pid;
    struct process *parent; /* proc_tree_lock; NULL for the kernel itself only */
    int32_t ppid;           /* its number; atomic, changes under proc_tree_lock */
    struct list_node children, sibling; /* proc_tree_lock */
    struct list_node tasks;             /* struct task.link, leader first; signal_lock */
    uint32_t task_count; /* alive; signal_lock and, to change, proc_tree_lock */
    uint32_t live;       /* have not begun to exit; atomic */
    struct task *leader; /* signal_lock; NULL only before the first and after the last */
    int32_t pgid, sid;   /* proc_tree_lock */
    struct session *session;                  /* proc_tree_lock; a reference */
    struct list_node pgrp_link, session_link; /* proc_tree_lock */

    struct vm_space *space; /* signal_lock; NULL for kernel processes and zombies */
    char comm[16];

    struct spinlock signal_lock;
    struct sigqueue_set pending;   /* to the process as a whole */
    struct sighand *sighand;       /* actions; shared by CLONE_SIGHAND: proc/signal.h */
    uint32_t sigqueue_count;       /* queued siginfos, of tasks too */
    struct wait_queue signal_wait; /* signalfd: woken when a signal is queued */

    /* signal_lock */
    bool stop_pending;             /* some tasks still have to stop */
    uint32_t stop_count;           /* how many */
    bool stopped, continued;       /* what wait4 reports, with stop_signal */
    bool stop_report, cont_report; /* the parent has not been told yet */
    struct wait_queue stop_wait;   /* stopped tasks sleep here */
    bool group_exit;               /* all tasks have to go, with exit_code */
    struct task *exec_task;        /* all but this one have to go */
    struct wait_queue exec_wait;   /* where it waits for that */
    int32_t stop_signal, exit_code;

    bool zombie, reaped;        /* proc_tree_lock */
    struct task *reaped_leader; /* what process_forget() drops; the reaper's */
    struct session *reaped_session;
    bool unkillable;   /* a program that is process 1: only signals with a handler */
    bool kernel;       /* no user program: reaps its children by itself */
    bool kernel_waits; /* proc_wait() takes it: not reaped by anybody else */
    bool dumpable, child_subreaper, is_init, did_exec; /* atomic: single bytes */
    int32_t exit_signal;                               /* proc_tree_lock */
    struct wait_queue child_wait; /* wait4 of this process sleeps here */
    struct wait_queue exit_wait;  /* pidfd: woken when this becomes a zombie */
    struct abi_rlimit rlimits[ABI_RLIM_COUNT]; /* signal_lock to change */
    struct thread_times dead_threads;          /* signal_lock: of exited tasks */
    struct thread_times dead_children;     /* proc_tree_lock: of waited-for children */
    uint64_t minflt, majflt, maxrss_pages; /* taken when the space went; signal_lock */
    uint64_t children_minflt, children_majflt, children_maxrss; /* proc_tree_lock */
    uint64_t start_ns;
    int32_t oom_score_adj;      /* -1000..1000, as proc(5) says */
    uint64_t cpu_limit_next_ns; /* RLIMIT_CPU: the next SIGXCPU; signal_lock */
    struct timer real_timer;    /* setitimer */
    uint64_t real_interval_ns;
    void *itimers; /* sys_time.c: VIRTUAL, PROF, POSIX timers */
    uint32_t personality;
    uint64_t timer_slack_ns;
};

struct task *task_current(void);           /* NULL in a kernel thread */
struct process *process_find(int32_t pid); /* with a reference, or NULL */
struct task *task_find(int32_t tid);       /* with a reference, or NULL */
void process_get(struct process *p);
void process_put(struct process *p);
void task_get(struct task *t);
void task_put(struct task *t);
/* Next live process with pid >= `pid`, with a reference, or NULL. For /proc. */
struct process *process_next(int32_t pid);
/* Next task of `p` with tid >= `tid`, with a reference, or NULL. */
struct task *task_next(struct process *p, int32_t tid);
uint32_t process_count(void);

/* ---- for /proc and others that look at a process they hold a reference to ---- */
#define PROC_PID_MAX 32768
uint32_t proc_forks(void); /* tasks created since boot */
int32_t proc_last_pid(void);
void process_ids(struct process *p, int32_t *ppid, int32_t *pgid, int32_t *sid);
/* Number of the controlling terminal, 0 for none; *foreground_pgid is -1 then. */
uint64_t process_tty(struct process *p, int32_t *foreground_pgid);
/* CPU time of all its tasks, exited ones included. */
void process_times(struct process *p, struct thread_times *out);
/* With a reference, or NULL when it has exited (or is a kernel process). */
struct vm_space *process_space_get(struct process *p);
struct cred *task_cred_get(struct task *t); /* never NULL */
void task_set_comm(struct task *t, const char *name);

/* What the calling task's path walks start from; lock-free snapshot with references taken and
 * put by the pair. */
void task_fs_get(struct task *t, struct vfs_context *out);
void task_fs_put(struct vfs_context *ctx);

/* ---- creation, exec, exit ---- */
struct clone_args {
    uint64_t flags;      /* ABI_CLONE_* without the signal */
    uint64_t stack, tls; /* stack: the initial stack pointer, 0: the parent's */
    uint64_t parent_tid, child_tid, pidfd; /* user addresses */
    int exit_signal;
};
MUST_CHECK int64_t proc_clone(struct task *t,
                              const struct clone_args *args); /* child's tid */
/* Replace the program; does not return an error after the point of no return (kills). */
MUST_CHECK int proc_exec(struct task *t, struct file *program, const char *path,
                         uint64_t argv, uint64_t envp);
_Noreturn void proc_exit_task(int code); /* exit(2): 0..255 */
_Noreturn void
proc_exit_group(int status); /* exit_group(2), fatal signals: wait status */
/* The first user process.  All pointers are kernel memory and may go away after the call. */
struct proc_spawn_args {
    const char *path;
    const char *const *argv; /* NULL-terminated */
    const char *const *envp;
    struct file *stdio[3];        /* descriptors 0, 1, 2 */
    const struct vfs_context *fs; /* root, cwd, umask to start with */
    bool controlling_tty;         /* stdio[0] becomes the session's terminal */
    bool as_init; /* is process 1, instead of a child of the kernel's init */
};
MUST_CHECK int proc_spawn(const struct proc_spawn_args *args, int32_t *pid);
/* Whether HAL_TRAP patches of call sites are carried out (default: yes). */
void proc_set_text_patching(bool on);
/* Wait for `pid` to end: its wait status. */
MUST_CHECK int proc_wait(int32_t pid, int *status);
/* Kill every process but number 1 and wait for their end; how many are left at the timeout. */
unsigned proc_end_all(uint64_t timeout_ns);
void proc_init(void);

/* ---- signals: proc/signal.h has the rest ---- */
/* Any context; 0 also when it is ignored.  -EAGAIN: RLIMIT_SIGPENDING.  info NULL: the
 * kernel sends it. */
int signal_send_process(struct process *p, int signo, const struct abi_siginfo *info);
int signal_send_task(struct task *t, int signo, const struct abi_siginfo *info);
int signal_send_pgrp(int32_t pgid, int signo, const struct abi_siginfo *info);
uint64_t task_rlimit(const struct task *t, unsigned resource); /* soft limit */

/* What rooms to the right keep in a process; called when the last task exits, in its context,
 * and at exec for what exec ends (POSIX timers). */
struct proc_hooks {
    void (*exit)(struct process *p);
    void (*exec)(struct process *p);
};
void proc_set_hooks(const struct proc_hooks *hooks);

#endif /* CLOUDOS_PROC_TASK_H */
