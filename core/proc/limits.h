/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits of a process: prlimit(2).
 *
 * Owner:   proc.
 * Context: thread context of a task.
 * Locking: p's signal_lock inside.
 * Errors:  -EINVAL, -EPERM.
 */
#ifndef CLOUDOS_PROC_LIMITS_H
#define CLOUDOS_PROC_LIMITS_H

#include "proc/task.h"

/* Read and replace; `new` and `old` may be NULL.  `t` asks, the caller has checked that it may
 * look at `p`. */
MUST_CHECK int limits_change(struct task *t, struct process *p, unsigned resource,
                             const struct abi_rlimit *new, struct abi_rlimit *old);

/* RLIMIT_CPU: SIGXCPU or SIGKILL when it is used up.  Any context. */
void proc_check_cpu_limit(struct task *t);

#endif /* CLOUDOS_PROC_LIMITS_H */
