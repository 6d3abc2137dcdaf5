/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/stack.h"

#include "bare-metal/common/boot.h"
#include "bare-metal/common/stacks.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/map.h"
#include "lib/atomic.h"
#include "lib/string.h"

static uint64_t made_count; /* atomic: changes when a stack has been mapped */

static void made(void)
{
    atomic_add(&made_count, 1);
    __asm__ volatile("sfence.vma" : : : "memory");
}

void stacks_catch_up(void)
{
    struct cpu *c = cpu_self();
    uint64_t count = atomic_load_acquire(&made_count);

    if (likely(c->stacks_seen == count))
        return;
    c->stacks_seen = count;
    __asm__ volatile("sfence.vma" : : : "memory");
}

/* ---- at boot ---- */

static uint64_t take(struct memmap *ram, uint64_t len)
{
    uint64_t pa = memmap_take(ram, len, len, map_layout.pa_max);

    if (pa == 0)
        boot_die("no memory for the stacks of the kernel");
    return pa;
}

static uint64_t *table_below(struct memmap *ram, uint64_t *e)
{
    if (!*e) {
        uint64_t pa = take(ram, HAL_PAGE_SIZE);

        memset((void *)(uintptr_t)(map_layout.direct + pa), 0, HAL_PAGE_SIZE);
        *e = map_pte(pa, MAP_TABLE);
    }
    return (uint64_t *)(uintptr_t)(map_layout.direct + map_pte_pa(*e));
}

static uint64_t *entry_of(uint64_t *table, uint64_t va, unsigned level)
{
    return &table[va >> map_level_shift(level) & (MAP_ENTRIES - 1)];
}

/* With Sv39 roots of spaces are copies of the kernel's: what is to hang in there must be there
 * before the first. */
static void window_fill(struct memmap *ram)
{
    struct memmap all = *ram;
    const uint64_t step = UINT64_C(1) << (map_level_shift(2) - 1);

    for (unsigned i = 0; i < all.count; i++) {
        uint64_t end = MIN(all.range[i].base + all.range[i].len, map_layout.stacks_ram);

        for (uint64_t at = ALIGN_DOWN(all.range[i].base, step); at < end; at += step)
            (void)table_below(ram,
                              entry_of(map_last_table(), map_layout.stacks + 2 * at, 2));
    }
}

/* As hal_stack_map() will do it, with tables from elsewhere. */
static uint64_t boot_stack_take(struct memmap *ram)
{
    uint64_t pa = take(ram, KSTACK_BYTES), *table = map_last_table();
    uint64_t va = map_layout.stacks + 2 * pa + KSTACK_BYTES;

    if (pa >= map_layout.stacks_ram)
        return map_layout.direct + pa;
    for (unsigned level = 2; level > 0; level--)
        table = table_below(ram, entry_of(table, va, level));
    for (uint64_t at = 0; at < KSTACK_BYTES; at += HAL_PAGE_SIZE)
        *entry_of(table, va + at, 0) = map_pte(pa + at, MAP_WRITE);
    return va;
}

/* The first CPU has stacks in the image. */
void stacks_prepare(struct memmap *ram)
{
    for (unsigned i = 1; i < cpu_count; i++) {
        cpus[i].stack_low = boot_stack_take(ram);
        cpus[i].spare_low = map_layout.direct + take(ram, KSTACK_BYTES);
    }
    window_fill(ram);
    __asm__ volatile("sfence.vma" : : : "memory");
    stacks_init(&(struct stacks_window){
        .base = map_layout.stacks,
        .ram = map_layout.stacks_ram,
        .table = map_last_table(),
        .table_bits = MAP_TABLE,
        .leaf_bits = MAP_WRITE,
        .address = UINT64_C(0xfffffffffff) << MAP_PTE_PPN_SHIFT,
        .shift = HAL_PAGE_SHIFT - MAP_PTE_PPN_SHIFT,
        .stack_bytes = KSTACK_BYTES,
        .made = made,
    });
}
