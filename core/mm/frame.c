/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In front of the buddy allocator: per-CPU caches of single frames, a reserve for callers that
 * cannot wait, reclaim, and references.
 *
 * A CPU takes frames from the buddy allocator FRAME_BATCH at a time, one after the other, so a
 * fresh cache hands out neighbours in ascending order, which is what the user-code engine maps
 * in one go.  Below the low watermark the caches are bypassed on free, so that blocks can merge.
 */
#include "mm/frame.h"

#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/buddy_priv.h"
#include "trace/log.h"

#define FRAME_BATCH       32u
#define FRAME_CACHE_MAX   (3 * FRAME_BATCH)
#define FRAME_LEAKS_MAX   8u /* named one by one */
#define FRAME_RECLAIM_TRY 4  /* rounds of reclaim before an allocation fails */

/* One CPU's: touched by it alone, interrupts masked; the sums are read by anyone. */
struct frame_cpu {
    struct list_node list;
    uint32_t count;
    int64_t used[FRAME_USES]; /* frames allocated minus freed here */
    uint64_t allocs, failures;
} ALIGNED(64);

static struct buddy frame_zone;
static struct frame_cpu frame_cpus[HAL_CPUS_MAX];
static uint64_t frame_min, frame_low; /* watermarks */
static uint64_t frame_total;          /* frames of RAM that the allocator manages */
static uint64_t frame_map_frames;     /* of those, descriptors */
/* Appended to at boot only. */
static struct list_node frame_reclaimers = LIST_INIT(frame_reclaimers);

void *phys_to_virt(uint64_t pa)
{
    return (void *)(uintptr_t)(pa + hal_direct_map_offset());
}

uint64_t virt_to_phys(const void *va)
{
    return (uint64_t)(uintptr_t)va - hal_direct_map_offset();
}

bool frame_is_ram(uint64_t pa)
{
    uint64_t pfn = pa >> PAGE_SHIFT;

    return pfn >= frame_zone.first && pfn - frame_zone.first < frame_zone.count;
}

struct frame *frame_of(uint64_t pa)
{
    kassert(frame_is_ram(pa));
    return &frame_zone.frames[(pa >> PAGE_SHIFT) - frame_zone.first];
}

uint64_t frame_pa(const struct frame *f)
{
    return (frame_zone.first + (uint64_t)(f - frame_zone.frames)) << PAGE_SHIFT;
}

/* ---- start ---- */

/* The lowest and highest frame numbers of anything that may ever be asked about. */
static void frame_bounds(const struct hal_bootinfo *bi, uint64_t *first, uint64_t *end)
{
    *first = UINT64_MAX;
    *end = 0;
    for (unsigned i = 0; i < bi->ram_count + 2; i++) {
        const struct hal_range *r = i < bi->ram_count    ? &bi->ram[i]
                                    : i == bi->ram_count ? &bi->image
                                                         : &bi->initrd;
        if (r->len == 0)
            continue;
        *first = MIN(*first, r->base >> PAGE_SHIFT);
        *end = MAX(*end, DIV_ROUND_UP(r->base + r->len, PAGE_SIZE));
    }
}

/* The descriptors go to the end of the first range of RAM that has room for them. */
static struct hal_range frame_place_map(const struct hal_bootinfo *bi, uint64_t bytes)
{
    for (unsigned i = 0; i < bi->ram_count; i++) {
        const struct hal_range *r = &bi->ram[i];

        if (r->len >= 2 * bytes)
            return (struct hal_range){r->base + r->len - bytes, bytes};
    }
    kpanic("mm: too little memory for the page descriptors (%llu KiB needed)",
           (unsigned long long)(2 * bytes / 1024));
}

static void frame_give_ram(const struct hal_range *r, const struct hal_range *map)
{
    uint64_t end = r->base + r->len;

    if (map->base >= r->base && map->base < end)
        end = map->base;
    buddy_give_range(&frame_zone, DIV_ROUND_UP(r->base, PAGE_SIZE), end >> PAGE_SHIFT);
    hal_mem_mark(phys_to_virt(r->base), end - r->base, HAL_MEM_FREE);
}

