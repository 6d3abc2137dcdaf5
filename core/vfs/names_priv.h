/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What making and removing names have in common.
 *
 * Owner:   vfs.
 * Context: thread context.
 * Locking: as each function says.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VFS_NAMES_PRIV_H
#define CLOUDOS_VFS_NAMES_PRIV_H

#include "vfs/walk.h"

/* Subclasses of the directory lock for lockdep: the other parent, then what is replaced. */
#define DIR_LOCK_SECOND 1
#define DIR_LOCK_VICTIM 2

/* Walk to the directory of the new name, lock it and check that the name may be made: *d is its
 * negative entry.  After success, name_made() or name_not_made() ends it. */
MUST_CHECK int name_start(struct walk *w, const struct vfs_context *ctx,
                          const struct vfs_path *at, const char *path, bool directory,
                          struct dentry **d);
void name_made(struct walk *w, struct dentry *d, struct inode *inode, uint32_t event);
void name_not_made(struct walk *w, struct dentry *d);

/* Rights to add an entry to, and to take `victim` out of, the directory of `dir`. */
MUST_CHECK int may_create(struct walk *w);
MUST_CHECK int may_delete(struct walk *w, const struct dentry *victim);

#endif /* CLOUDOS_VFS_NAMES_PRIV_H */
