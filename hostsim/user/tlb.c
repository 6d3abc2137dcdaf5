/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stub has mapped: filled on faults, corrected on flushes. */
#include "hostsim/user/tlb.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/user/mapper.h"
#include "lib/base.h"

#define TLB_AROUND       64u /* pages before (aligned) and behind that a fault looks at */
#define TLB_RUN_MAX      256u   /* pages that a run may go on behind the fault */
#define TLB_PREFILL_MAX  32u    /* mappings that a new space starts with, roughly */
#define TLB_MAPPINGS_MAX 60000u /* the host stops at 65,530 */
#define TLB_PROT         7ull /* enum hal_access in an entry; frame addresses are aligned */
#define TLB_PAGE_MAX     (NATIVE_USER_MAX / NATIVE_PAGE)

static struct tlb_block *block_find(const struct tlb *tlb, uint64_t page)
{
    uint64_t number = page >> TLB_BLOCK_SHIFT;
    struct tlb_block *b = tlb->buckets[number % TLB_BUCKETS];

    while (b != NULL && b->number != number)
        b = b->next;
    return b;
}

static struct tlb_block *block_get(struct tlb *tlb, uint64_t page)
{
    uint64_t number = page >> TLB_BLOCK_SHIFT;
    struct tlb_block *b = block_find(tlb, page);

    if (b != NULL)
        return b;
    b = tlb->spare;
    if (b != NULL)
        tlb->spare = NULL;
    else
        b = calloc(1, sizeof(*b));
    if (b == NULL)
        machine_die("native: out of host memory");
    b->number = number;
    b->next = tlb->buckets[number % TLB_BUCKETS];
    tlb->buckets[number % TLB_BUCKETS] = b;
    return b;
}

/* Unlink an empty block; one is kept for the next use. */
static void block_put(struct tlb *tlb, struct tlb_block *b)
{
    struct tlb_block **at = &tlb->buckets[b->number % TLB_BUCKETS];

    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    if (tlb->spare == NULL)
        tlb->spare = b; /* all zero again: `used` reached 0 */
    else
        free(b);
}

void tlb_free(struct tlb *tlb)
{
    for (unsigned i = 0; i < TLB_BUCKETS; i++) {
        while (tlb->buckets[i] != NULL) {
            struct tlb_block *b = tlb->buckets[i];
            tlb->buckets[i] = b->next;
            free(b);
        }
    }
    free(tlb->spare);
    memset(tlb, 0, sizeof(*tlb));
}

static uint64_t entry_get(const struct tlb *tlb, uint64_t page)
{
    const struct tlb_block *b = block_find(tlb, page);

    return b == NULL ? 0 : b->pages[page % TLB_BLOCK_PAGES];
}

static void entry_set(struct tlb *tlb, uint64_t page, uint64_t value)
{
    struct tlb_block *b = block_get(tlb, page);
    uint64_t *entry = &b->pages[page % TLB_BLOCK_PAGES];

    b->used += (value != 0) - (*entry != 0);
    *entry = value;
    if (b->used == 0)
        block_put(tlb, b);
}

static int host_prot(uint64_t entry)
{
    return (entry & HAL_READ ? PROT_READ : 0) | (entry & HAL_WRITE ? PROT_WRITE : 0) |
           (entry & HAL_EXEC ? PROT_EXEC : 0);
}

static uint64_t leaf_entry(const struct mmu_leaf *leaf)
{
    return (leaf->pa & ~(NATIVE_PAGE - 1)) | (leaf->ready & TLB_PROT);
}

/* ---- filling ---- */

/* Consecutive pages over consecutive frames with the same rights: one host mapping. */
struct tlb_run {
    uint64_t page, count, entry;
    uint64_t wanted; /* the page that is about to be used */
};

/* The host maps what is only read sixteen pages at a time when it is touched, and cheaply; what
 * is written costs it a fault a page, so there all comes at once where it is certain to be used. */
static void add_map(struct native_space *space, uint64_t page, uint64_t count,
                    uint64_t entry, bool wanted)
{
    mapper_add_map(&space->mapper, page * NATIVE_PAGE, count * NATIVE_PAGE,
                   host_prot(entry), STUB_FD_ARENA, entry & ~TLB_PROT,
                   wanted && (entry & HAL_WRITE) ? MAP_POPULATE : 0);
    space->tlb.mappings += 2; /* at worst it splits an older one */
}

static void run_end(struct native_space *space, struct tlb_run *run)
{
    if (run->count == 0)
        return;
    add_map(space, run->page, run->count, run->entry,
            run->wanted >= run->page && run->wanted < run->page + run->count);
    run->count = 0;
}

static bool run_continues(const struct tlb_run *run, uint64_t page, uint64_t entry)
{
    return run->count != 0 && page == run->page + run->count &&
           entry == run->entry + run->count * NATIVE_PAGE;
}

static void run_add(struct native_space *space, struct tlb_run *run, uint64_t page,
                    uint64_t entry)
{
    if (!run_continues(run, page, entry)) {
        run_end(space, run);
        run->page = page;
        run->entry = entry;
    }
    run->count++;
    entry_set(&space->tlb, page, entry);
}