void frame_init(void)
{
    const struct hal_bootinfo *bi = hal_bootinfo();
    uint64_t first, end, bytes;
    struct hal_range map;

    frame_bounds(bi, &first, &end);
    kassert(bi->ram_count > 0 && first < end);
    bytes = ALIGN_UP((end - first) * sizeof(struct frame), PAGE_SIZE);
    map = frame_place_map(bi, bytes);
    buddy_init(&frame_zone, phys_to_virt(map.base), first, end - first);
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        frame_cpus[i] = (struct frame_cpu){.count = 0};
        list_init(&frame_cpus[i].list);
    }
    for (unsigned i = 0; i < bi->ram_count; i++)
        frame_give_ram(&bi->ram[i], &map);
    frame_map_frames = bytes >> PAGE_SHIFT;
    frame_total = frame_zone.free + frame_map_frames;
    frame_min = CLAMP(frame_total / 256, UINT64_C(16), UINT64_C(1024));
    frame_low = 2 * frame_min;
}

void frame_donate(uint64_t pa, uint64_t len)
{
    uint64_t first = DIV_ROUND_UP(pa, PAGE_SIZE);
    uint64_t end = (pa + len) >> PAGE_SHIFT;

    if (first >= end)
        return;
    for (uint64_t pfn = first; pfn < end; pfn++) {
        struct frame *f = frame_of(pfn << PAGE_SHIFT);

        kassert(f->use == FRAME_RESERVED && f->refs == 0);
    }
    hal_mem_mark(phys_to_virt(first << PAGE_SHIFT), (end - first) << PAGE_SHIFT,
                 HAL_MEM_FREE);
    atomic_add(&frame_total, end - first);
    buddy_give_range(&frame_zone, first, end);
}

/* ---- per-CPU cache; interrupts are masked ---- */

static struct frame_cpu *frame_this_cpu(void)
{
    return &frame_cpus[hal_cpu_id()];
}

/* Frames that a caller with `flags` may take from the zone. */
static uint64_t frame_available(unsigned flags)
{
    uint64_t keep = flags & FRAME_ATOMIC ? 0 : frame_min;
    uint64_t have = atomic_load_relaxed(&frame_zone.free);

    return have > keep ? have - keep : 0;
}

static void frame_cache_refill(struct frame_cpu *c, uint64_t n)
{
    spin_lock(&frame_zone.lock);
    while (n--) {
        struct frame *f = buddy_take_locked(&frame_zone, 0);

        if (!f)
            break;
        atomic_store_relaxed(&f->flags, FRAME_F_CACHED);
        f->use = FRAME_FREE;
        list_add_tail(&f->link, &c->list);
        atomic_own_add(&c->count, 1);
    }
    spin_unlock(&frame_zone.lock);
}

/* Give back the `n` frames that have been in the cache longest. */
static void frame_cache_drain(struct frame_cpu *c, uint32_t n)
{
    spin_lock(&frame_zone.lock);
    while (n-- && c->count) {
        struct frame *f = list_last_entry(&c->list, struct frame, link);

        list_del(&f->link);
        atomic_own_sub(&c->count, 1);
        f->flags = 0;
        buddy_give_locked(&frame_zone, f, 0);
    }
    spin_unlock(&frame_zone.lock);
}

static struct frame *frame_cache_take(struct frame_cpu *c, unsigned flags)
{
    struct frame *f;

    if (c->count == 0) {
        uint64_t n = MIN(frame_available(0), (uint64_t)FRAME_BATCH);

        /* From the reserve one at a time, or the cache would hand the rest to anybody. */
        frame_cache_refill(c, n ? n : MIN(frame_available(flags), UINT64_C(1)));
        if (c->count == 0)
            return NULL;
    }
    f = list_first_entry(&c->list, struct frame, link);
    kassert(f->flags == FRAME_F_CACHED && f->refs == 0);
    list_del(&f->link);
    atomic_own_sub(&c->count, 1);
    return f;
}

static struct frame *frame_take(unsigned order, unsigned flags, enum frame_use use)
{
    bool irq = hal_irq_save();
    struct frame_cpu *c = frame_this_cpu();
    struct frame *f = NULL;

