/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/stacks.h"

#include "lib/atomic.h"
#include "lib/base.h"
#include "mm/frame.h"

#define LEVELS_BELOW 2u /* tables below that of the root entry: of 1 GiB and 2 MiB */
#define ENTRIES      512u

static struct stacks_window window;

void stacks_init(const struct stacks_window *w)
{
    window = *w;
}

bool stacks_is_guard(uint64_t va)
{
    if (!window.table || va < window.base || va - window.base >= 2 * window.ram)
        return false;
    return va % (2 * window.stack_bytes) < window.stack_bytes;
}

static uint64_t *entry_of(uint64_t *table, uint64_t va, unsigned level)
{
    return &table[va >> (12 + 9 * level) & (ENTRIES - 1)];
}

/* The table that `*e` refers to, made if there is none; other CPUs may do the same. */
static uint64_t *table_below(uint64_t *e)
{
    uint64_t entry = atomic_load(e);

    if (!entry) {
        uint64_t pa = frame_alloc(0, FRAME_ZERO | FRAME_WAIT, FRAME_KERNEL);
        uint64_t new = pa >> window.shift | window.table_bits;

        if (pa == 0)
            return NULL;
        if (atomic_cmpxchg(e, &entry, new))
            entry = new;
        else
            frame_free(pa, 0);
    }
    return (uint64_t *)(uintptr_t)(((entry & window.address) << window.shift) +
                                   hal_direct_map_offset());
}

void *hal_stack_map(uint64_t pa)
{
    uint64_t va = window.base + 2 * pa + window.stack_bytes;
    uint64_t *table = window.table;

    if (!table || pa >= window.ram)
        return (void *)(uintptr_t)(pa + hal_direct_map_offset());
    for (unsigned level = LEVELS_BELOW; level > 0 && table; level--)
        table = table_below(entry_of(table, va, level));
    if (!table)
        return NULL;
    if (atomic_load(entry_of(table, va + window.stack_bytes - HAL_PAGE_SIZE, 0)))
        return (void *)(uintptr_t)va; /* it was used as a stack before */
    for (uint64_t at = 0; at < window.stack_bytes; at += HAL_PAGE_SIZE)
        atomic_store(entry_of(table, va + at, 0),
                     (pa + at) >> window.shift | window.leaf_bits);
    if (window.made)
        window.made();
    return (void *)(uintptr_t)va;
}

uint64_t hal_stack_unmap(void *stack)
{
    uint64_t va = (uint64_t)(uintptr_t)stack;

    if (window.table && va >= window.base && va - window.base < 2 * window.ram)
        return (va - window.stack_bytes - window.base) / 2;
    return va - hal_direct_map_offset();
}
