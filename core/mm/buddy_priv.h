/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator: free blocks of 2^order frames, aligned to their size, that merge with
 * their other half when both are free (Knuth, TAOCP 1, 2.5).
 *
 * A block that is split gives away its lower half first, and the upper half goes to the head
 * of its list: single frames taken one after the other are neighbours.
 *
 * Owner:   mm/frame.c; private to this folder and its tests.
 * Context: any.
 * Locking: buddy.lock, irqsave, held by the caller of the _locked functions.
 * Errors:  NULL when there is no block.
 */
#ifndef CLOUDOS_MM_BUDDY_PRIV_H
#define CLOUDOS_MM_BUDDY_PRIV_H

#include "lib/spinlock.h"
#include "mm/frame.h"

struct buddy_area {
    struct list_node list;
    uint64_t blocks;
};

struct buddy {
    struct spinlock lock;
    struct frame *frames; /* descriptor of frame number `first` */
    uint64_t first, count;
    uint64_t free; /* frames in the lists; read without the lock as a hint */
    struct buddy_area area[FRAME_ORDER_MAX + 1];
};

/* All `count` frames start as FRAME_RESERVED and not free. */
void buddy_init(struct buddy *b, struct frame *frames, uint64_t first, uint64_t count);
struct frame *buddy_take_locked(struct buddy *b, unsigned order);
/* The block's frames have no references. */
void buddy_give_locked(struct buddy *b, struct frame *f, unsigned order);
/* Give frame numbers [pfn, end) in the largest blocks that fit. */
void buddy_give_range(struct buddy *b, uint64_t pfn, uint64_t end);
/* Walk everything: lists, counts, flags, alignment, that no two free buddies are left. */
bool buddy_valid(struct buddy *b);

#endif /* CLOUDOS_MM_BUDDY_PRIV_H */
