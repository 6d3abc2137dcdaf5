/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this room share.  The protocol is told at the top of process.c.
 *
 * Owner:   proc.
 * Context: as each function says; _locked: proc_tree_lock held.
 * Locking: proc_tree_lock, then signal_lock, then sighand.lock, then wait queues.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_PROC_PROC_PRIV_H
#define CLOUDOS_PROC_PROC_PRIV_H

#include "lib/spinlock.h"
#include "proc/files.h"
#include "proc/fs.h"
#include "proc/group.h"
#include "proc/ident.h"
#include "proc/signal.h"
#include "proc/task.h"

extern struct spinlock proc_tree_lock;

/* ---- numbers: pid.c ---- */
#define PID_RESERVED 300 /* numbers below are given out once only */

/* A number in use: by a task, a process, a process group, a session, or several of these. */
struct pid {
    int32_t nr;
    struct task *task;       /* its tid */
    struct process *process; /* its pid, until it is reaped */
    struct list_node group;  /* struct process.pgrp_link */
    struct session *session; /* its sid; no reference */
};

void pid_init(void);
/* Take a free number (`want` 0) or `want`: -EAGAIN when there is none, -ENOMEM.  The number
 * is busy but nothing yet. */
MUST_CHECK int pid_alloc(int32_t want, struct pid **out);
/* The number if it is in use, or NULL. */
struct pid *pid_lookup_locked(int32_t nr);
/* The first one in use >= nr, or NULL. */
struct pid *pid_next_locked(int32_t nr);
/* Give the number back if nobody uses it any more. */
void pid_release_locked(struct pid *pid);
void pid_free(struct pid *pid); /* never published; takes the lock */
int32_t pid_last(void);

/* ---- groups and sessions: group.c ---- */
struct session {
    struct refcount refs;
    int32_t sid;
    struct tty *tty;          /* proc_tree_lock; a reference */
    struct list_node members; /* struct process.session_link; proc_tree_lock */
};
MUST_CHECK struct session *session_alloc(int32_t sid);
void session_get(struct session *s);
void session_put(struct session *s); /* thread context */
void group_join_locked(struct process *p, struct pid *group);
void group_leave_locked(struct process *p);
void session_join_locked(struct process *p,
                         struct session *s); /* takes over a reference */
/* ... and gives it back. */
struct session *session_leave_locked(struct process *p);
/* `pgid` is orphaned, or would be without `ignored` (may be NULL). */
bool group_orphaned_locked(int32_t pgid, const struct process *ignored);
/* `p` goes, or gets another parent: if that orphans its group, or `child`'s, and a member is
 * stopped, SIGHUP and SIGCONT. */
void group_check_orphan_locked(struct process *p, struct process *parent, bool p_exits);
/* The leader of a session exits: its terminal goes.  Thread context. */
void session_leader_exit(struct process *p);
void group_init(void); /* job control for tty */

/* ---- users: user.c ---- */
struct user_account {
    struct list_node link;
    uint32_t uid;
    uint32_t tasks;
};
MUST_CHECK struct user_account *user_account_get(uint32_t uid); /* and count one task */
void user_account_put(struct user_account *u);
uint32_t user_account_tasks(const struct user_account *u);

/* ---- objects: process.c ---- */
/* proc is the kernel itself (pid 0): parent of process 1. */
extern struct process *proc_kernel;
extern struct process
    *proc_init_process; /* adopts orphans; proc_kernel until there is one */
MUST_CHECK struct process *process_alloc(void);
MUST_CHECK struct task *task_alloc(struct process *p, struct cred *cred);
/* A task that has never been published: drop what it holds. */
void task_discard(struct task *t);
MUST_CHECK int task_attach_thread(struct task *t, const char *name,
                                  struct thread *inherit, void (*entry)(void *));
uint32_t proc_task_limit(void);  /* most tasks this machine takes */
extern uint32_t proc_task_total; /* atomic: tasks that have numbers */
extern uint32_t proc_fork_total; /* atomic */
extern const struct proc_hooks *proc_hooks;

/* Publish a new task (and its process, when it is the leader): proc_tree_lock and signal_lock
 * of its process held. */
