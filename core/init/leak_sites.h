/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has allocated what the kernel still holds: objects of the heap and frames, counted by the
 * code that asked for them, before and after programs ran.
 *
 * Owner:   init.
 * Context: the boot thread, on a quiet system.
 * Locking: none.
 * Errors:  without memory for the count there is no list; without red zones (a release build) it
 *          names frames only.
 */
#ifndef CLOUDOS_INIT_LEAK_SITES_H
#define CLOUDOS_INIT_LEAK_SITES_H

void leak_sites_baseline(void);
/* Count again ... */
void leak_sites_count(void);
/* ... and log the places that hold more of `cache` (its own name; NULL: frames) than before. */
void leak_sites_log(const char *cache);

#endif /* CLOUDOS_INIT_LEAK_SITES_H */
