/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What dentry.c and dcache.c know of each other.
 *
 * Owner:   vfs.
 * Context: as vfs/dentry.h.
 * Locking: as vfs/dentry.h.
 * Errors:  NULL: no memory.
 */
#ifndef CLOUDOS_VFS_DCACHE_PRIV_H
#define CLOUDOS_VFS_DCACHE_PRIV_H

#include "vfs/dentry.h"

void dentry_init(void);
char *dentry_name_room(struct dentry *d, size_t len);

#endif /* CLOUDOS_VFS_DCACHE_PRIV_H */
