/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children: wait4(2) and waitid(2).
 *
 * Owner:   proc; the request and its result belong to the caller.
 * Context: thread context of a task; sleeps.
 * Locking: proc_tree_lock inside.
 * Errors:  -ECHILD, -ERESTARTSYS.
 */
#ifndef CLOUDOS_PROC_WAIT_H
#define CLOUDOS_PROC_WAIT_H

#include "abi/resource.h"
#include "abi/signal.h"
#include "proc/task.h"

enum wait_who { WAIT_ANY, WAIT_PID, WAIT_PGID, WAIT_PROCESS };

struct wait_request {
    enum wait_who who;
    int32_t id;              /* WAIT_PID, WAIT_PGID */
    struct process *process; /* WAIT_PROCESS; the caller's reference */
    uint32_t options;        /* W* of abi/wait.h; WEXITED is not implied */
};

struct wait_result {
    int32_t pid;             /* 0: WNOHANG and nothing to report */
    int status;              /* as wait4(2) stores it */
    struct abi_siginfo info; /* as waitid(2) stores it */
    struct abi_rusage usage;
};

MUST_CHECK int proc_wait_child(struct task *t, const struct wait_request *r,
                               struct wait_result *out);

/* getrusage(2) of the calling task's process, its dead children, or the task alone. */
MUST_CHECK int proc_usage(struct task *t, int who, struct abi_rusage *out);

#endif /* CLOUDOS_PROC_WAIT_H */
