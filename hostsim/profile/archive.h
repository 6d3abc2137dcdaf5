/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding a file in a newc cpio archive, the initramfs.  The archive may be anything.
 *
 * Owner:   the caller's memory.
 * Context: any host thread.
 * Locking: none.
 * Errors:  NULL: no such regular file.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_ARCHIVE_H
#define CLOUDOS_HOSTSIM_PROFILE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/* `path` from the root on, with its first slash. */
const uint8_t *archive_find(const uint8_t *archive, size_t len, const char *path,
                            size_t *file_len);

#endif /* CLOUDOS_HOSTSIM_PROFILE_ARCHIVE_H */
