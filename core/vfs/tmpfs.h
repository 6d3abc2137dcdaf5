/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filesystem in memory: the root, /tmp, /dev, and files of memfd_create.
 *
 * Owner:   vfs.
 * Context: thread context.
 * Locking: directories under inode.lock; the quotas are atomic.
 * Errors:  0 or -errno; -ENOSPC at the limits of pages and inodes.
 */
#ifndef CLOUDOS_VFS_TMPFS_H
#define CLOUDOS_VFS_TMPFS_H

#include "vfs/inode.h"

/* A new instance; `options` as of mount(8): size=, nr_blocks=, nr_inodes=, mode=, uid=, gid=. */
MUST_CHECK int tmpfs_create(const char *type, uint32_t flags, const char *options,
                            struct super **out);
/* A regular file without a name in instance `s`, nlink 0. */
MUST_CHECK int tmpfs_file_create(struct super *s, uint32_t mode, const struct cred *cred,
                                 struct inode **out);
struct tmpfs_usage {
    uint64_t pages, max_pages, inodes, max_inodes; /* max 0: no limit */
};
void tmpfs_usage(const struct super *s, struct tmpfs_usage *out);

#endif /* CLOUDOS_VFS_TMPFS_H */
