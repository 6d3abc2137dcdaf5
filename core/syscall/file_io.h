/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What calls that write to files have in common.
 *
 * Owner:   syscall.
 * Context: thread context of the calling task.
 * Locking: none.
 * Errors:  the result given.
 */
#ifndef CLOUDOS_SYSCALL_FILE_IO_H
#define CLOUDOS_SYSCALL_FILE_IO_H

#include "vfs/file.h"

struct task;

/* The result of a write: EPIPE of a pipe or socket comes with SIGPIPE. */
int64_t file_io_result(struct task *t, struct file *f, int64_t n);

#endif /* CLOUDOS_SYSCALL_FILE_IO_H */
