/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/buddy_priv.h"

#include "lib/atomic.h"

static uint64_t buddy_pfn(const struct buddy *b, const struct frame *f)
{
    return b->first + (uint64_t)(f - b->frames);
}

void buddy_init(struct buddy *b, struct frame *frames, uint64_t first, uint64_t count)
{
    spin_init(&b->lock, "mm.buddy");
    b->frames = frames;
    b->first = first;
    b->count = count;
    b->free = 0;
    for (unsigned i = 0; i <= FRAME_ORDER_MAX; i++) {
        list_init(&b->area[i].list);
        b->area[i].blocks = 0;
    }
    for (uint64_t i = 0; i < count; i++) {
        frames[i] = (struct frame){.use = FRAME_RESERVED};
        list_init(&frames[i].link);
    }
}

static void buddy_link(struct buddy *b, struct frame *f, unsigned order)
{
    f->flags = FRAME_F_BUDDY;
    f->order = (uint8_t)order;
    f->use = FRAME_FREE;
    list_add(&f->link, &b->area[order].list);
    b->area[order].blocks++;
}

static void buddy_unlink(struct buddy *b, struct frame *f, unsigned order)
{
    list_del(&f->link);
    f->flags = 0;
    b->area[order].blocks--;
}

struct frame *buddy_take_locked(struct buddy *b, unsigned order)
{
    unsigned have = order;
    struct frame *f;

    while (have <= FRAME_ORDER_MAX && list_empty(&b->area[have].list))
        have++;
    if (have > FRAME_ORDER_MAX)
        return NULL;
    f = list_first_entry(&b->area[have].list, struct frame, link);
    kassert(f->flags == FRAME_F_BUDDY && f->order == have && f->refs == 0);
    buddy_unlink(b, f, have);
    while (have > order) {
        have--;
        buddy_link(b, f + (UINT64_C(1) << have), have);
    }
    atomic_own_sub(&b->free, UINT64_C(1) << order);
    return f;
}

/* The other half of the block at `pfn`, if it is a free block of the same size. */
static struct frame *buddy_of(struct buddy *b, uint64_t pfn, unsigned order)
{
    uint64_t other = pfn ^ (UINT64_C(1) << order);
    struct frame *f;

    if (other < b->first || other + (UINT64_C(1) << order) > b->first + b->count)
        return NULL;
    f = &b->frames[other - b->first];
    /* One that is not free is somebody else's and may be changing. */
    if (atomic_load_relaxed(&f->flags) != FRAME_F_BUDDY)
        return NULL;
    return f->order == order ? f : NULL;
}

void buddy_give_locked(struct buddy *b, struct frame *f, unsigned order)
{
    uint64_t pfn = buddy_pfn(b, f);
    struct frame *other;

    kassert(order <= FRAME_ORDER_MAX && IS_ALIGNED(pfn, UINT64_C(1) << order));
    kassert(f->refs == 0 && !(f->flags & FRAME_F_BUDDY));
    atomic_own_add(&b->free, UINT64_C(1) << order);
    while (order < FRAME_ORDER_MAX && (other = buddy_of(b, pfn, order)) != NULL) {
        buddy_unlink(b, other, order);
        pfn &= ~(UINT64_C(1) << order);
        order++;
    }
    buddy_link(b, &b->frames[pfn - b->first], order);
}

void buddy_give_range(struct buddy *b, uint64_t pfn, uint64_t end)
{
    kassert(pfn >= b->first && end <= b->first + b->count);
    while (pfn < end) {
        unsigned order = 0;
        bool flags;

        while (order < FRAME_ORDER_MAX && IS_ALIGNED(pfn, UINT64_C(2) << order) &&
               pfn + (UINT64_C(2) << order) <= end)
            order++;
        for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
            b->frames[pfn - b->first + i].use = FRAME_FREE;
        flags = spin_lock_irqsave(&b->lock);
        buddy_give_locked(b, &b->frames[pfn - b->first], order);
        spin_unlock_irqrestore(&b->lock, flags);
        pfn += UINT64_C(1) << order;
    }
}

static bool buddy_area_valid(struct buddy *b, unsigned order, uint64_t *free)
{
    uint64_t blocks = 0;
    struct frame *f;

    list_for_each_entry (f, &b->area[order].list, link) {
        uint64_t pfn = buddy_pfn(b, f);

        if (f->flags != FRAME_F_BUDDY || f->order != order || f->refs != 0)
            return false;
        if (!IS_ALIGNED(pfn, UINT64_C(1) << order))
            return false;
        if (order < FRAME_ORDER_MAX && buddy_of(b, pfn, order))
            return false;
        for (uint64_t i = 1; i < UINT64_C(1) << order; i++)
            if (f[i].flags || f[i].refs || f[i].use != FRAME_FREE)
                return false;
        blocks++;
    }
    *free += blocks << order;
    return blocks == b->area[order].blocks;
}

bool buddy_valid(struct buddy *b)
{
    uint64_t free = 0;
    bool ok = true;
    bool flags = spin_lock_irqsave(&b->lock);

    for (unsigned order = 0; ok && order <= FRAME_ORDER_MAX; order++)
        ok = buddy_area_valid(b, order, &free);
    ok = ok && free == b->free;
    spin_unlock_irqrestore(&b->lock, flags);
    return ok;
}
