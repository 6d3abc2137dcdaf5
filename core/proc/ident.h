/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who a task acts as: changing credentials, and looking at those of others.
 *
 * Owner:   a task has a reference to its credentials; only it changes which ones.
 * Context: thread context.
 * Locking: signal_lock inside.
 * Errors:  -EAGAIN, -ENOMEM.
 */
#ifndef CLOUDOS_PROC_IDENT_H
#define CLOUDOS_PROC_IDENT_H

#include "proc/task.h"

/* Publish `c` as the calling task's; takes over the reference, also on failure.  The count of
 * its user's tasks moves with the real uid: -EAGAIN without memory. */
MUST_CHECK int task_cred_change(struct task *t, struct cred *c);
/* Leader and its credentials, with a reference; NULL when the process has been reaped. */
struct task *process_leader_get(struct process *p);
struct cred *process_cred_get(struct process *p);

#endif /* CLOUDOS_PROC_IDENT_H */
