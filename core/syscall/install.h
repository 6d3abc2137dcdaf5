/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving a new file to the calling process.
 *
 * Owner:   syscall.
 * Context: thread context of the calling task.
 * Locking: none.
 * Errors:  -EMFILE.
 */
#ifndef CLOUDOS_SYSCALL_INSTALL_H
#define CLOUDOS_SYSCALL_INSTALL_H

#include "lib/base.h"

struct file;
struct task;

/* The lowest free descriptor, close-on-exec with O_CLOEXEC in `flags`; takes over the caller's
 * reference, also on failure. */
MUST_CHECK int64_t syscall_install(struct task *t, struct file *f, uint32_t flags);

#endif /* CLOUDOS_SYSCALL_INSTALL_H */
