/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that stand for a process: pidfd_open(2), CLONE_PIDFD.
 *
 * Owner:   the file holds a reference to the process.
 * Context: thread context.
 * Locking: none; the process's own.
 * Errors:  0, a descriptor, or -errno.
 */
#ifndef CLOUDOS_PROC_PIDFD_H
#define CLOUDOS_PROC_PIDFD_H

#include "lib/base.h"

struct file;
struct process;
struct task;

/* A new descriptor of the caller for `p`, close-on-exec; `flags`: O_NONBLOCK or 0. */
MUST_CHECK int pidfd_install(struct task *t, struct process *p, unsigned flags);
/* The process behind a descriptor of the caller, with a reference; *nonblock may be NULL.
 * -EBADF. */
MUST_CHECK int pidfd_lookup(struct task *t, int fd, struct process **out, bool *nonblock);

#endif /* CLOUDOS_PROC_PIDFD_H */
