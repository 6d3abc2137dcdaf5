/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replacing the program of a process.
 *
 * Owner:   proc.
 * Context: thread context of the task that becomes the program.
 * Locking: none held.
 * Errors:  -ENOENT, -EACCES, -ENOEXEC, -ENOMEM, -E2BIG, -EFAULT, -ELOOP ...; after an error
 *          the old program goes on unharmed (or the process is being killed: -EAGAIN).
 */
#ifndef CLOUDOS_PROC_EXEC_H
#define CLOUDOS_PROC_EXEC_H

#include "vfs/path.h"

struct task;
struct file;

/* Open a program: a regular file that may be executed.  `at` and `flags` as for vfs_walk(). */
MUST_CHECK int exec_open(struct task *t, const struct vfs_path *at, const char *path,
                         unsigned flags, struct file **out);
/* proc_exec() with arguments from kernel memory, by name. */
MUST_CHECK int proc_exec_kernel(struct task *t, const char *path, const char *const *argv,
                                const char *const *envp);

#endif /* CLOUDOS_PROC_EXEC_H */
