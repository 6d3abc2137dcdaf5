/* SPDX-License-Identifier: BSD-2-Clause */
/* mremap(2). */
#include "abi/errno.h"
#include "abi/mman.h"
#include "vm/vm_priv.h"

struct vm_remap {
    struct vm_space *space;
    uint64_t old, old_len, new_len;
    uint32_t flags;
    uint64_t at; /* MREMAP_FIXED: where to */
    struct list_node dead;
};

struct vm_move {
    struct vm_area *to;
    struct vm_tlb *tlb;
    int64_t delta;
};

static int vm_move_hide(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_move *m = arg;

    if (pte.bits & PTE_RIGHTS)
        pgtable_protect(pt, va, 0);
    vm_tlb_page(m->tlb, va);
    return 0;
}

static int vm_move_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_move *m = arg;
    int err;

    pte = pgtable_clear(pt, va);
    pte.bits =
        (pte.bits & ~(uint32_t)PTE_RIGHTS) | vm_pte_rights(m->to, frame_of(pte.pa));
    err = pgtable_set(pt, va + (uint64_t)m->delta, pte);
    kassert(!err); /* the tables are there */
    return 0;
}

struct vm_tables {
    int64_t delta;
    uint64_t ready; /* the table that covers this address exists */
    int err;
};

static int vm_move_table(struct pgtable *pt, uint64_t va, struct pte pte UNUSED,
                         void *arg)
{
    struct vm_tables *t = arg;
    uint64_t to = va + (uint64_t)t->delta;

    if (t->err || ALIGN_DOWN(to, VM_TABLE_BYTES) == t->ready)
        return 0;
    t->err = pgtable_prepare(pt, to, to + PAGE_SIZE);
    t->ready = ALIGN_DOWN(to, VM_TABLE_BYTES);
    return 0;
}

/* Make the tables exist that the entries of [old, old + len) will move to. */
static int vm_move_prepare(struct vm_space *s, uint64_t old, uint64_t len, int64_t delta)
{
    struct vm_tables t = {.delta = delta, .ready = UINT64_MAX};

    vm_walk(s, old, old + len, vm_move_table, &t);
    return t.err;
}

/* Move the entries of [old, old + len) into area `to`: hide, flush, move, as in zap.c.  With an
 * object, its lock keeps a truncation from looking while a page is in neither place. */
static int vm_move_entries(struct vm_space *s, uint64_t old, uint64_t len,
                           struct vm_area *to)
{
    struct vm_tlb tlb;
    struct vm_move m = {.to = to, .tlb = &tlb, .delta = (int64_t)(to->start - old)};
    int err;

    if (to->object)
        mutex_lock(&to->object->lock);
    vm_tlb_begin(&tlb, s);
    err = vm_move_prepare(s, old, len, m.delta);
    if (!err)
        vm_walk(s, old, old + len, vm_move_hide, &m);
    if (!err && tlb.ranges) {
        vm_tlb_finish(&tlb);
        vm_walk(s, old, old + len, vm_move_page, &m);
    }
    if (to->object)
        mutex_unlock(&to->object->lock);
    return err;
}

/* A free place for new_len bytes, or the one that was asked for, emptied. */
static int vm_remap_place(struct vm_remap *r, uint64_t *at)
{
    struct vm_space *s = r->space;
    int err;

    if (!(r->flags & MREMAP_FIXED)) {
        *at = vm_gap_find(s, r->new_len, s->user_min, s->mmap_base);
        if (!*at)
            *at = vm_gap_find(s, r->new_len, s->user_min, s->user_max);
        return *at ? 0 : -ENOMEM;
    }
    *at = r->at;
    err = vm_areas_isolate(s, r->at, r->at + r->new_len);
    if (!err)
        vm_unmap_isolated(s, r->at, r->at + r->new_len, &r->dead);
    return err;
}

static int vm_remap_move(struct vm_remap *r, uint64_t *out)
{
    struct vm_space *s = r->space;
    uint64_t copy = MIN(r->old_len, r->new_len);
    struct vm_area *a, *to;
    uint64_t at;
    int err = vm_remap_place(r, &at);

    if (!err)
        err = vm_areas_isolate(s, r->old, r->old + r->old_len);
    if (err)
        return err;
    a = vm_area_find(s, r->old);
    if (!a)
        return -EFAULT;
    to = vm_area_alloc(s, at, at + r->new_len, a->flags & ~(uint32_t)VM_GROWSDOWN,
                       a->object, a->offset, a->file);
    if (!to)
        return -ENOMEM;
    vm_area_insert(s, to);
    err = vm_move_entries(s, r->old, copy, to);
    if (err) {
        vm_area_detach(s, to, &r->dead);
        return err;
    }
    if (!(r->flags & MREMAP_DONTUNMAP))
        vm_unmap_isolated(s, r->old, r->old + r->old_len, &r->dead);
    vm_areas_merge(s, at, at + r->new_len);
    *out = at;
    return 0;
}

