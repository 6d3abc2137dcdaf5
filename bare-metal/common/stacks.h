/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where kernel threads use their stacks: a window of the address space in which those of frame N
 * have their place for ever, twice as far apart as in memory, so that what is below each is
 * unmapped (ADR 15).  The window is what one root entry covers, with four levels of tables of 512
 * entries.  Once told how entries look, this file is hal_stack_map() and hal_stack_unmap(); a
 * machine that does not tell has its stacks in the direct map.
 *
 * Owner:   common; tables come from the core's frames and are never given back.
 * Context: stacks_init() at boot; then any thread, on all CPUs at once.
 * Locking: none; entries appear atomically, and always with the same value.
 * Errors:  NULL from hal_stack_map() when there is no frame for a table.  Frames from `ram`
 *          on have no place in the window and stay in the direct map.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_STACKS_H
#define CLOUDOS_BARE_METAL_COMMON_STACKS_H

#include "hal/hal.h"

#define STACKS_RAM                                                                       \
    (UINT64_C(1) << 38) /* half of what a root entry of four levels covers */

struct stacks_window {
    uint64_t base;   /* its first address */
    uint64_t ram;    /* frames below that have a place, which is half of its bytes */
    uint64_t *table; /* of its root entry; it is there before the first user space is */
    uint64_t table_bits, leaf_bits; /* of an entry, beside the address */
    uint64_t address;               /* the bits of an entry that are the address ... */
    unsigned shift;                 /* ... which is shifted right by so many */
    uint64_t stack_bytes;
    void (*made)(void); /* entries are new: what has to be done then; may be NULL */
};

void stacks_init(const struct stacks_window *w);
/* Is `va` the unmapped room below a place for a stack? */
bool stacks_is_guard(uint64_t va);

#endif /* CLOUDOS_BARE_METAL_COMMON_STACKS_H */
