/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLB of a virtual CPU and the kernel's accesses to user memory, which go through it.
 *
 * A leaf of any size is cached in pieces of one page.  A flush of any address inside a large
 * leaf must forget all of its pieces (Intel SDM 3A 4.10.2.3), so as long as a piece of a large
 * leaf may be cached every flush looks at all entries.
 */
#include "hostsim/hal/mmu_tlb.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/hal/checker.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/trace_write.h"

struct tlb_entry {
    uint64_t tag; /* 0: empty */
    uint64_t va;  /* page-aligned */
    uint64_t pa;
    uint8_t shift; /* of the leaf */
    uint8_t ready; /* accesses that need no walk */
    uint32_t life; /* of the frame when the entry was made */
};

struct mmu_tlb {
    struct tlb_entry entries[MMU_TLB_ENTRIES];
    bool has_large; /* pieces of large leaves may be cached */
};

struct mmu_tlb *mmu_tlb_create(void)
{
    struct mmu_tlb *tlb = calloc(1, sizeof(*tlb));

    if (!tlb)
        machine_die("no host memory for a TLB");
    return tlb;
}

/* ---- frames that are freed while a translation leads to them ---- */

/* How often each frame of RAM has been freed. */
static _Atomic uint32_t *lives;
static uint64_t life_count;

void mmu_frames_init(uint64_t ram_bytes)
{
    lives = calloc(ram_bytes >> HAL_PAGE_SHIFT, sizeof(*lives));
    if (!lives)
        machine_die("no host memory for the lives of frames");
    life_count = ram_bytes >> HAL_PAGE_SHIFT;
}

void mmu_frames_freed(uint64_t pa, uint64_t len)
{
    uint64_t first = (pa + HAL_PAGE_SIZE - 1) >> HAL_PAGE_SHIFT;
    uint64_t end = (pa + len) >> HAL_PAGE_SHIFT;

    for (uint64_t i = first; i < end && i < life_count; i++)
        atomic_fetch_add_explicit(&lives[i], 1, memory_order_relaxed);
}

uint32_t mmu_frame_life(uint64_t pa)
{
    uint64_t i = pa >> HAL_PAGE_SHIFT;

    return i < life_count ? atomic_load_explicit(&lives[i], memory_order_relaxed) : 0;
}

static struct tlb_entry *slot_of(struct mmu_tlb *tlb, uint64_t va)
{
    return &tlb->entries[(va >> HAL_PAGE_SHIFT) % MMU_TLB_ENTRIES];
}

static NOINLINE bool tlb_refill(struct vcpu *cpu, struct tlb_entry *e, uint64_t va,
                                enum hal_access access)
{
    uint64_t page = va & ~(uint64_t)(HAL_PAGE_SIZE - 1);
    struct mmu_leaf leaf;

    if (cpu->space_tag == 0 || !mmu_walk(cpu->root_pa, page, access, &leaf)) {
        if (e->tag == cpu->space_tag && e->va == page)
            e->tag = 0; /* a fault forgets the translation: Intel SDM 3A 4.10.4.1 */
        return false;
    }
    *e = (struct tlb_entry){
        .tag = cpu->space_tag,
        .va = page,
        .pa = leaf.pa,
        .shift = leaf.shift,
        .ready = leaf.ready,
        .life = mmu_frame_life(leaf.pa),
    };
    cpu->tlb->has_large |= leaf.shift > HAL_PAGE_SHIFT;
    return true;
}

/* Where user address `va` of the loaded space lies, or NULL if the access faults. */
static uint8_t *user_at(struct vcpu *cpu, uint64_t va, enum hal_access access)
{
    uint64_t offset = va % HAL_PAGE_SIZE;
    struct tlb_entry *e = slot_of(cpu->tlb, va);

    if (unlikely(e->tag != cpu->space_tag || e->va != va - offset ||
                 !(e->ready & access)) &&
        !tlb_refill(cpu, e, va, access))
        return NULL;
    if (unlikely(e->life != mmu_frame_life(e->pa)))
        machine_check(
            "the TLB leads from a user's address to a frame that was freed since: "
            "a flush is missing",
            va);
    return (uint8_t *)arena_virt(e->pa) + offset;
}

