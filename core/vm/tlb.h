/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB shoot-down: batches of changed pages, flushed everywhere before frames are freed.
 *
 * Owner:   the function that changes page tables; on its stack.
 * Context: thread context, interrupts on.
 * Locking: begin/add under pt_lock; vm_tlb_finish() without spinlocks (it waits for CPUs).
 * Errors:  none.
 */
#ifndef CLOUDOS_VM_TLB_H
#define CLOUDOS_VM_TLB_H

#include "vm/space.h"

#define VM_TLB_BATCH  64
#define VM_TLB_RANGES 8

struct vm_tlb_range {
    uint64_t start, end;
};

struct vm_tlb {
    struct vm_space *space;
    uint32_t ranges, count;
    struct vm_tlb_range range[VM_TLB_RANGES]; /* to flush */
    uint64_t frames[VM_TLB_BATCH];            /* frame_put() after the flush */
};

void vm_tlb_begin(struct vm_tlb *b, struct vm_space *s);
/* The entry of `va` changed.  Ranges that are near each other become one. */
void vm_tlb_page(struct vm_tlb *b, uint64_t va);
/* Nothing between the pages so far is to stay either: one range, which is one flush. */
void vm_tlb_join(struct vm_tlb *b);
/* The frame lost its mapping.  True if the batch is full: finish before adding more. */
bool vm_tlb_frame(struct vm_tlb *b, uint64_t pa);
void vm_tlb_finish(
    struct vm_tlb *b); /* the batch is empty afterwards and may be used again */

#endif /* CLOUDOS_VM_TLB_H */
