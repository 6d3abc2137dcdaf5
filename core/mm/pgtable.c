/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walker.  The root is the highest level, level 0 holds leaves.  A table's frame descriptor
 * counts the entries in use (frame.index), so an empty table is known without looking at it.
 */
#include "mm/pgtable.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/pgtable_priv.h"

static const struct pgtable_format *pgtable_format;

void pgtable_use_format(const struct pgtable_format *format)
{
    pgtable_format = format;
}

void pgtable_init(void)
{
    switch (hal_bootinfo()->mmu) {
    case HAL_MMU_X86_64:
        pgtable_use_format(&pgtable_x86_64);
        return;
    case HAL_MMU_AARCH64:
        pgtable_use_format(&pgtable_aarch64);
        return;
    case HAL_MMU_SV48:
        pgtable_use_format(&pgtable_sv48);
        return;
    case HAL_MMU_SV39:
        pgtable_use_format(&pgtable_sv39);
        return;
    }
    kpanic("mm: the machine has an unknown page-table format");
}

static unsigned pgtable_root_level(void)
{
    return pgtable_format->levels - 1;
}

static unsigned pgtable_shift(unsigned level)
{
    return PAGE_SHIFT + level * PGTABLE_LEVEL_BITS;
}

static unsigned pgtable_slot(uint64_t va, unsigned level)
{
    return (va >> pgtable_shift(level)) & (PGTABLE_ENTRIES - 1);
}

/* First address after the entry of `level` that covers `va`. */
static uint64_t pgtable_next(uint64_t va, unsigned level)
{
    return ALIGN_DOWN(va, UINT64_C(1) << pgtable_shift(level)) +
           (UINT64_C(1) << pgtable_shift(level));
}

static uint64_t *pgtable_at(uint64_t table_pa, uint64_t va, unsigned level)
{
    return (uint64_t *)phys_to_virt(table_pa) + pgtable_slot(va, level);
}

static uint64_t pgtable_new_table(void)
{
    return frame_alloc(0, FRAME_ZERO, FRAME_PGTABLE);
}

int pgtable_create(struct pgtable *pt)
{
    pt->table_frames = 0;
    pt->root_pa = frame_alloc(0, FRAME_ZERO | FRAME_WAIT, FRAME_PGTABLE);
    return pt->root_pa ? 0 : -ENOMEM;
}

static void pgtable_free_level(uint64_t table_pa, unsigned level)
{
    uint64_t *entry = phys_to_virt(table_pa);
    uint64_t used = frame_of(table_pa)->index;

    for (unsigned i = 0; level > 0 && used > 0 && i < PGTABLE_ENTRIES; i++) {
        if (!entry[i])
            continue;
        pgtable_free_level(pgtable_format->table_pa(entry[i]), level - 1);
        used--;
    }
    frame_put(table_pa);
}

void pgtable_destroy(struct pgtable *pt)
{
    pgtable_free_level(pt->root_pa, pgtable_root_level());
    pt->root_pa = 0;
    pt->table_frames = 0;
}

/* The table of leaves that covers `va`, or 0. */
static uint64_t pgtable_leaves(const struct pgtable *pt, uint64_t va)
{
    uint64_t table = pt->root_pa;

    for (unsigned level = pgtable_root_level(); level > 0; level--) {
        uint64_t e = atomic_load_acquire(pgtable_at(table, va, level));

        if (!e)
            return 0;
        table = pgtable_format->table_pa(e);
    }
    return table;
}

/* The same, made where it is missing; 0: no memory. */
static uint64_t pgtable_make_leaves(struct pgtable *pt, uint64_t va)
{
    uint64_t table = pt->root_pa;

    for (unsigned level = pgtable_root_level(); level > 0; level--) {
        uint64_t *entry = pgtable_at(table, va, level);
        uint64_t e = atomic_load_relaxed(entry);

        if (!e) {
            uint64_t new = pgtable_new_table();

            if (!new)
                return 0;
            frame_of(table)->index++;
            pt->table_frames++;
            e = pgtable_format->table(new);
            atomic_store_release(entry, e);
        }
        table = pgtable_format->table_pa(e);
    }
    return table;
}

int pgtable_set(struct pgtable *pt, uint64_t va, struct pte pte)
{
    uint64_t table = pgtable_make_leaves(pt, va);
    uint64_t *entry;

    kassert((pte.bits & PTE_PRESENT) && IS_ALIGNED(pte.pa, PAGE_SIZE));
    if (!table)
        return -ENOMEM;
    entry = pgtable_at(table, va, 0);
    if (!atomic_xchg(entry, pgtable_format->leaf(pte)))
        frame_of(table)->index++;
    return 0;
}

int pgtable_set_run(struct pgtable *pt, uint64_t va, unsigned count, struct pte pte)
{
    uint64_t table = pgtable_make_leaves(pt, va);
    uint64_t *entry;

    kassert((pte.bits & PTE_PRESENT) && pgtable_slot(va, 0) + count <= PGTABLE_ENTRIES);
    if (!table)
        return -ENOMEM;
    entry = pgtable_at(table, va, 0);
    for (unsigned i = 0; i < count; i++, pte.pa += PAGE_SIZE) {
        kassert(entry[i] == 0);
        atomic_store_release(&entry[i], pgtable_format->leaf(pte));
    }
    frame_of(table)->index += count;
    return 0;
}