/* How many of `len` bytes from `va` on are addresses that user programs may have. */
static size_t user_span(uint64_t va, size_t len)
{
    if (va < engine->user_min || va >= engine->user_max)
        return 0;
    return len < engine->user_max - va ? len : (size_t)(engine->user_max - va);
}

static size_t page_rest(uint64_t va, size_t len)
{
    size_t rest = HAL_PAGE_SIZE - va % HAL_PAGE_SIZE;

    return len < rest ? len : rest;
}

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    struct vcpu *cpu = vcpu_self();
    size_t end = user_span(src, len), done = 0;

    while (done < end) {
        size_t n = page_rest(src + done, end - done);
        const uint8_t *from = user_at(cpu, src + done, HAL_READ);

        if (!from)
            break;
        checker_copy((uint8_t *)dst + done, from, n);
        done += n;
    }
    return done;
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    struct vcpu *cpu = vcpu_self();
    size_t end = user_span(dst, len), done = 0;

    while (done < end) {
        size_t n = page_rest(dst + done, end - done);
        uint8_t *to = user_at(cpu, dst + done, HAL_WRITE);

        if (!to)
            break;
        checker_copy(to, (const uint8_t *)src + done, n);
        if (engine->wrote)
            engine->wrote((uint64_t)(to - (uint8_t *)arena_virt(0)), n);
        done += n;
    }
    return done;
}

int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    void *at;

    if (va % sizeof(uint32_t) || user_span(va, sizeof(uint32_t)) < sizeof(uint32_t))
        return -EFAULT;
    /* The instruction of every supported processor needs the right to write even when the
     * comparison fails. */
    at = user_at(vcpu_self(), va, HAL_WRITE);
    if (!at)
        return -EFAULT;
    *old = expected;
    __atomic_compare_exchange_n((uint32_t *)at, old, desired, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return 0;
}

/* ---- loading and flushing ---- */

void hal_space_load(uint64_t space)
{
    struct vcpu *cpu = vcpu_self();

    cpu->space = space;
    cpu->root_pa = space ? mmu_space_root(space) : 0;
    cpu->space_tag = space ? mmu_space_tag(space) : 0;
    if (space && cpu->space_tag == 0)
        machine_check("address space loaded that does not exist", space);
}

/* Does the leaf that `e` is a piece of share a byte with [va, last]? */
static bool entry_overlaps(const struct tlb_entry *e, uint64_t va, uint64_t last)
{
    uint64_t size = UINT64_C(1) << e->shift;
    uint64_t start = e->va & ~(size - 1);

    return start <= last && start + size - 1 >= va;
}

static void flush_all_overlapping(struct mmu_tlb *tlb, uint64_t tag, uint64_t va,
                                  uint64_t last)
{
    bool large = false;

    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        struct tlb_entry *e = &tlb->entries[i];

        if (e->tag == tag && entry_overlaps(e, va, last))
            e->tag = 0;
        large |= e->tag && e->shift > HAL_PAGE_SHIFT;
    }
    tlb->has_large = large;
}

static void flush_pages(struct mmu_tlb *tlb, uint64_t tag, uint64_t va, uint64_t last)
{
    uint64_t pages = (last >> HAL_PAGE_SHIFT) - (va >> HAL_PAGE_SHIFT) + 1;

    for (uint64_t i = 0, at = va & ~(uint64_t)(HAL_PAGE_SIZE - 1); i < pages;
         i++, at += HAL_PAGE_SIZE) {
        struct tlb_entry *e = slot_of(tlb, at);

        if (e->tag == tag && e->va == at)
            e->tag = 0;
    }
}

/* Instructions are read through the same walk as data. */
void hal_exec_sync(uint64_t pa)
{
    (void)pa;
}

void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    struct mmu_tlb *tlb = vcpu_self()->tlb;
    uint64_t tag = mmu_space_tag(space);
    uint64_t last = len > UINT64_MAX - va ? UINT64_MAX : va + len - 1;

    if (len == 0)
        return;
    trace_event_tlb_flush(space, va, len);
    if (len == UINT64_MAX)
        va = 0;
    if (tag && (tlb->has_large || last - va >= MMU_TLB_ENTRIES * (uint64_t)HAL_PAGE_SIZE))
        flush_all_overlapping(tlb, tag, va, last);
    else if (tag)
        flush_pages(tlb, tag, va, last);
    engine->flush(space, va, len);
}
