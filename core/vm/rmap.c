/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an object to the page-table entries that show its pages.
 *
 * The object lists its areas under map_lock; an area's bounds do not change under it.  Nothing
 * can be flushed with a spinlock held, so a sweep works through one batch of one area at a
 * time, marks the areas that it is done with, and starts again at the head of the list.  While
 * it is without the lock `sweeps` keeps the space from being freed; a reference would not do,
 * since putting the last one here would want the object's lock.
 */
#include "vm/vm_priv.h"

struct vm_rmap {
    struct vm_space *space;
    struct vm_tlb tlb;
    bool unmap; /* else: collect dirty bits */
    bool cows;  /* unmap private copies too */
    int64_t anon, file;
};

static void vm_rmap_collect(struct vm_rmap *r, struct pgtable *pt, uint64_t va,
                            struct pte pte)
{
    if (!(pgtable_mark(pt, va, 0, PTE_DIRTY) & PTE_DIRTY))
        return;
    vm_page_mark_dirty(frame_of(pte.pa));
    vm_tlb_page(&r->tlb,
                va); /* a TLB that knows the page as dirty would not tell again */
}

/* 1: the batch is full. */
static int vm_rmap_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_rmap *r = arg;
    bool cached = frame_of(pte.pa)->use == FRAME_PAGECACHE;

    if (!r->unmap) {
        if (cached)
            vm_rmap_collect(r, pt, va, pte);
        return 0;
    }
    if (!cached && !r->cows)
        return 0;
    pte = pgtable_clear(pt, va);
    vm_pte_gone(r->space, pte, &r->anon, &r->file);
    vm_tlb_page(&r->tlb, va);
    return vm_tlb_frame(&r->tlb, pte.pa);
}

/* The part of `a` that shows pages [first, end); false: none. */
static bool vm_rmap_range(const struct vm_area *a, uint64_t first, uint64_t end,
                          uint64_t *start, uint64_t *stop)
{
    uint64_t base = a->offset >> PAGE_SHIFT;
    uint64_t pages = (a->end - a->start) >> PAGE_SHIFT;

    if (end <= base || first >= base + pages)
        return false;
    *start = a->start + ((MAX(first, base) - base) << PAGE_SHIFT);
    *stop = a->start + ((MIN(end, base + pages) - base) << PAGE_SHIFT);
    return true;
}

/* An area that this sweep has to look at, or NULL.  map_lock is held. */
static struct vm_area *vm_rmap_next(struct vm_object *o, uint64_t sweep)
{
    struct vm_area *a;

    list_for_each_entry (a, &o->mappings, object_link)
        if (a->sweep != sweep)
            return a;
    return NULL;
}

/* One batch; false: the sweep is over. */
static bool vm_rmap_step(struct vm_object *o, struct vm_rmap *r, uint64_t first,
                         uint64_t end)
{
    uint64_t start, stop;
    struct vm_area *a;
    bool found = false;

    spin_lock(&o->map_lock);
    while (!found && (a = vm_rmap_next(o, o->sweep)) != NULL) {
        found = vm_rmap_range(a, first, end, &start, &stop);
        if (!found) {
            a->sweep = o->sweep;
            list_move_tail(&a->object_link, &o->mappings);
        }
    }
    if (found) {
        r->space = a->space;
        r->anon = r->file = 0;
        atomic_inc(&r->space->sweeps);
        vm_tlb_begin(&r->tlb, r->space);
        spin_lock(&r->space->pt_lock);
        if (pgtable_walk(&r->space->pt, start, stop, vm_rmap_page, r) == 0) {
            a->sweep = o->sweep;
            list_move_tail(&a->object_link, &o->mappings);
        }
        spin_unlock(&r->space->pt_lock);
    }
    spin_unlock(&o->map_lock);
    if (!found)
        return false;
    vm_rss_add(r->space, r->anon, r->file);
    vm_tlb_finish(&r->tlb);
    atomic_dec(&r->space->sweeps);
    return true;
}

static void vm_rmap_sweep(struct vm_object *o, struct vm_rmap *r, uint64_t first,
                          uint64_t end)
{
    kassert(mutex_held(&o->lock));
    if (first >= end)
        return;
    spin_lock(&o->map_lock);
    o->sweep++;
    spin_unlock(&o->map_lock);
    while (vm_rmap_step(o, r, first, end))
        ;
}

void vm_rmap_unmap(struct vm_object *o, uint64_t first, uint64_t end, bool cows)
{
    struct vm_rmap r = {.unmap = true, .cows = cows};

    vm_rmap_sweep(o, &r, first, end);
}

void vm_rmap_collect_dirty(struct vm_object *o, uint64_t first, uint64_t end)
{
    struct vm_rmap r = {.unmap = false};

    vm_rmap_sweep(o, &r, first, end);
}
