/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the machine's memory from outside, as a debugger does: while the core may be changing
 * it.  What is read may be torn or stale, never out of RAM; whoever follows pointers bounds his
 * steps and expects nonsense.
 *
 * Owner:   hostsim/profile.
 * Context: any, signal handlers too.
 * Locking: none.
 * Errors:  false: outside RAM, or nothing is mapped there.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_LOOK_H
#define CLOUDOS_HOSTSIM_PROFILE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kernel memory that the core allocated. */
bool look(void *dst, const void *src, size_t len);
/* The same without the check, for what is known to exist. */
void look_known(void *dst, const void *src, size_t len);
/* An aligned word of user memory. */
bool look_user(uint64_t root_pa, uint64_t va, uint64_t *out);

#endif /* CLOUDOS_HOSTSIM_PROFILE_LOOK_H */
