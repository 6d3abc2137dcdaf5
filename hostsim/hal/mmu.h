/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated MMU: walks the core's page tables as hardware does.
 *
 * Formats, all with hardware-managed accessed and dirty state, always for an access from user
 * mode:
 *   x86-64   4 levels, 48-bit addresses, A/D in the entry, NX, 4K/2M/1G leaves
 *            (Intel SDM 3A 4.5); A is set in every entry of the path, D in the leaf.
 *   AArch64  stage 1, 4K granule, 48-bit addresses of TTBR0, 4K/2M/1G leaves (Arm ARM D8);
 *            TCR.HA = HD = 1 (FEAT_HAFDBS): AF is set by hardware; a leaf with DBM = 1 and
 *            AP[2] = 1 is writable-clean and a write clears AP[2]; DBM = 0 and AP[2] = 1 is
 *            read-only.  AP[1] = 0 denies EL0 data accesses, UXN denies execution; APTable and
 *            UXNTable are honoured.  SCTLR.WXN = 0.
 *   Sv48     4 levels, 4K/2M/1G/512G leaves (RISC-V Privileged 10.3-10.5, MXR = 0) with
 *            Svadu: hardware sets A and D.  Reserved bits fault, also A, D, U in a pointer.
 * Accessed and dirty are set by compare-and-swap, and only when the whole walk succeeded.
 *
 * Each CPU has a TLB of MMU_TLB_ENTRIES, direct-mapped and tagged with the space, as an ASID
 * tags it: loading another space keeps what is there.  An entry lives until hal_tlb_flush(),
 * eviction by another page, or an access that it does not permit (which walks again, as
 * hardware does before it faults).  Changing a table without a flush is therefore visible.
 *
 * Owner:   hostsim/hal; the tables belong to the core.
 * Context: a virtual CPU.
 * Locking: none; entries are read and updated atomically.
 * Errors:  false: the tables do not allow the access.  A table or leaf outside RAM is a bug of
 *          the kernel and ends in machine_check().
 */
#ifndef CLOUDOS_HOSTSIM_HAL_MMU_H
#define CLOUDOS_HOSTSIM_HAL_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

#define MMU_TLB_ENTRIES 1024u
/* Space handles are small and dense: 1 .. MMU_SPACES_MAX - 1. */
#define MMU_SPACES_MAX 65536u

struct mmu_leaf {
    uint64_t pa;     /* of `va` itself, not of the leaf */
    uint64_t pte_pa; /* where the leaf entry lies */
    uint8_t shift;   /* log2 of the leaf's size: 12, 21, 30, 39 */
    uint8_t allowed; /* set of enum hal_access that the tables permit */
    uint8_t
        ready; /* the part of it that needs no more A/D updates: a writable page that is
                      * still clean has HAL_WRITE in `allowed` only */
};

/* Choose the format; once, before the first walk. */
void mmu_init(enum hal_mmu format);
/* User addresses that the format has end here. */
uint64_t mmu_user_max(void);
/* What options and recordings call it. */
const char *mmu_name(enum hal_mmu format);

/* Do `access` (one of enum hal_access) at `va`: check rights, then set accessed and dirty. */
bool mmu_walk(uint64_t root_pa, uint64_t va, enum hal_access access,
              struct mmu_leaf *out);
/* The same look, changing nothing: is something mapped at `va`, and how? */
bool mmu_peek(uint64_t root_pa, uint64_t va, struct mmu_leaf *out);

/* The engine numbers the spaces and tells the MMU.  Rebinding a number that was unbound never
 * meets TLB entries of its former life. */
void mmu_space_bind(uint64_t space, uint64_t root_pa);
void mmu_space_unbind(uint64_t space);
uint64_t mmu_space_root(uint64_t space);

#endif /* CLOUDOS_HOSTSIM_HAL_MMU_H */
