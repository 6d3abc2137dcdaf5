/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Root, current directory and umask of a task, shared by CLONE_FS.
 *
 * Owner:   reference counted; each task that shares one holds a reference.
 * Context: thread context.
 * Locking: fs_share.lock covers the context; paths are put outside it, since that may sleep.
 * Errors:  -ENOMEM.
 */
#ifndef CLOUDOS_PROC_FS_H
#define CLOUDOS_PROC_FS_H

#include "lib/refcount.h"
#include "lib/spinlock.h"
#include "vfs/path.h"

struct task;

struct fs_share {
    struct refcount refs;
    struct spinlock lock;
    struct vfs_path root, cwd;
    uint32_t umask;
};

/* A copy of `from`, whose paths are kept (references of its own are taken). */
MUST_CHECK int fs_share_create(const struct vfs_context *from, struct fs_share **out);
MUST_CHECK int fs_share_copy(struct fs_share *from, struct fs_share **out);
void fs_share_get(struct fs_share *fs);
void fs_share_put(struct fs_share *fs);
bool fs_is_shared(struct fs_share *fs);

/* chdir, chroot, umask of the calling task; `p` gets references of its own. */
void task_fs_set_cwd(struct task *t, const struct vfs_path *p);
void task_fs_set_root(struct task *t, const struct vfs_path *p);
uint32_t task_fs_set_umask(struct task *t, uint32_t umask); /* the old one */

#endif /* CLOUDOS_PROC_FS_H */
