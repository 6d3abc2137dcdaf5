/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of vfs know of each other: boot steps and shared helpers.
 *
 * Owner:   vfs.
 * Context: boot, or thread context.
 * Locking: none.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VFS_FILE_PRIV_H
#define CLOUDOS_VFS_FILE_PRIV_H

#include "vfs/file.h"

struct mount;

void file_init(void);
void lock_init(void);
void anon_init(void);
void tmpfs_init(void);
void devfs_init(void);
void dev_mem_init(void);
void dev_kmsg_init(void);

/* The inode and dentry of files without a name: a reference to each. */
MUST_CHECK int anon_inode_create(const char *name, uint32_t mode, struct inode **inode,
                                 struct vfs_path *path);
/* A file on an inode and path that exist; takes references. */
MUST_CHECK int file_on_inode(const struct file_ops *ops, struct inode *inode,
                             const struct vfs_path *path, uint32_t flags,
                             struct file **out);

/* Turn a path into an open file: rights for `access` (4 read, 2 write, 1 execute) were checked.
 * Takes its own references. */
MUST_CHECK int file_open_path(const struct vfs_context *ctx, const struct vfs_path *path,
                              uint32_t flags, struct file **out);

/* A regular file that is open for writing counts as such: -ETXTBSY.  `f` may not have its inode
 * yet.  Not for memfds: as on Linux, they may be executed while they are open. */
MUST_CHECK int file_count_write(struct file *f, struct inode *inode);

/* Operations of regular files in the page cache. */
extern const struct file_ops regular_file_ops;

/* Devices: what open() of a node with this number gives; NULL: ENXIO. */
const struct file_ops *dev_ops(uint64_t rdev);
extern const struct file_ops fifo_file_ops;

/* After a write or chown: setuid, and setgid of executables, go away.  inode.lock held. */
void inode_drop_setid_locked(struct inode *inode);

#endif /* CLOUDOS_VFS_FILE_PRIV_H */