void task_link_locked(struct task *t, struct pid *number);
/* Take a task out of the list and table; the caller drops the reference afterwards. */
void task_unlink_locked(struct task *t);
void process_set_parent_locked(struct process *p, struct process *parent);
/* Take a dead process out of everything and put it on `dead` (by its sibling link). */
void process_unlink_locked(struct process *p, struct list_node *dead);
/* After the lock: drop what those processes leave. */
void process_forget(struct list_node *dead);

/* ---- running ---- */
_Noreturn void task_loop(struct task *t);
void task_thread_entry(void *arg); /* the first steps of a cloned task */
/* Switch the calling task to `s` (takes over the reference); returns the old one. */
struct vm_space *task_switch_space(struct task *t, struct vm_space *s);

/* ---- exit and wait: exit.c, wait.c ---- */
/* The calling task leaves memory (exit, exec): tid cleared, vfork parent released. */
void task_release_memory(struct task *t);
_Noreturn void task_exit(int status);
/* Make every other task of the process go and wait for it; the caller becomes leader.
 * -EAGAIN: the process is being killed. */
MUST_CHECK int proc_single_out(struct task *t);
/* Tell the parent that `p` stopped or went on, if it has not been told. */
void proc_report_stop(struct process *p);
/* Tell the parent that `p` has become a zombie.  True: nobody will wait, reap it. */
bool proc_notify_exit_locked(struct process *p);
/* What SIGCHLD and waitid(2) say about a zombie. */
void proc_exit_info(struct process *p, struct abi_siginfo *info);
/* CPU time of a task that exits goes to its process (signal_lock held), that of a zombie to the
 * parent that has waited for it. */
void process_times_bury(struct process *p, struct task *t);
void process_times_inherit_locked(struct process *parent, struct process *child);

/* ---- signals ---- */
void signal_init(void);
MUST_CHECK struct sighand *sighand_alloc(void);
MUST_CHECK struct sighand *sighand_copy(struct sighand *from);
void sighand_get(struct sighand *h);
void sighand_put(struct sighand *h);
void sigqueue_init(struct sigqueue_set *q);
/* Drop the signals of `mask`; the charge is p's.  signal_lock held (or p is unpublished). */
void sigqueue_flush(struct process *p, struct sigqueue_set *q, uint64_t mask);
/* Add to a queue.  -EAGAIN: no siginfo may be queued and the signal may not go without. */
MUST_CHECK int sigqueue_add(struct process *p, struct sigqueue_set *q, int signo,
                            const struct abi_siginfo *info);
/* Take the next one in `allowed`: number or 0. */
int sigqueue_take(struct process *p, struct sigqueue_set *q, uint64_t allowed,
                  struct abi_siginfo *info);
/* signal_lock held. */
MUST_CHECK int signal_send_locked(struct process *p, struct task *t, int signo,
                                  const struct abi_siginfo *info);
void signal_kill_others_locked(struct process *p, const struct task *except);
/* Look again whether `t` (the caller) has something to deliver. */
void signal_recalc_locked(struct task *t);
/* Process-wide signals that `t` will not take now: wake others who may. */
void signal_retarget_locked(struct process *p, struct task *t, uint64_t set);
/* Some action is to be seen before user code runs: deliver, stop or die. */
void signal_deliver(struct task *t);
/* Job control; signal_lock held.  cancel: SIGCONT, or death: `report` says which. */
void signal_stop_cancel_locked(struct process *p, bool report);
/* `t` has taken stop signal `signo`: everybody shall stop, if no SIGCONT came since. */
void signal_stop_begin_locked(struct task *t, int signo);
/* `t` will not stop any more, because it exits. */
void signal_stop_leave_locked(struct task *t);
/* Stop the calling task until it is told to go on.  No lock held. */
void signal_stop_here(struct task *t);
/* A handler is to run for *info. */
void signal_frame_push(struct task *t, const struct abi_sigaction *action,
                       const struct abi_siginfo *info);
void signal_action_reset(struct process *p, int signo);
/* A signal with this action is thrown away. */
bool signal_action_ignores(const struct abi_sigaction *a, int signo);
/* exec: handlers to default, ignored stay. */
void signal_exec_reset(struct process *p);

/* ---- credentials: info.c ---- */
/* Publish `c` (takes over the reference) as the calling task's; its real uid is the same. */
void task_cred_set(struct task *t, struct cred *c);

/* ---- the rest ---- */
/* RLIMIT_CPU: now and then, when an interrupt has ended user mode. */

#endif /* CLOUDOS_PROC_PROC_PRIV_H */
