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

void procfs_init(void);

#endif /* CLOUDOS_PROC_PROCFS_PROCFS_H */
