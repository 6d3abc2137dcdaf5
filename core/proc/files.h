/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A task's descriptors and directories, which clone(2) shares or copies.
 *
 * Owner:   each task holds a reference to its own of both until it exits; only the task itself
 *          says which they are.
 * Context: thread context.
 * Locking: process.signal_lock for the pointers; what they point to is put outside it.
 * Errors:  -ENOMEM.
 */
#ifndef CLOUDOS_PROC_FILES_H
#define CLOUDOS_PROC_FILES_H

#include "lib/base.h"

struct fd_table;
struct task;

/* Give a new task those of `from`, or copies, as ABI_CLONE_FS and ABI_CLONE_FILES say.  What it
 * got before an error goes with task_files_put(). */
MUST_CHECK int task_files_copy(struct task *from, struct task *to, uint64_t flags);
void task_files_put(struct task *t);
/* Of any task, with a reference; NULL when it has exited. */
struct fd_table *task_fds_get(struct task *t);

/* The calling task's.  Replace takes over the reference and hands out the old one. */
struct fd_table *task_fds_replace(struct task *t, struct fd_table *fds);
/* Whether anybody but threads of the same process has the table. */
bool task_fds_shared_outside(struct task *t);
MUST_CHECK int task_fds_unshare(struct task *t);
MUST_CHECK int task_fs_unshare(struct task *t);

#endif /* CLOUDOS_PROC_FILES_H */
