/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries as the hardware of each format reads them; private to the MMU.
 *
 * Written from the manuals and independent of core/mm, which writes the entries: two readings
 * of the same books find each other's mistakes.
 *
 * Owner:   hostsim/hal.
 * Context: any.
 * Locking: none; pure functions.
 * Errors:  ENTRY_FAULT.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_MMU_FORMATS_H
#define CLOUDOS_HOSTSIM_HAL_MMU_FORMATS_H

#include "hostsim/hal/mmu.h"

#define MMU_LEVELS_MAX 4

enum entry_kind { ENTRY_FAULT, ENTRY_TABLE, ENTRY_LEAF };

struct entry {
    enum entry_kind kind;
    uint64_t pa;      /* of the next table, or of the leaf's first byte */
    uint8_t rights;   /* of a leaf; of a table: what the levels below may still give */
    uint64_t used;    /* the entry once it has been used for a read */
    uint64_t written; /* the leaf once it has been used for a write */
};

struct mmu_format {
    unsigned levels;
    unsigned user_bits; /* of the addresses that the lower half has */
    /* Is `va` an address that the root table can translate? */
    bool (*canonical)(uint64_t va);
    /* `level` is `levels` - 1 for the root and 0 for the last table. */
    struct entry (*decode)(uint64_t raw, unsigned level);
};

extern const struct mmu_format mmu_x86_64, mmu_aarch64, mmu_sv48, mmu_sv39;

/* log2 of the bytes that an entry of this level maps. */
static inline unsigned mmu_level_shift(unsigned level)
{
    return 12 + 9 * level;
}

#endif /* CLOUDOS_HOSTSIM_HAL_MMU_FORMATS_H */
