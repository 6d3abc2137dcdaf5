/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: taken blank from a pool, killed after use, never used twice.
 *
 * Owner:   hostsim/user.
 * Context: any host thread.
 * Locking: inside, but for space_fill_low, space_orders_release (the space's lock).
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SPACE_H
#define CLOUDOS_HOSTSIM_USER_SPACE_H

#include "hostsim/user/native_priv.h"

struct native_space *space_get(uint64_t space);

/* A slot with a task for a new thread, and its return. */
MUST_CHECK int space_slot_get(struct native_space *space, struct native_slot **out);
void space_slot_put(struct native_space *space, struct native_slot *slot);

/* Add the trampolines to the mapper's order if they are wanted and missing. */
bool space_low_is_missing(const struct native_space *space);
void space_fill_low(struct native_space *space);
/* Have the mapper carry out what was ordered and then let `slot` go on. */
MUST_CHECK int space_orders_release(struct native_space *space, struct native_slot *slot);
/* A fault that the trampolines' coming has cured, or will with the next resume: they can be
 * read once they are there, and another thread may have ordered them since. */
bool space_low_came(const struct native_space *space, uint64_t va,
                    enum hal_access access);

/* The stub cannot be relied upon any more: all its threads are lost. */
void space_kill(struct native_space *space);
void space_kill_all(void);

/* ---- the pool (pool.c) ---- */

MUST_CHECK int pool_start(void);
void pool_stop(void); /* kills the blank ones and makes no more */
/* A blank space: a stub with a mapper and one idle slot, nothing else mapped. */
MUST_CHECK int pool_take(struct native_space **out);
/* Kill it, and reap it some time later. */
void pool_give(struct native_space *space);

#endif /* CLOUDOS_HOSTSIM_USER_SPACE_H */
