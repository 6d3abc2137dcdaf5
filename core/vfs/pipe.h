/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and FIFOs: a ring of pages between those who write and those who read.
 *
 * Owner:   the inode, while some open file uses it.
 * Context: thread context, may sleep.
 * Locking: pipe.lock (mutex) covers the ring and is held while user memory is copied; inode.lock
 *          covers that a pipe comes and goes; order: inode.lock, pipe.lock.  `used` and the
 *          counts may be looked at without it by those who will look again.
 * Errors:  -EPIPE (the system call sends SIGPIPE), -EAGAIN, -ERESTARTSYS, -EFAULT.
 */
#ifndef CLOUDOS_VFS_PIPE_H
#define CLOUDOS_VFS_PIPE_H

#include "vfs/file.h"

#define PIPE_ATOMIC        4096u /* PIPE_BUF */
#define PIPE_PAGES_DEFAULT 16u
#define PIPE_BYTES_MAX     (1u << 20)

/* `flags`: O_CLOEXEC is the caller's, O_NONBLOCK and O_DIRECT (packets) ours.  ends[0] reads,
 * ends[1] writes. */
MUST_CHECK int pipe_create(uint32_t flags, struct file *ends[2]);
bool file_is_pipe(const struct file *f);
/* F_GETPIPE_SZ and F_SETPIPE_SZ: the new size, -EBUSY, -EPERM, -EBADF. */
MUST_CHECK int64_t pipe_size(struct file *f);
MUST_CHECK int64_t pipe_resize(struct file *f, uint64_t bytes, bool privileged);
/* Copy up to `len` bytes from the front without taking them: tee(2).  Waits for the first like
 * a read, unless `nonblock`. */
MUST_CHECK int64_t pipe_peek(struct file *f, void *buf, size_t len, bool nonblock);
/* Bytes that a write would take now; waits for the first, unless `nonblock`.  -EPIPE. */
MUST_CHECK int64_t pipe_room_wait(struct file *f, bool nonblock);

#endif /* CLOUDOS_VFS_PIPE_H */