/* All of the stub's mappings, in one call. */
static void drop_everything(struct native_space *space)
{
    struct tlb *tlb = &space->tlb;

    mapper_add_unmap(&space->mapper, NATIVE_USER_MIN, NATIVE_USER_MAX - NATIVE_USER_MIN);
    tlb_free(tlb);
}

/* What may be mapped at a page that nobody asked for; 0: nothing. */
static uint64_t entry_near(struct native_space *space, uint64_t page)
{
    struct mmu_leaf leaf;

    /* Real hardware may set the accessed bit on speculation, so we may too. */
    if (entry_get(&space->tlb, page) != 0 ||
        !mmu_peek(space->root_pa, page * NATIVE_PAGE, &leaf) ||
        !(leaf.allowed & HAL_READ))
        return 0;
    if (!(leaf.ready & HAL_READ) &&
        !mmu_walk(space->root_pa, page * NATIVE_PAGE, HAL_READ, &leaf))
        return 0;
    return leaf.ready & TLB_PROT ? leaf_entry(&leaf) : 0;
}

bool tlb_fill(struct native_space *space, uint64_t va, enum hal_access access)
{
    uint64_t page = va / NATIVE_PAGE, first = page & ~(uint64_t)(TLB_AROUND - 1), p;
    uint64_t window = page + TLB_AROUND, end = MIN(page + TLB_RUN_MAX, TLB_PAGE_MAX);
    struct tlb_run run = {.wanted = page};
    struct mmu_leaf leaf;

    if (va < NATIVE_USER_MIN || va >= NATIVE_USER_MAX ||
        !mmu_walk(space->root_pa, va, access, &leaf))
        return false;
    if (entry_get(&space->tlb, page) == leaf_entry(&leaf))
        return true; /* another thread, or a flush, was faster */
    if (space->tlb.mappings > TLB_MAPPINGS_MAX)
        drop_everything(space);
    for (p = MAX(first, NATIVE_USER_MIN / NATIVE_PAGE); p < end; p++) {
        uint64_t entry = p == page ? leaf_entry(&leaf) : entry_near(space, p);

        /* Behind the window, only what comes along without a mapping of its own. */
        if (p >= window && !run_continues(&run, p, entry))
            break;
        if (entry != 0)
            run_add(space, &run, p, entry);
    }
    run_end(space, &run);
    return true;
}

/* ---- before the first run ---- */

void tlb_hint(struct native_space *space, const struct native_space *parent)
{
    for (unsigned i = 0; i < TLB_BUCKETS; i++) {
        for (const struct tlb_block *b = parent->tlb.buckets[i]; b != NULL; b = b->next) {
            struct tlb_hint *h = &space->hints[space->hint_count];

            if (space->hint_count == HINT_BLOCKS)
                return;
            *h = (struct tlb_hint){.number = b->number};
            for (unsigned p = 0; p < TLB_BLOCK_PAGES; p++)
                if (b->pages[p] != 0)
                    h->pages[p / 64] |= 1ull << p % 64;
            space->hint_count++;
        }
    }
}

static void hint_fill(struct native_space *space, const struct tlb_hint *h)
{
    struct tlb_run run = {0};

    for (unsigned i = 0; i < TLB_BLOCK_PAGES / 64; i++) {
        for (uint64_t left = h->pages[i]; left != 0; left &= left - 1) {
            uint64_t page =
                (h->number << TLB_BLOCK_SHIFT) + i * 64 + (unsigned)__builtin_ctzll(left);
            uint64_t entry = entry_near(space, page);

            if (space->mapper.count >= TLB_PREFILL_MAX)
                break;
            if (entry != 0)
                run_add(space, &run, page, entry);
        }
    }
    run_end(space, &run);
}

void tlb_prefill(struct native_space *space, uint64_t rip, uint64_t rsp)
{
    tlb_fill(space, rip, HAL_EXEC);
    tlb_fill(space, rsp, HAL_READ);
    for (unsigned i = 0; i < space->hint_count; i++)
        hint_fill(space, &space->hints[i]);
    space->hint_count = 0;
}

/* ---- flushing ---- */

enum correction { CORRECT_NONE, CORRECT_PROTECT, CORRECT_MAP, CORRECT_UNMAP };

/* What the tables now say about a page that is mapped as `old`. */
static enum correction correction_of(const struct native_space *space, uint64_t page,
                                     uint64_t old, uint64_t *now)
{
    struct mmu_leaf leaf;

    *now = 0;
    if (!mmu_peek(space->root_pa, page * NATIVE_PAGE, &leaf))
        return CORRECT_UNMAP;
    *now = leaf_entry(&leaf);
    /* Another frame lies there now, a copy most often, and whoever wrote to it will go on. */
    if ((*now & ~TLB_PROT) != (old & ~TLB_PROT) && (*now & TLB_PROT) != 0)
        return CORRECT_MAP;
    if ((*now & ~TLB_PROT) != (old & ~TLB_PROT) || (*now & old & TLB_PROT) == 0) {
        *now = 0;
        return CORRECT_UNMAP;
    }
    /* More rights than are mapped come with the next fault. */
    *now &= old | ~TLB_PROT;
    return *now == old ? CORRECT_NONE : CORRECT_PROTECT;
}

