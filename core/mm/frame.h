/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page frames: the buddy allocator and one descriptor for each frame of RAM.
 *
 * Owner:   mm.  Whoever holds a reference may use the frame; the last one frees it.
 * Context: any, interrupts on or off; FRAME_WAIT needs thread context (it may reclaim).
 * Locking: per-CPU caches with interrupts masked, then one lock per zone, inside.
 * Errors:  0 (no frame) when memory is exhausted.
 */
#ifndef CLOUDOS_MM_FRAME_H
#define CLOUDOS_MM_FRAME_H

#include "hal/hal.h"
#include "lib/base.h"
#include "lib/list.h"

#define PAGE_SHIFT      HAL_PAGE_SHIFT
#define PAGE_SIZE       ((uint64_t)HAL_PAGE_SIZE)
#define PAGE_MASK       (~(PAGE_SIZE - 1))
#define FRAME_ORDER_MAX 10

enum frame_flags {
    FRAME_ZERO = 1,   /* contents zeroed */
    FRAME_WAIT = 2,   /* reclaim (page cache, slab) before giving up */
    FRAME_ATOMIC = 4, /* may use the reserve; for interrupt context */
};

enum frame_use {
    FRAME_FREE,
    FRAME_KERNEL, /* stacks, large kmalloc */
    FRAME_SLAB,
    FRAME_PGTABLE,
    FRAME_ANON,      /* private user memory */
    FRAME_PAGECACHE, /* file contents; mapping and index are valid */
    FRAME_RESERVED,  /* image, initrd, holes */
    FRAME_USES
};

/* Bits of frame.flags. */
enum frame_f {
    FRAME_F_BUDDY = 1,      /* first frame of a free block; under the zone's lock */
    FRAME_F_CACHED = 2,     /* free, in a per-CPU cache */
    FRAME_F_DIRTY = 4,      /* page cache: differs from the store; atomic */
    FRAME_F_REFERENCED = 8, /* page cache: used since reclaim last looked; atomic */
};

struct frame {
    uint32_t refs;  /* atomic; 0 while free and on all but the first frame of a block */
    uint8_t use;    /* enum frame_use */
    uint8_t order;  /* of the block, on its first frame */
    uint16_t flags; /* enum frame_f */
    struct list_node link; /* free list, or the owner's */
    void *owner; /* slab, page cache object, or (FRAME_KERNEL) code that asked */
    uint64_t
        index; /* page cache index; used entries of a page table; size of a kmalloc */
};

void frame_init(void); /* takes hal_bootinfo()->ram; CPU 0, before any other CPU runs */

/* 2^order physically contiguous frames with one reference; physical address or 0. */
MUST_CHECK uint64_t frame_alloc(unsigned order, unsigned flags, enum frame_use use);
void frame_free(uint64_t pa, unsigned order); /* the only reference, else kassert */
/* Split a fresh 2^order allocation into single frames with a reference each. */
void frame_split(uint64_t pa, unsigned order);

struct frame *frame_of(uint64_t pa); /* pa lies in RAM */
uint64_t frame_pa(const struct frame *f);
bool frame_is_ram(uint64_t pa);
void frame_get(uint64_t pa);
void frame_put(uint64_t pa); /* frees a single frame with the last reference */
/* A frame that changes its role (page cache -> ...); the caller excludes others. */
void frame_set_use(uint64_t pa, enum frame_use use);
uint32_t frame_refs(uint64_t pa);
/* Give a range (the initrd) to the allocator. */
void frame_donate(uint64_t pa, uint64_t len);

struct frame_stats {
    uint64_t total, free;      /* frames */
    uint64_t used[FRAME_USES]; /* frames */
    uint64_t allocs, failures;
};
void frame_stats(struct frame_stats *out);
/* Log what user memory and page tables still hold; for a shutdown after the last process.
 * Returns the number of frames. */
uint64_t frame_leak_report(void);
/* fn(pa, site, arg) for each block of FRAME_KERNEL in use, `site` being the code that asked for
 * it.  Quiet system: other CPUs allocate nothing meanwhile. */
void frame_each_kernel(void (*fn)(uint64_t pa, const void *site, void *arg), void *arg);
/* Below this many free frames only FRAME_ATOMIC is served. */
uint64_t frame_reserve(void);

/* Called with FRAME_WAIT when memory is short, in the order of registration; returns frames
 * freed.  The caller of frame_alloc() may hold any sleeping lock, so it may only trylock. */
struct frame_reclaimer {
    const char *name;
    uint64_t (*reclaim)(uint64_t want);
    struct list_node link;
};
void frame_reclaimer_register(
    struct frame_reclaimer *r); /* boot, before others allocate */
/* Run the reclaimers; frames freed.  Thread context, no spinlock held. */
uint64_t frame_reclaim(uint64_t want);

void *phys_to_virt(uint64_t pa);
uint64_t virt_to_phys(const void *va);

#endif /* CLOUDOS_MM_FRAME_H */