    if (order == 0) {
        f = frame_cache_take(c, flags);
    } else if (frame_available(flags) >= UINT64_C(1) << order) {
        spin_lock(&frame_zone.lock);
        f = buddy_take_locked(&frame_zone, order);
        spin_unlock(&frame_zone.lock);
    }
    if (f) {
        atomic_own_add(&c->used[use], INT64_C(1) << order);
        atomic_own_add(&c->allocs, 1);
    }
    hal_irq_restore(irq);
    return f;
}

uint64_t frame_reclaim(uint64_t want)
{
    uint64_t freed = 0;
    struct frame_reclaimer *r;
    bool irq = hal_irq_save();

    frame_cache_drain(frame_this_cpu(), UINT32_MAX);
    hal_irq_restore(irq);
    list_for_each_entry (r, &frame_reclaimers, link) {
        if (freed >= want)
            break;
        freed += r->reclaim(want - freed);
    }
    return freed;
}

void frame_reclaimer_register(struct frame_reclaimer *r)
{
    list_add_tail(&r->link, &frame_reclaimers);
}

uint64_t frame_alloc(unsigned order, unsigned flags, enum frame_use use)
{
    struct frame *f = order <= FRAME_ORDER_MAX ? frame_take(order, flags, use) : NULL;
    uint64_t size = PAGE_SIZE << order;

    kassert(use != FRAME_FREE && use < FRAME_USES);
    for (int i = 0; !f && (flags & FRAME_WAIT) && i < FRAME_RECLAIM_TRY; i++) {
        if (frame_reclaim(MAX(frame_low, UINT64_C(1) << order)) == 0 && i > 0)
            break;
        f = frame_take(order, flags, use);
    }
    if (!f) {
        bool irq = hal_irq_save();

        atomic_own_add(&frame_this_cpu()->failures, 1);
        hal_irq_restore(irq);
        return 0;
    }
    for (uint64_t i = 0; i < UINT64_C(1) << order; i++) {
        f[i].use = (uint8_t)use;
        atomic_store_relaxed(&f[i].flags, 0);
        f[i].order = 0;
        f[i].owner = NULL;
        f[i].index = 0;
    }
    f->order = (uint8_t)order;
    if (use == FRAME_KERNEL)
        f->owner = __builtin_return_address(0);
    atomic_store_relaxed(&f->refs, 1);
    hal_mem_mark(phys_to_virt(frame_pa(f)), size,
                 flags & FRAME_ZERO ? HAL_MEM_DEFINED : HAL_MEM_UNDEFINED);
    if (flags & FRAME_ZERO)
        memset(phys_to_virt(frame_pa(f)), 0, size);
    return frame_pa(f);
}

/* No references are left. */
static void frame_release(struct frame *f, unsigned order)
{
    struct frame_cpu *c;
    bool irq;

    kassert(f->use != FRAME_FREE && f->use != FRAME_RESERVED && !list_linked(&f->link));
    hal_mem_mark(phys_to_virt(frame_pa(f)), PAGE_SIZE << order, HAL_MEM_FREE);
    irq = hal_irq_save();
    c = frame_this_cpu();
    atomic_own_sub(&c->used[f->use], INT64_C(1) << order);
    for (uint64_t i = 0; i < UINT64_C(1) << order; i++) {
        f[i].use = FRAME_FREE;
        atomic_store_relaxed(&f[i].flags, 0);
    }
    if (order == 0 && atomic_load_relaxed(&frame_zone.free) >= frame_low) {
        atomic_store_relaxed(&f->flags, FRAME_F_CACHED);
        list_add(&f->link, &c->list);
        atomic_own_add(&c->count, 1);
        if (c->count > FRAME_CACHE_MAX)
            frame_cache_drain(c, FRAME_BATCH);
    } else {
        spin_lock(&frame_zone.lock);
        buddy_give_locked(&frame_zone, f, order);
        spin_unlock(&frame_zone.lock);
    }
    hal_irq_restore(irq);
}

void frame_free(uint64_t pa, unsigned order)
{
    struct frame *f = frame_of(pa);
    uint32_t left = atomic_sub_return(&f->refs, 1);

    kassert(f->order == order && left == 0);
    frame_release(f, order);
}

