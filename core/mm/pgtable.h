/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User page tables in three formats (x86-64, AArch64, Sv48) behind one walker.
 *
 * Owner:   the address space that created the root.
 * Context: thread context; allocates table frames.
 * Locking: the caller excludes concurrent changes of the same range (vm_space's lock); the MMU
 *          may set accessed and dirty bits at any time, so entries are changed atomically.
 * Errors:  -ENOMEM.  TLB flushing is the caller's (vm/tlb.h).
 */
#ifndef CLOUDOS_MM_PGTABLE_H
#define CLOUDOS_MM_PGTABLE_H

#include "lib/base.h"

/* A leaf, independent of format. */
enum pte_bits {
    PTE_PRESENT = 1,
    PTE_READ = 2,
    PTE_WRITE = 4,
    PTE_EXEC = 8,
    PTE_ACCESSED = 16,
    PTE_DIRTY = 32,
};

struct pte {
    uint64_t pa;
    uint32_t bits; /* enum pte_bits; 0: nothing there */
};

struct pgtable {
    uint64_t root_pa;
    uint64_t table_frames; /* tables below the root */
};

/* Choose the format once, from hal_bootinfo()->mmu. */
void pgtable_init(void);
MUST_CHECK int pgtable_create(struct pgtable *pt);
void pgtable_destroy(struct pgtable *pt); /* frees tables, not what they map */
MUST_CHECK int pgtable_set(struct pgtable *pt, uint64_t va, struct pte pte);
struct pte pgtable_get(const struct pgtable *pt, uint64_t va);
/* Replace what is there by nothing and return it, with the final accessed and dirty bits. */
struct pte pgtable_clear(struct pgtable *pt, uint64_t va);
/* Change rights of a present leaf, keeping accessed and dirty; no-op when nothing is there. */
void pgtable_protect(struct pgtable *pt, uint64_t va, uint32_t rights);
/* Visit present leaves of [va, end) in order; stops when fn returns non-zero and returns it. */
int pgtable_walk(struct pgtable *pt, uint64_t va, uint64_t end,
                 int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
                 void *arg);
/* Free tables of [va, end) that map nothing any more. */
void pgtable_prune(struct pgtable *pt, uint64_t va, uint64_t end);

#endif /* CLOUDOS_MM_PGTABLE_H */
