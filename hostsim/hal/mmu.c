/* SPDX-License-Identifier: BSD-2-Clause */
/* The page-table walker, and the numbering of spaces. */
#include "hostsim/hal/mmu.h"

#include <stdatomic.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu_formats.h"
#include "hostsim/hal/mmu_tlb.h"

#define TABLE_BYTES 4096u

static const struct mmu_format *format = &mmu_x86_64;

struct binding {
    _Atomic uint64_t root_pa;
    _Atomic uint64_t tag; /* unique among all bindings ever made; 0: unbound */
};

static struct binding bindings[MMU_SPACES_MAX];
static _Atomic uint64_t next_tag = 1;

static const struct {
    const char *name;
    const struct mmu_format *format;
} formats[] = {
    [HAL_MMU_X86_64] = {"x86_64", &mmu_x86_64},
    [HAL_MMU_AARCH64] = {"aarch64", &mmu_aarch64},
    [HAL_MMU_SV48] = {"sv48", &mmu_sv48},
    [HAL_MMU_SV39] = {"sv39", &mmu_sv39},
};

void mmu_init(enum hal_mmu mmu)
{
    format = formats[mmu].format;
}

const char *mmu_name(enum hal_mmu mmu)
{
    return formats[mmu].name;
}

uint64_t mmu_user_max(void)
{
    return (UINT64_C(1) << format->user_bits) - HAL_PAGE_SIZE;
}

/* One entry on the way to a leaf. */
struct step {
    _Atomic uint64_t *at;
    uint64_t raw;
    uint64_t pa;
    struct entry entry;
};

static struct step step_take(uint64_t table_pa, uint64_t va, unsigned level)
{
    uint64_t pa = table_pa + ((va >> mmu_level_shift(level)) & 511) * sizeof(uint64_t);
    struct step s = {.pa = pa};

    if ((table_pa & (TABLE_BYTES - 1)) || !arena_has(table_pa, TABLE_BYTES))
        machine_check("page table outside RAM", table_pa);
    s.at = arena_virt(pa);
    s.raw = atomic_load_explicit(s.at, memory_order_acquire);
    s.entry = format->decode(s.raw, level);
    return s;
}

/* Follow the tables down: the number of steps taken, the last one a leaf; 0 if there is none.
 * `rights` becomes what all levels together permit. */
static unsigned path_find(uint64_t root_pa, uint64_t va,
                          struct step steps[MMU_LEVELS_MAX], uint8_t *rights)
{
    uint64_t table_pa = root_pa;
    unsigned n = 0;

    *rights = HAL_READ | HAL_WRITE | HAL_EXEC;
    if (!format->canonical(va))
        return 0;
    for (unsigned level = format->levels; level-- > 0;) {
        steps[n] = step_take(table_pa, va, level);
        *rights &= steps[n].entry.rights;
        if (steps[n].entry.kind == ENTRY_FAULT)
            return 0;
        if (steps[n++].entry.kind == ENTRY_LEAF)
            return n;
        table_pa = steps[n - 1].entry.pa;
    }
    return 0; /* a table entry in the last table: no format decodes to that */
}

/* Write back what using the entry does to it.  False: it has changed since it was read. */
static bool step_commit(struct step *s, uint64_t wanted)
{
    uint64_t expected = s->raw;

    if (wanted == s->raw)
        return true;
    s->raw = wanted;
    return atomic_compare_exchange_strong(s->at, &expected, wanted);
}

static void leaf_fill(struct mmu_leaf *out, const struct step *leaf, unsigned steps,
                      uint64_t va, uint8_t rights)
{
    unsigned shift = mmu_level_shift(format->levels - steps);
    uint64_t pa = leaf->entry.pa + (va & ((UINT64_C(1) << shift) - 1));

    if (!arena_has(pa & ~(uint64_t)(HAL_PAGE_SIZE - 1), HAL_PAGE_SIZE))
        machine_check("page outside RAM is mapped for a user", pa);
    *out = (struct mmu_leaf){
        .pa = pa,
        .pte_pa = leaf->pa,
        .shift = (uint8_t)shift,
        .allowed = rights,
    };
    /* `raw` is what memory now holds. */
    if (leaf->raw == leaf->entry.written)
        out->ready = rights;
    else if (leaf->raw == leaf->entry.used)
        out->ready = rights & (uint8_t)~HAL_WRITE;
}

static bool path_commit(struct step *steps, unsigned n, enum hal_access access)
{
    for (unsigned i = 0; i + 1 < n; i++) {
        if (!step_commit(&steps[i], steps[i].entry.used))
            return false;
    }
    return step_commit(&steps[n - 1], access & HAL_WRITE ? steps[n - 1].entry.written
                                                         : steps[n - 1].entry.used);
}

bool mmu_walk(uint64_t root_pa, uint64_t va, enum hal_access access, struct mmu_leaf *out)
{
    struct step steps[MMU_LEVELS_MAX];
    uint8_t rights;
    unsigned n;

    do {
        n = path_find(root_pa, va, steps, &rights);
        if (n == 0 || (rights & access) != (unsigned)access)
            return false;
    } while (!path_commit(steps, n, access));
    leaf_fill(out, &steps[n - 1], n, va, rights);
    return true;
}

bool mmu_peek(uint64_t root_pa, uint64_t va, struct mmu_leaf *out)
{
    struct step steps[MMU_LEVELS_MAX];
    uint8_t rights;
    unsigned n = path_find(root_pa, va, steps, &rights);

    if (n == 0)
        return false;
    leaf_fill(out, &steps[n - 1], n, va, rights);
    return true;
}

/* ---- spaces ---- */

static struct binding *binding_of(uint64_t space)
{
    if (space == 0 || space >= MMU_SPACES_MAX)
        machine_check("no such address space", space);
    return &bindings[space];
}

void mmu_space_bind(uint64_t space, uint64_t root_pa)
{
    struct binding *b = binding_of(space);

    atomic_store(&b->root_pa, root_pa);
    atomic_store(&b->tag, atomic_fetch_add(&next_tag, 1));
}

void mmu_space_unbind(uint64_t space)
{
    atomic_store(&binding_of(space)->tag, 0);
}

uint64_t mmu_space_root(uint64_t space)
{
    return atomic_load(&binding_of(space)->root_pa);
}

uint64_t mmu_space_tag(uint64_t space)
{
    return atomic_load(&binding_of(space)->tag);
}
