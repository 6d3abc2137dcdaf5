/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stub's mappings, treated as a TLB over the core's page tables.
 *
 * Invariant: the host mapping of a page allows no more than the page tables allowed at some
 * time since the last flush of that page.  A flush is carried out before it returns: guest
 * code can pretend to have stopped (a hand-over is only a store), so nothing may rely on it.
 *
 * Owner:   hostsim/user.
 * Context: a virtual CPU.
 * Locking: the space's lock is held.
 * Errors:  0 or -errno of the mapper.
 */
#ifndef CLOUDOS_HOSTSIM_USER_TLB_H
#define CLOUDOS_HOSTSIM_USER_TLB_H

#include "hostsim/user/native_priv.h"

/* Add to the mapper's order what makes `access` at `va` work, and the neighbours that the
 * tables allow already.  False: the tables do not allow it, nothing was added. */
bool tlb_fill(struct native_space *space, uint64_t va, enum hal_access access);
/* A fork: remember what `parent` has mapped, for tlb_prefill() of the child.  Both are locked,
 * or not known to anybody else yet. */
void tlb_hint(struct native_space *space, const struct native_space *parent);
/* The first thread of the space is about to run: add what it will most probably touch. */
void tlb_prefill(struct native_space *space, uint64_t rip, uint64_t rsp);
MUST_CHECK int tlb_flush(struct native_space *space, uint64_t va, uint64_t len);
/* Unmap all that user programs may have. */
MUST_CHECK int tlb_drop(struct native_space *space);
void tlb_free(struct tlb *tlb);

#endif /* CLOUDOS_HOSTSIM_USER_TLB_H */
