/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: actions, masks, queues, sending and taking.  task.h has the plain senders.
 *
 * Owner:   actions belong to struct sighand, shared by CLONE_SIGHAND; queued siginfo to the
 *          queue it is on.
 * Context: sending in any; taking and delivering in the task itself.
 * Locking: process.signal_lock; sighand.lock inside it covers the actions, because two
 *          processes may share them.
 * Errors:  0 or -errno; -EAGAIN when RLIMIT_SIGPENDING is reached by a queued signal.
 */
#ifndef CLOUDOS_PROC_SIGNAL_H
#define CLOUDOS_PROC_SIGNAL_H

#include "abi/signal.h"
#include "proc/task.h"

struct sighand {
    struct refcount refs;
    struct spinlock lock;
    struct abi_sigaction actions[ABI_SIGNAL_COUNT];
};

#define SIGNAL_MASK_ALL    UINT64_MAX
#define SIGNAL_MASK_KERNEL (ABI_SIGMASK(SIGKILL) | ABI_SIGMASK(SIGSTOP))
#define SIGNAL_MASK_STOP                                                                 \
    (ABI_SIGMASK(SIGSTOP) | ABI_SIGMASK(SIGTSTP) | ABI_SIGMASK(SIGTTIN) |                \
     ABI_SIGMASK(SIGTTOU))
/* Default action: nothing. */
#define SIGNAL_MASK_IGNORE                                                               \
    (ABI_SIGMASK(SIGCONT) | ABI_SIGMASK(SIGCHLD) | ABI_SIGMASK(SIGWINCH) |               \
     ABI_SIGMASK(SIGURG))
/* Default action: die with a core dump. */
#define SIGNAL_MASK_CORE                                                                 \
    (ABI_SIGMASK(SIGQUIT) | ABI_SIGMASK(SIGILL) | ABI_SIGMASK(SIGTRAP) |                 \
     ABI_SIGMASK(SIGABRT) | ABI_SIGMASK(SIGFPE) | ABI_SIGMASK(SIGSEGV) |                 \
     ABI_SIGMASK(SIGBUS) | ABI_SIGMASK(SIGSYS) | ABI_SIGMASK(SIGXCPU) |                  \
     ABI_SIGMASK(SIGXFSZ))

static inline bool signal_valid(int signo)
{
    return signo >= 1 && signo <= ABI_SIGNAL_COUNT;
}

/* ---- actions ---- */
struct abi_sigaction signal_action(struct process *p, int signo);
/* sigaction(2): `act` and `old` may be NULL.  -EINVAL. */
MUST_CHECK int signal_action_set(struct task *t, int signo,
                                 const struct abi_sigaction *act,
                                 struct abi_sigaction *old);
/* Which signals are ignored and which caught.  signal_lock held. */
void signal_action_sets(struct process *p, uint64_t *ignored, uint64_t *caught);

/* ---- the calling task's mask ---- */
void signal_mask_set(struct task *t, uint64_t mask);
/* sigprocmask(2): -EINVAL for another `how`. */
MUST_CHECK int signal_mask_change(struct task *t, int how, uint64_t set);
/* ppoll, pselect6, epoll_pwait, sigsuspend: use `mask` for the duration of a call.  pop: if
 * the call was interrupted, the old mask is put back only after the handler has run. */
void signal_mask_push(struct task *t, uint64_t mask);
void signal_mask_pop(struct task *t, bool interrupted);
/* The task blocks `signo`, or its process ignores it. */
bool signal_ignored(struct task *t, int signo);

/* sigaltstack(2) of the calling task: -EPERM on the stack, -EINVAL, -ENOMEM (too small). */
MUST_CHECK int signal_stack_set(struct task *t, const struct abi_stack *ss);
/* As sigaltstack(2) reports it. */
struct abi_stack signal_stack(const struct task *t);

/* ---- pending signals of the calling task ---- */
uint64_t signal_pending(struct task *t); /* its own and the process's, blocked or not */
/* Take the next pending one in `set`: its number with *info, or 0. */
int signal_take(struct task *t, uint64_t set, struct abi_siginfo *info);
/* sigtimedwait(2): signo, -EAGAIN at the deadline, -EINTR. */
MUST_CHECK int signal_wait(struct task *t, uint64_t set, uint64_t deadline_ns,
                           struct abi_siginfo *info);

/* rt_sigreturn(2): what the register of the result holds; on a bad frame the task has got
 * SIGSEGV. */
int64_t signal_return(struct task *t);

/* ---- sending ---- */
/* A signal of timer `id` that is pending for `t` (NULL: the process) has been overrun `more`
 * times: its siginfo says so, *total is the sum.  False: none is pending.  Any context. */
bool signal_timer_overrun(struct process *p, struct task *t, int32_t id, uint32_t more,
                          uint32_t *total);
/* siginfo of kill(2) (SI_USER) or tkill(2) (SI_TKILL) by the calling task. */
void signal_info_user(struct abi_siginfo *info, int signo, int code);
/* siginfo of the kernel itself (SI_KERNEL). */
void signal_info_kernel(struct abi_siginfo *info, int signo);
/* To the calling task, which cannot go on: not held up by a mask, not ignored. */
void signal_force(struct task *t, int signo, const struct abi_siginfo *info);
void signal_force_fault(struct task *t, int signo, int code, uint64_t addr);
/* kill(2): pid > 0, 0, -1, < -1; checks permission. */
MUST_CHECK int signal_kill(struct task *t, int32_t pid, int signo);
/* 0 or -EPERM: `t` may send `signo` to `p`. */
MUST_CHECK int signal_permitted(struct task *t, struct process *p, int signo);

/* signo and info by what has a number or is a process group, for callers that have no
 * permission to check: -ESRCH. */
MUST_CHECK int signal_send_session_leader(int32_t sid, int signo);

#endif /* CLOUDOS_PROC_SIGNAL_H */
