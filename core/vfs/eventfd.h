/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd(2): a counter behind a descriptor.
 *
 * Owner:   the file.
 * Context: thread context, may sleep.
 * Locking: inside.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VFS_EVENTFD_H
#define CLOUDOS_VFS_EVENTFD_H

#include "vfs/file.h"

#define EFD_SEMAPHORE 1u
#define EFD_NONBLOCK  00004000u
#define EFD_CLOEXEC   02000000u

MUST_CHECK int eventfd_create(uint32_t initial, uint32_t flags, struct file **out);

#endif /* CLOUDOS_VFS_EVENTFD_H */
