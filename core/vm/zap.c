/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking mappings away.  Two passes, so that a range of any size costs one TLB flush: the first
 * takes the rights from each entry but leaves its frame there, then all CPUs forget the range,
 * then the second pass takes the entries and puts the frames.  Nobody maps anything there
 * meanwhile, since the space is locked for writing.
 */
#include "vm/vm_priv.h"

void vm_rss_add(struct vm_space *s, int64_t anon, int64_t file)
{
    uint64_t now;

    if (anon)
        atomic_add(&s->rss_anon, (uint64_t)anon);
    if (file)
        atomic_add(&s->rss_file, (uint64_t)file);
    now = atomic_load_relaxed(&s->rss_anon) + atomic_load_relaxed(&s->rss_file);
    if (now > atomic_load_relaxed(&s->rss_peak))
        atomic_store_relaxed(&s->rss_peak, now);
}

void vm_pte_gone(struct vm_space *s, struct pte pte, int64_t *anon, int64_t *file)
{
    struct frame *f = frame_of(pte.pa);

    (void)s;
    if (f->use == FRAME_PAGECACHE) {
        (*file)--;
        if (pte.bits & PTE_DIRTY)
            vm_page_mark_dirty(f);
    } else if (pte.pa != vm_zero_frame()) {
        (*anon)--;
    }
}

struct vm_zap {
    struct vm_space *space;
    struct vm_tlb *tlb;
    int64_t anon, file;
};

static int vm_zap_hide(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_zap *z = arg;

    if (pte.bits & PTE_RIGHTS)
        pgtable_protect(pt, va, 0);
    vm_tlb_page(z->tlb, va);
    return 0;
}

static int vm_zap_take(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_zap *z = arg;

    pte = pgtable_clear(pt, va);
    vm_pte_gone(z->space, pte, &z->anon, &z->file);
    frame_put(pte.pa);
    return 0;
}

void vm_walk(struct vm_space *s, uint64_t start, uint64_t end,
             int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
             void *arg)
{
    const uint64_t step = VM_TABLE_BYTES * PAGE_SIZE / 8;

    while (start < end) {
        /* One table of leaves at a time where there are tables, 1 GiB where there are not. */
        uint64_t stop = MIN(end, ALIGN_DOWN(start, VM_TABLE_BYTES) + VM_TABLE_BYTES);

        spin_lock(&s->pt_lock);
        if (stop < end && pgtable_gap(&s->pt, start, 1) == 1)
            stop = MIN(end, ALIGN_DOWN(start, step) + step);
        (void)pgtable_walk(&s->pt, start, stop, fn, arg);
        spin_unlock(&s->pt_lock);
        start = stop;
    }
}

void vm_zap(struct vm_space *s, uint64_t start, uint64_t end)
{
    struct vm_tlb tlb;
    struct vm_zap z = {.space = s, .tlb = &tlb};

    vm_tlb_begin(&tlb, s);
    vm_walk(s, start, end, vm_zap_hide, &z);
    if (!tlb.ranges)
        return;
    vm_tlb_join(&tlb);
    vm_tlb_finish(&tlb);
    vm_walk(s, start, end, vm_zap_take, &z);
    vm_rss_add(s, z.anon, z.file);
}

void vm_zap_dying(struct vm_space *s, uint64_t start, uint64_t end)
{
    struct vm_zap z = {.space = s};

    vm_walk(s, start, end, vm_zap_take, &z);
    vm_rss_add(s, z.anon, z.file);
}
