/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map at boot: RAM that nobody has taken yet, sorted, in whole pages.
 *
 * Owner:   the machine's boot code; handed to the core as hal_bootinfo.ram.
 * Context: boot, one CPU; pure functions over the map given.
 * Locking: none.
 * Errors:  a map that is full forgets what does not fit (RAM) or more than was asked (holes), so
 *          that nothing is ever used twice; memmap_take() returns 0 when nothing fits.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_MEMMAP_H
#define CLOUDOS_BARE_METAL_COMMON_MEMMAP_H

#include "hal/hal.h"

#define MEMMAP_MAX 64

struct memmap {
    struct hal_range range[MEMMAP_MAX]; /* by address, apart from each other */
    unsigned count;
};

/* [base, base + len) is RAM: the pages that lie in it wholly.  Overlaps are merged. */
void memmap_add(struct memmap *m, uint64_t base, uint64_t len);
/* [base, base + len) is taken: the pages that it touches. */
void memmap_remove(struct memmap *m, uint64_t base, uint64_t len);
/* Take `len` bytes (whole pages) aligned to `align` below `limit`, from the highest place that
 * fits. */
MUST_CHECK uint64_t memmap_take(struct memmap *m, uint64_t len, uint64_t align,
                                uint64_t limit);
uint64_t memmap_bytes(const struct memmap *m);

#endif /* CLOUDOS_BARE_METAL_COMMON_MEMMAP_H */
