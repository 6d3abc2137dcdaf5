/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended attributes.
 *
 * Owner:   the filesystem of the inode.
 * Context: thread context.
 * Locking: takes inode.lock.
 * Errors:  -ENODATA, -ERANGE, -EEXIST, -EOPNOTSUPP, -EPERM, -EROFS as the manual pages say.
 */
#ifndef CLOUDOS_VFS_XATTR_H
#define CLOUDOS_VFS_XATTR_H

#include "vfs/path.h"

#define XATTR_NAME_LEN_MAX 255u
#define XATTR_SIZE_LEN_MAX 65536u

/* size 0 asks how long the answer is. */
MUST_CHECK int64_t vfs_xattr_get(const struct vfs_context *ctx, const struct vfs_path *p,
                                 const char *name, void *value, size_t size);
MUST_CHECK int64_t vfs_xattr_list(const struct vfs_path *p, char *names, size_t size);
MUST_CHECK int vfs_xattr_set(const struct vfs_context *ctx, const struct vfs_path *p,
                             const char *name, const void *value, size_t size, int flags);
MUST_CHECK int vfs_xattr_remove(const struct vfs_context *ctx, const struct vfs_path *p,
                                const char *name);

#endif /* CLOUDOS_VFS_XATTR_H */