/* Another view of a shared mapping: old_len is 0. */
static int vm_remap_duplicate(struct vm_remap *r, struct vm_area *a, uint64_t *out)
{
    uint64_t offset = a->object ? a->offset + (r->old - a->start) : 0;
    struct vm_area *to;
    uint64_t at;
    int err;

    if (!(a->flags & VM_SHARED))
        return -EINVAL;
    if (!(r->flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    err = vm_remap_place(r, &at);
    if (err)
        return err;
    a = vm_area_find(r->space, r->old);
    to = a ? vm_area_alloc(r->space, at, at + r->new_len, a->flags, a->object, offset,
                           a->file)
           : NULL;
    if (!to)
        return -ENOMEM;
    vm_area_insert(r->space, to);
    *out = at;
    return 0;
}

static int vm_remap_shrink(struct vm_remap *r)
{
    struct vm_space *s = r->space;
    uint64_t end = r->old + r->old_len, keep = r->old + r->new_len;
    int err = vm_areas_isolate(s, keep, end);

    if (!err)
        vm_unmap_isolated(s, keep, end, &r->dead);
    return err;
}

/* The area ends here and what follows is free: it just becomes longer. */
static bool vm_remap_extend(struct vm_remap *r, struct vm_area *a)
{
    uint64_t end = r->old + r->old_len, want = r->old + r->new_len;

    if (a->end != end || want > r->space->user_max || !vm_range_free(r->space, end, want))
        return false;
    vm_area_resize(r->space, a, a->start, want);
    vm_areas_merge(r->space, a->start, want);
    return true;
}

static int vm_remap_locked(struct vm_remap *r, uint64_t *out)
{
    struct vm_area *a = vm_area_find(r->space, r->old);
    int err;

    if (!a)
        return -EFAULT;
    if (r->old_len == 0)
        return vm_remap_duplicate(r, a, out);
    if (a->end < r->old + r->old_len)
        return -EFAULT; /* one area at a time, as on Linux */
    if ((r->flags & MREMAP_DONTUNMAP) && (a->flags & VM_SHARED) && !a->object)
        return -EINVAL;
    if (r->new_len > r->old_len || (r->flags & MREMAP_DONTUNMAP)) {
        uint64_t more =
            r->flags & MREMAP_DONTUNMAP ? r->new_len : r->new_len - r->old_len;

        err = vm_check_limits(r->space, more, a->flags);
        if (err)
            return err;
    }
    if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
        return vm_remap_move(r, out);
    *out = r->old;
    if (r->new_len == r->old_len)
        return 0;
    if (r->new_len < r->old_len)
        return vm_remap_shrink(r);
    if (vm_remap_extend(r, a))
        return 0;
    return r->flags & MREMAP_MAYMOVE ? vm_remap_move(r, out) : -ENOMEM;
}

static int vm_remap_check(const struct vm_remap *r)
{
    const uint32_t known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
    uint64_t end = r->old + r->old_len;

    if ((r->flags & ~known) || !IS_ALIGNED(r->old, PAGE_SIZE) || r->new_len == 0)
        return -EINVAL;
    if ((r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(r->flags & MREMAP_MAYMOVE))
        return -EINVAL;
    if ((r->flags & MREMAP_DONTUNMAP) && r->old_len != r->new_len)
        return -EINVAL;
    if (end < r->old || end > r->space->user_max || r->new_len > r->space->user_max)
        return -EINVAL;
    if (!(r->flags & MREMAP_FIXED))
        return 0;
    if (!IS_ALIGNED(r->at, PAGE_SIZE) || r->at < r->space->user_min ||
        r->at > r->space->user_max - r->new_len)
        return -EINVAL;
    return r->at < end && r->old < r->at + r->new_len ? -EINVAL : 0;
}

int vm_remap(struct vm_space *s, uint64_t old, uint64_t old_len, uint64_t new_len,
             uint32_t flags, uint64_t new_addr, uint64_t *out)
{
    struct vm_remap r = {.space = s,
                         .old = old,
                         .old_len = ALIGN_UP(old_len, PAGE_SIZE),
                         .new_len = ALIGN_UP(new_len, PAGE_SIZE),
                         .flags = flags,
                         .at = new_addr};
    bool locked = false;
    int err;

    if (r.old_len < old_len || r.new_len < new_len)
        return -EINVAL;
    err = vm_remap_check(&r);
    if (err)
        return err;
    list_init(&r.dead);
    rwlock_write(&s->lock);
    err = vm_remap_locked(&r, out);
    if (!err) {
        const struct vm_area *a = vm_area_find(s, *out);

        locked = a && (a->flags & VM_LOCKED);
    }
    rwlock_write_unlock(&s->lock);
    vm_areas_free(&r.dead);
    if (!err && locked && r.new_len > r.old_len)
        err = vm_populate(s, *out, r.new_len, HAL_READ) == -EINTR ? -EINTR : 0;
    return err;
}