struct tlb_fix {
    enum correction what;
    uint64_t page, count, entry;
};

static void fix_end(struct native_space *space, struct tlb_fix *fix)
{
    uint64_t va = fix->page * NATIVE_PAGE, len = fix->count * NATIVE_PAGE;

    if (fix->count == 0)
        return;
    switch (fix->what) {
    case CORRECT_PROTECT:
        mapper_add_protect(&space->mapper, va, len, host_prot(fix->entry));
        break;
    case CORRECT_MAP:
        add_map(space, fix->page, fix->count, fix->entry, true);
        break;
    default:
        mapper_add_unmap(&space->mapper, va, len);
        break;
    }
    space->tlb.mappings += 2;
    *fix = (struct tlb_fix){0};
}

/* Holes are no obstacle to unmapping: there is nothing in them. */
static bool fix_goes_on(const struct tlb_fix *fix, enum correction what, uint64_t page,
                        uint64_t now)
{
    if (what != fix->what)
        return false;
    if (what == CORRECT_UNMAP)
        return true;
    if (page != fix->page + fix->count)
        return false;
    return what == CORRECT_MAP ? now == fix->entry + fix->count * NATIVE_PAGE
                               : (now & TLB_PROT) == (fix->entry & TLB_PROT);
}

static void fix_page(struct native_space *space, struct tlb_fix *fix, uint64_t page,
                     uint64_t old)
{
    uint64_t now;
    enum correction what = correction_of(space, page, old, &now);

    if (!fix_goes_on(fix, what, page, now)) {
        fix_end(space, fix);
        fix->what = what;
        fix->page = page;
        fix->entry = now;
    }
    if (what == CORRECT_NONE)
        return;
    fix->count = page + 1 - fix->page;
    entry_set(&space->tlb, page, now);
}

/* Correct the pages of one block that lie in [first, end).  Blocks can vanish while their last
 * entry is cleared, so the copy is what we walk. */
static void fix_block(struct native_space *space, struct tlb_fix *fix,
                      const struct tlb_block *b, uint64_t first, uint64_t end)
{
    uint64_t base = b->number << TLB_BLOCK_SHIFT;
    unsigned from = first > base ? (unsigned)(first - base) : 0, left = b->used;
    unsigned to = end - base < TLB_BLOCK_PAGES ? (unsigned)(end - base) : TLB_BLOCK_PAGES;

    for (unsigned i = from; i < to && left != 0; i++) {
        uint64_t old = b->pages[i];

        if (old == 0)
            continue;
        left--;
        fix_page(space, fix, base + i, old);
    }
}

/* Every block that [first, end) touches; few are in use, so the table is walked for long
 * ranges and asked for short ones. */
static void fix_range(struct native_space *space, struct tlb_fix *fix, uint64_t first,
                      uint64_t end)
{
    struct tlb *tlb = &space->tlb;
    struct tlb_block *b, *next;

    if (end - first <= TLB_BUCKETS * TLB_BLOCK_PAGES) {
        for (uint64_t p = first; p < end; p = (p | (TLB_BLOCK_PAGES - 1)) + 1) {
            b = block_find(tlb, p);
            if (b != NULL)
                fix_block(space, fix, b, first, end);
        }
        fix_end(space, fix);
        return;
    }
    for (unsigned i = 0; i < TLB_BUCKETS; i++) {
        for (b = tlb->buckets[i]; b != NULL; b = next) {
            next = b->next;
            if ((b->number << TLB_BLOCK_SHIFT) < end &&
                (b->number + 1) << TLB_BLOCK_SHIFT > first) {
                fix_block(space, fix, b, first, end);
                fix_end(space, fix); /* the next one may lie anywhere */
            }
        }
    }
}

int tlb_flush(struct native_space *space, uint64_t va, uint64_t len)
{
    uint64_t first = va / NATIVE_PAGE, end = TLB_PAGE_MAX;
    struct tlb_fix fix = {0};

    if (len < TLB_PAGE_MAX * NATIVE_PAGE && va + len < TLB_PAGE_MAX * NATIVE_PAGE)
        end = (va + len + NATIVE_PAGE - 1) / NATIVE_PAGE;
    if (first >= end)
        return 0;
    if (space->tlb.mappings > TLB_MAPPINGS_MAX)
        drop_everything(space);
    else
        fix_range(space, &fix, first, end);
    return space->mapper.count == 0 ? 0 : mapper_commit(&space->mapper);
}

/* The trampolines lie right below. */
_Static_assert(STUB_LOW + STUB_LOW_SIZE == NATIVE_USER_MIN, "one range");

int tlb_drop(struct native_space *space)
{
    if (space->tlb.mappings == 0 && !space->low_mapped && !space->low_ordered)
        return 0;
    mapper_add_unmap(&space->mapper, STUB_LOW, NATIVE_USER_MAX - STUB_LOW);
    tlb_free(&space->tlb);
    return mapper_commit(&space->mapper);
}
