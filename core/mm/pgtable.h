/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User page tables in four formats (x86-64, AArch64, Sv48, Sv39) behind one walker.
 *
 * Owner:   the address space that created the root.
 * Context: any; allocates table frames without waiting.
 * Locking: the caller excludes concurrent changes of the same range (vm_space.pt_lock); the MMU
 *          may set accessed and dirty bits at any time, so entries are changed atomically.
 * Errors:  -ENOMEM.  TLB flushing is the caller's (vm/tlb.h).
 */
#ifndef CLOUDOS_MM_PGTABLE_H
#define CLOUDOS_MM_PGTABLE_H

#include "lib/base.h"
#include "lib/list.h"

/* A leaf, independent of format.  A present leaf without any right is kept where the MMU does
 * not see it: every access faults, the frame stays. */
enum pte_bits {
    PTE_PRESENT = 1,
    PTE_READ = 2,
    PTE_WRITE = 4,
    PTE_EXEC = 8,
    PTE_ACCESSED = 16,
    PTE_DIRTY = 32,
};
#define PTE_RIGHTS (PTE_READ | PTE_WRITE | PTE_EXEC)

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
/* `count` leaves onto contiguous frames from pte.pa, nothing there before; all in one table
 * (the range does not cross 2 MiB). */
MUST_CHECK int pgtable_set_run(struct pgtable *pt, uint64_t va, unsigned count,
                               struct pte pte);
/* Make the tables of [va, end) exist, so that pgtable_set() there cannot fail. */
MUST_CHECK int pgtable_prepare(struct pgtable *pt, uint64_t va, uint64_t end);
struct pte pgtable_get(const struct pgtable *pt, uint64_t va);
/* How many pages from `va` on have nothing there, up to `max` and the end of the 2 MiB. */
unsigned pgtable_gap(const struct pgtable *pt, uint64_t va, unsigned max);
/* Replace what is there by nothing and return it, with the final accessed and dirty bits. */
struct pte pgtable_clear(struct pgtable *pt, uint64_t va);
/* Change rights of a present leaf, keeping accessed and dirty; no-op when nothing is there. */
void pgtable_protect(struct pgtable *pt, uint64_t va, uint32_t rights);
/* Set (clear) PTE_ACCESSED and PTE_DIRTY of a present leaf; what they were before. */
uint32_t pgtable_mark(struct pgtable *pt, uint64_t va, uint32_t set, uint32_t clear);
/* Visit present leaves of [va, end) in order; stops when fn returns non-zero and returns it.
 * fn may change the leaf it is given, and no other. */
int pgtable_walk(struct pgtable *pt, uint64_t va, uint64_t end,
                 int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
                 void *arg);
/* Unlink tables of [va, end) that map nothing any more.  An MMU may still walk them: they go
 * to `dead`, for pgtable_release() after the flush of that range. */
void pgtable_prune(struct pgtable *pt, uint64_t va, uint64_t end, struct list_node *dead);
void pgtable_release(struct list_node *dead);

#endif /* CLOUDOS_MM_PGTABLE_H */
