/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anonymous files in memory.
 *
 * Owner:   vfs; the file is the caller's.
 * Context: thread context.
 * Locking: none.
 * Errors:  -ENOMEM.
 */
#ifndef CLOUDOS_VFS_MEMFD_H
#define CLOUDOS_VFS_MEMFD_H

#include "vfs/file.h"

#define MEMFD_NAME_MAX 249

void memfd_init(void);
MUST_CHECK int memfd_file_create(const char *name, uint32_t flags,
                                 const struct cred *cred, struct file **out);

#endif /* CLOUDOS_VFS_MEMFD_H */
