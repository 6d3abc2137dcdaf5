/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks in words: "sh;main;read;entry_[k];sys_read_[k] 12", one line for each, sorted.
 *
 * Frames of the kernel end in _[k], as tools that draw flame graphs expect.  A place without a name
 * is [file+0xADDRESS], as the file counts addresses.
 *
 * Owner:   hostsim/profile; used once, at the end.
 * Context: one host thread.
 * Locking: none.
 * Errors:  0 or -errno of writing, -ENOMEM.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_FOLDED_H
#define CLOUDOS_HOSTSIM_PROFILE_FOLDED_H

#include "hostsim/profile/table.h"

/* Where programs come from: a cpio archive that stays where it is. */
void folded_archive_set(const void *archive, size_t len);
/* `points`: the kernel was looked at from its points, as in the seeded world. */
void folded_add(const struct table *t, bool points);
int folded_write(int fd);

#endif /* CLOUDOS_HOSTSIM_PROFILE_FOLDED_H */
