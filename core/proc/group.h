/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process groups and sessions as calls see them.
 *
 * Owner:   proc.
 * Context: thread context of a task.
 * Locking: proc_tree_lock inside.
 * Errors:  those of setpgid(2), setsid(2), getpgid(2).
 */
#ifndef CLOUDOS_PROC_GROUP_H
#define CLOUDOS_PROC_GROUP_H

#include "lib/base.h"

struct task;

MUST_CHECK int group_set(struct task *t, int32_t pid, int32_t pgid); /* setpgid(2) */
MUST_CHECK int session_create(struct task *t); /* setsid(2): its number */
/* Group (or session) of the process or task with number `pid`: -ESRCH. */
MUST_CHECK int32_t group_of(int32_t pid, bool session);

#endif /* CLOUDOS_PROC_GROUP_H */
