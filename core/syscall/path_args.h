/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths as arguments of calls: the text, the directory that it starts at, who asks.
 *
 *     struct path_args p;
 *     int err = path_args_begin(&p, t, dirfd, upath);
 *     if (!err) {
 *         err = vfs_mkdir(&p.ctx, p.at, p.path, mode);
 *         path_args_end(&p);
 *     }
 *
 * Owner:   the caller, on its stack.
 * Context: thread context of the calling task.
 * Locking: none.
 * Errors:  -EFAULT, -ENAMETOOLONG, -EBADF, -ENOMEM; on failure there is nothing to end.
 */
#ifndef CLOUDOS_SYSCALL_PATH_ARGS_H
#define CLOUDOS_SYSCALL_PATH_ARGS_H

#include "vfs/file.h"
#include "vfs/path.h"

struct task;

struct path_args {
    struct vfs_context ctx;
    const struct vfs_path *at; /* NULL: the current directory */
    struct file *dir;          /* what `at` belongs to */
    char *path;
};

MUST_CHECK int path_args_begin(struct path_args *p, struct task *t, int dirfd,
                               uint64_t upath);
/* A second pair (rename, link) that shares the context of the first, which ends after it. */
MUST_CHECK int path_args_begin_second(struct path_args *p, const struct path_args *first,
                                      struct task *t, int dirfd, uint64_t upath);
void path_args_end(struct path_args *p);
void path_args_end_second(struct path_args *p);
/* What the path names, with a reference.  at_flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
MUST_CHECK int path_args_walk(struct task *t, int dirfd, uint64_t upath,
                              uint32_t at_flags, struct vfs_path *out);
/* A string of a program up to VFS_PATH_MAX in heap memory; kfree() it. */
MUST_CHECK int user_string_get(uint64_t va, char **out);

#endif /* CLOUDOS_SYSCALL_PATH_ARGS_H */
