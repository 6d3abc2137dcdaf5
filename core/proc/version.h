/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What uname(2) says.  The release is that of the Linux ABI that programs may expect: the C
 * library refuses to start on a kernel that is too old.
 *
 * Owner:   proc.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_PROC_VERSION_H
#define CLOUDOS_PROC_VERSION_H

#define KERNEL_SYSNAME "Linux"
#define KERNEL_RELEASE "6.1.0-cloudos"
#define KERNEL_VERSION "#1 SMP PREEMPT CloudOS 0.1"

#endif /* CLOUDOS_PROC_VERSION_H */