void frame_split(uint64_t pa, unsigned order)
{
    struct frame *f = frame_of(pa);

    kassert(f->order == order && atomic_load_relaxed(&f->refs) == 1);
    f->order = 0;
    for (uint64_t i = 1; i < UINT64_C(1) << order; i++)
        atomic_store_relaxed(&f[i].refs, 1);
}

/* ---- references ---- */

void frame_get(uint64_t pa)
{
    uint32_t old = atomic_fetch_add_relaxed(&frame_of(pa)->refs, 1);

    kassert(old > 0 && old < UINT32_MAX / 2);
}

void frame_put(uint64_t pa)
{
    struct frame *f = frame_of(pa);
    uint32_t left = atomic_sub_return(&f->refs, 1);

    kassert(left < UINT32_MAX / 2);
    if (left)
        return;
    kassert(f->order == 0);
    frame_release(f, 0);
}

uint32_t frame_refs(uint64_t pa)
{
    return atomic_load(&frame_of(pa)->refs);
}

void frame_set_use(uint64_t pa, enum frame_use use)
{
    struct frame *f = frame_of(pa);
    bool irq = hal_irq_save();
    struct frame_cpu *c = frame_this_cpu();

    kassert(f->order == 0 && f->use != FRAME_FREE);
    atomic_own_sub(&c->used[f->use], 1);
    atomic_own_add(&c->used[use], 1);
    f->use = (uint8_t)use;
    hal_irq_restore(irq);
}

/* ---- figures ---- */

uint64_t frame_reserve(void)
{
    return frame_min;
}

void frame_stats(struct frame_stats *out)
{
    int64_t used[FRAME_USES] = {0};

    *out = (struct frame_stats){.total = atomic_load_relaxed(&frame_total),
                                .free = atomic_load_relaxed(&frame_zone.free)};
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        const struct frame_cpu *c = &frame_cpus[i];

        out->free += atomic_load_relaxed(&c->count);
        out->allocs += atomic_load_relaxed(&c->allocs);
        out->failures += atomic_load_relaxed(&c->failures);
        for (unsigned u = 0; u < FRAME_USES; u++)
            used[u] += atomic_load_relaxed(&c->used[u]);
    }
    for (unsigned u = 0; u < FRAME_USES; u++)
        out->used[u] = used[u] > 0 ? (uint64_t)used[u] : 0;
    out->used[FRAME_FREE] = out->free;
    out->used[FRAME_RESERVED] = frame_map_frames;
}

void frame_each_kernel(void (*fn)(uint64_t pa, const void *site, void *arg), void *arg)
{
    for (uint64_t i = 0; i < frame_zone.count; i++) {
        const struct frame *f = &frame_zone.frames[i];

        if (f->use == FRAME_KERNEL && atomic_load_relaxed(&f->refs) != 0)
            fn(frame_pa(f), f->owner, arg);
    }
}

/* Name the first few. */
static void frame_list_leaked(void)
{
    unsigned n = 0;

    for (uint64_t i = 0; i < frame_zone.count && n < FRAME_LEAKS_MAX; i++) {
        const struct frame *f = &frame_zone.frames[i];
        uint32_t refs = atomic_load_relaxed(&f->refs);

        if (refs == 0 || (f->use != FRAME_ANON && f->use != FRAME_PGTABLE))
            continue;
        n++;
        log_warn("mm", "leaked frame %#llx: %s, %u references left",
                 (unsigned long long)frame_pa(f),
                 f->use == FRAME_ANON ? "anonymous" : "page table", refs);
    }
}

uint64_t frame_leak_report(void)
{
    struct frame_stats st;
    uint64_t leaked;

    frame_stats(&st);
    leaked = st.used[FRAME_ANON] + st.used[FRAME_PGTABLE];
    if (leaked) {
        log_warn("mm", "leaked frames: %llu anonymous, %llu page tables",
                 (unsigned long long)st.used[FRAME_ANON],
                 (unsigned long long)st.used[FRAME_PGTABLE]);
        frame_list_leaked();
    }
    return leaked;
}
