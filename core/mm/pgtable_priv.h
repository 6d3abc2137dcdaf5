/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the page-table formats differ in.  All of them have levels of 512 eight-byte entries
 * and pages of 4 KiB, so the walk is the same and only entries need translating.
 * An entry of 0 is "nothing there" in each format.
 *
 * Owner:   mm/pgtable.c; private to this folder and its tests.
 * Context: any; pure functions.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_MM_PGTABLE_PRIV_H
#define CLOUDOS_MM_PGTABLE_PRIV_H

#include "mm/pgtable.h"

#define PGTABLE_LEVEL_BITS 9
#define PGTABLE_ENTRIES    (1u << PGTABLE_LEVEL_BITS)

struct pgtable_format {
    const char *name;
    unsigned levels;
    uint64_t (*leaf)(struct pte pte);     /* pte.bits has PTE_PRESENT */
    struct pte (*decode)(uint64_t entry); /* of a leaf; bits 0: nothing there */
    uint64_t (*table)(uint64_t pa);       /* entry that points to the next level */
    uint64_t (*table_pa)(uint64_t entry);
};

extern const struct pgtable_format pgtable_x86_64, pgtable_aarch64, pgtable_sv48,
    pgtable_sv39;

/* For tests. */
void pgtable_use_format(const struct pgtable_format *format);

#endif /* CLOUDOS_MM_PGTABLE_PRIV_H */