int pgtable_prepare(struct pgtable *pt, uint64_t va, uint64_t end)
{
    for (; va < end; va = pgtable_next(va, 1))
        if (!pgtable_make_leaves(pt, va))
            return -ENOMEM;
    return 0;
}

struct pte pgtable_get(const struct pgtable *pt, uint64_t va)
{
    uint64_t table = pgtable_leaves(pt, va);

    if (!table)
        return (struct pte){0};
    return pgtable_format->decode(atomic_load_relaxed(pgtable_at(table, va, 0)));
}

unsigned pgtable_gap(const struct pgtable *pt, uint64_t va, unsigned max)
{
    uint64_t table = pgtable_leaves(pt, va);
    unsigned limit = MIN(max, PGTABLE_ENTRIES - pgtable_slot(va, 0));
    const uint64_t *entry;
    unsigned n = 0;

    if (!table)
        return limit;
    entry = pgtable_at(table, va, 0);
    while (n < limit && !atomic_load_relaxed(&entry[n]))
        n++;
    return n;
}

struct pte pgtable_clear(struct pgtable *pt, uint64_t va)
{
    uint64_t table = pgtable_leaves(pt, va);
    uint64_t old;

    if (!table)
        return (struct pte){0};
    old = atomic_xchg(pgtable_at(table, va, 0), 0);
    if (!old)
        return (struct pte){0};
    frame_of(table)->index--;
    return pgtable_format->decode(old);
}

/* Replace the leaf at `va` by a changed copy, losing no bit that the MMU sets meanwhile. */
static uint32_t pgtable_change(struct pgtable *pt, uint64_t va, uint32_t set,
                               uint32_t clear)
{
    uint64_t table = pgtable_leaves(pt, va);
    uint64_t *entry, old;
    struct pte pte;

    if (!table)
        return 0;
    entry = pgtable_at(table, va, 0);
    old = atomic_load_relaxed(entry);
    do {
        struct pte new = pgtable_format->decode(old);

        if (!new.bits)
            return 0;
        pte = new;
        new.bits = (new.bits & ~clear) | set;
        if (new.bits == pte.bits)
            break;
        if (atomic_cmpxchg(entry, &old, pgtable_format->leaf(new)))
            break;
    } while (true);
    return pte.bits;
}

void pgtable_protect(struct pgtable *pt, uint64_t va, uint32_t rights)
{
    (void)pgtable_change(pt, va, rights & PTE_RIGHTS, PTE_RIGHTS & ~rights);
}

uint32_t pgtable_mark(struct pgtable *pt, uint64_t va, uint32_t set, uint32_t clear)
{
    const uint32_t both = PTE_ACCESSED | PTE_DIRTY;

    return pgtable_change(pt, va, set & both, clear & both);
}

/* Visit the leaves of one table in [va, end). */
static int
pgtable_walk_leaves(struct pgtable *pt, uint64_t table, uint64_t va, uint64_t end,
                    int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
                    void *arg)
{
    for (uint64_t *entry = pgtable_at(table, va, 0); va < end; va += PAGE_SIZE, entry++) {
        uint64_t e = atomic_load_relaxed(entry);
        int err = e ? fn(pt, va, pgtable_format->decode(e), arg) : 0;

        if (err)
            return err;
    }
    return 0;
}

int pgtable_walk(struct pgtable *pt, uint64_t va, uint64_t end,
                 int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
                 void *arg)
{
    while (va < end) {
        uint64_t table = pt->root_pa;
        uint64_t stop = end;
        int err = 0;

        for (unsigned level = pgtable_root_level(); level > 0; level--) {
            uint64_t e = atomic_load_acquire(pgtable_at(table, va, level));

            stop = MIN(end, pgtable_next(va, level));
            table = e ? pgtable_format->table_pa(e) : 0;
            if (!table)
                break;
        }
        if (table)
            err = pgtable_walk_leaves(pt, table, va, stop, fn, arg);
        if (err)
            return err;
        va = stop;
    }
    return 0;
}

/* Unlink what is empty below one entry; the depth is that of the format. */
static void pgtable_prune_level(struct pgtable *pt, uint64_t table, unsigned level,
                                uint64_t va, uint64_t end, struct list_node *dead)
{
    while (va < end) {
        uint64_t *entry = pgtable_at(table, va, level);
        uint64_t stop = MIN(end, pgtable_next(va, level));
        uint64_t e = *entry;

        if (e) {
            uint64_t child = pgtable_format->table_pa(e);

            if (level > 1)
                pgtable_prune_level(pt, child, level - 1, va, stop, dead);
            if (frame_of(child)->index == 0) {
                atomic_store(entry, 0);
                frame_of(table)->index--;
                pt->table_frames--;
                list_add_tail(&frame_of(child)->link, dead);
            }
        }
        va = stop;
    }
}

void pgtable_prune(struct pgtable *pt, uint64_t va, uint64_t end, struct list_node *dead)
{
    pgtable_prune_level(pt, pt->root_pa, pgtable_root_level(), va, end, dead);
}

void pgtable_release(struct list_node *dead)
{
    struct frame *f, *tmp;

    list_for_each_entry_safe (f, tmp, dead, link) {
        list_del(&f->link);
        frame_put(frame_pa(f));
    }
}
