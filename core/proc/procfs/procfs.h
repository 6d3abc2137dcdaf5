/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proc filesystem: proc(5).
 *
 * Owner:   proc; registered as filesystem type "proc" at boot.
 * Context: boot, CPU 0.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_PROC_PROCFS_PROCFS_H
#define CLOUDOS_PROC_PROCFS_PROCFS_H

#include "lib/attr.h"

struct file;
struct process;

void procfs_init(void);

/* The process that `f` is the directory of, /proc/PID, with a reference.  -EBADF if it is something
 * else, -ESRCH if the process has gone. */
MUST_CHECK int procfs_process_of(struct file *f, struct process **out);

#endif /* CLOUDOS_PROC_PROCFS_PROCFS_H */
