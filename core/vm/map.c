/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap(2), munmap(2), brk(2): areas come and go. */
#include "abi/errno.h"
#include "abi/mman.h"
#include "vm/vm_priv.h"

uint32_t vm_flags_of_prot(uint32_t prot)
{
    uint32_t flags = 0;

    flags |= prot & PROT_READ ? VM_READ : 0;
    flags |= prot & PROT_WRITE ? VM_WRITE : 0;
    flags |= prot & PROT_EXEC ? VM_EXEC : 0;
    return flags;
}

int vm_check_range(const struct vm_space *s, uint64_t addr, uint64_t *len)
{
    uint64_t bytes = ALIGN_UP(*len, PAGE_SIZE);

    if (!IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (bytes < *len || addr > s->user_max || bytes > s->user_max - addr)
        return -ENOMEM;
    *len = bytes;
    return 0;
}

/* May `len` more bytes with `flags` be mapped?  The commit heuristic is Linux's mode 0: refuse
 * only what can never be there. */
int vm_check_limits(struct vm_space *s, uint64_t len, uint32_t flags)
{
    bool data = (flags & (VM_WRITE | VM_SHARED | VM_STACK | VM_GROWSDOWN)) == VM_WRITE;
    struct frame_stats st;

    if ((s->total_pages << PAGE_SHIFT) + len > s->limit_as)
        return -ENOMEM;
    if (data && (s->data_pages << PAGE_SHIFT) + len > s->limit_data)
        return -ENOMEM;
    if ((flags & VM_LOCKED) && (s->locked_pages << PAGE_SHIFT) + len > s->limit_memlock)
        return -EAGAIN;
    if (s->area_count >= VM_AREAS_MAX)
        return -ENOMEM;
    if (!data || (flags & VM_NORESERVE) || len < (UINT64_C(1) << 20))
        return 0;
    frame_stats(&st);
    return len >> PAGE_SHIFT > st.total ? -ENOMEM : 0;
}

void vm_unmap_isolated(struct vm_space *s, uint64_t start, uint64_t end,
                       struct list_node *dead)
{
    struct vm_area *a = vm_area_from(s, start);
    struct list_node tables = LIST_INIT(tables);
    struct vm_tlb tlb;

    if (!a || a->start >= end)
        return;
    vm_zap(s, start, end);
    while (a && a->start < end) {
        struct vm_area *next = vm_area_next(a);

        vm_area_detach(s, a, dead);
        a = next;
    }
    /* A few empty tables are worth less than the flush that freeing them costs. */
    spin_lock(&s->pt_lock);
    if (end - start >= VM_TABLE_BYTES || s->pt.table_frames > VM_TABLES_SPARE)
        pgtable_prune(&s->pt, start, end, &tables);
    spin_unlock(&s->pt_lock);
    if (list_empty(&tables))
        return;
    /* An MMU may have cached the way through each of the tables. */
    vm_tlb_begin(&tlb, s);
    vm_tlb_page(&tlb, start);
    vm_tlb_page(&tlb, end - PAGE_SIZE);
    vm_tlb_join(&tlb);
    vm_tlb_finish(&tlb);
    pgtable_release(&tables);
}

int vm_unmap(struct vm_space *s, uint64_t addr, uint64_t len)
{
    struct list_node dead = LIST_INIT(dead);
    int err = len ? vm_check_range(s, addr, &len) : -EINVAL;

    if (err)
        return -EINVAL;
    rwlock_write(&s->lock);
    err = vm_areas_isolate(s, addr, addr + len);
    if (!err)
        vm_unmap_isolated(s, addr, addr + len, &dead);
    else
        vm_areas_merge(s, addr, addr + len);
    rwlock_write_unlock(&s->lock);
    vm_areas_free(&dead);
    return err;
}

/* ---- mmap ---- */

static uint32_t vm_map_flags(const struct vm_space *s, const struct vm_map_args *a)
{
    uint32_t flags = vm_flags_of_prot(a->prot) | a->extra;
    uint32_t may = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

    flags |= a->max_prot ? a->max_prot & may : may;
    flags |= (a->flags & MAP_TYPE) != MAP_PRIVATE ? VM_SHARED : 0;
    flags |= a->flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0;
    flags |= a->flags & MAP_NORESERVE ? VM_NORESERVE : 0;
    flags |= (a->flags & MAP_LOCKED) || s->lock_future ? VM_LOCKED : 0;
    return flags;
}

static int vm_map_check(const struct vm_space *s, const struct vm_map_args *a,
                        uint64_t *len)
{
    uint32_t type = a->flags & MAP_TYPE;
    bool fixed = a->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    int err;

    *len = a->len;
    if (a->len == 0 || !IS_ALIGNED(a->offset, PAGE_SIZE))
        return -EINVAL;
    if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if ((a->flags & MAP_GROWSDOWN) && (a->object || type != MAP_PRIVATE))
        return -EINVAL;
    if (fixed && !IS_ALIGNED(a->addr, PAGE_SIZE))
        return -EINVAL;
    err = vm_check_range(s, fixed ? a->addr : 0, len);
    if (err)
        return -ENOMEM;
    if (a->offset + *len < a->offset ||
        (a->object && a->offset + *len > (uint64_t)INT64_MAX)) /* no file is that long */
        return -EOVERFLOW;
    return fixed && a->addr < s->user_min ? -EPERM : 0;
}

/* Where the mapping goes; with MAP_FIXED the place may be taken. */
static int vm_map_place(struct vm_space *s, const struct vm_map_args *a, uint64_t len,
                        uint64_t *at)
{
    uint64_t hint = ALIGN_DOWN(a->addr, PAGE_SIZE);
    uint64_t below = a->flags & MAP_GROWSDOWN ? VM_STACK_GUARD : 0;

    if (a->flags & MAP_FIXED_NOREPLACE) {
        *at = a->addr;
        return vm_range_free(s, a->addr, a->addr + len) ? 0 : -EEXIST;
    }
    if (a->flags & MAP_FIXED) {
        *at = a->addr;
        return 0;
    }
    *at = hint;
    if (hint >= s->user_min + below && hint <= s->user_max && len <= s->user_max - hint &&
        vm_range_free(s, hint - below, hint + len))
        return 0;
    *at = vm_gap_find(s, len + below, s->user_min, s->mmap_base);
    if (!*at)
        *at = vm_gap_find(s, len + below, s->user_min, s->user_max);
    *at += *at ? below : 0;
    return *at ? 0 : -ENOMEM;
}

/* Bytes of [start, end) that are mapped now: MAP_FIXED gives them back to the limits. */
static uint64_t vm_mapped_bytes(struct vm_space *s, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;

    for (struct vm_area *a = vm_area_from(s, start); a && a->start < end;
         a = vm_area_next(a))
        bytes += MIN(a->end, end) - MAX(a->start, start);
    return bytes;
}

/* space->lock is held for writing. */
static int vm_map_locked(struct vm_space *s, const struct vm_map_args *m, uint64_t len,
                         struct vm_object *o, uint64_t *at, struct list_node *dead)
{
    uint32_t flags = vm_map_flags(s, m);
    struct vm_area *a;
    uint64_t replaced;
    int err = vm_map_place(s, m, len, at);

    if (err)
        return err;
    replaced = vm_mapped_bytes(s, *at, *at + len);
    err = vm_check_limits(s, len - replaced, flags);
    if (err)
        return err;
    a = vm_area_alloc(s, *at, *at + len, flags, o, o ? m->offset : 0, m->file);
    if (!a)
        return -ENOMEM;
    err = vm_areas_isolate(s, *at, *at + len);
    if (err) {
        list_add(&a->object_link, dead);
        return err;
    }
    vm_unmap_isolated(s, *at, *at + len, dead);
    vm_area_insert(s, a);
    vm_areas_merge(s, *at, *at + len);
    return 0;
}

/* As on Linux, failure to populate is silent: the pages come when they are touched. */
static void vm_map_populate(struct vm_space *s, const struct vm_map_args *m, uint64_t at,
                            uint64_t len)
{
    bool private = (m->flags & MAP_TYPE) == MAP_PRIVATE;
    int err =
        vm_populate(s, at, len, private && (m->prot & PROT_WRITE) ? HAL_WRITE : HAL_READ);

    (void)err;
}

int vm_map(struct vm_space *s, const struct vm_map_args *m, uint64_t *out)
{
    struct list_node dead = LIST_INIT(dead);
    struct vm_object *shared = NULL;
    uint64_t len, at = 0;
    bool populate;
    int err = vm_map_check(s, m, &len);

    if (err)
        return err;
    if (!m->object && (m->flags & MAP_TYPE) != MAP_PRIVATE) {
        err = vm_shared_create(len, &shared);
        if (err)
            return err;
    }
    rwlock_write(&s->lock);
    err = vm_map_locked(s, m, len, shared ? shared : m->object, &at, &dead);
    populate = (m->flags & (MAP_POPULATE | MAP_LOCKED)) || s->lock_future;
    rwlock_write_unlock(&s->lock);
    if (!err && m->object)
        vm_map_ahead(s, at, len);
    vm_areas_free(&dead);
    if (shared)
        vm_shared_put(shared); /* the area has its own reference */
    if (err)
        return err;
    *out = at;
    if (populate && !(m->flags & MAP_NONBLOCK) && m->prot)
        vm_map_populate(s, m, at, len);
    return 0;
}

/* ---- brk ---- */

/* The area that ends at `end` and is the heap. */
static struct vm_area *vm_heap_at(struct vm_space *s, uint64_t end)
{
    struct vm_area *a = end ? vm_area_find(s, end - 1) : NULL;

    return a && (a->flags & VM_HEAP) && !a->object && a->end == end ? a : NULL;
}

static int vm_brk_grow(struct vm_space *s, uint64_t old, uint64_t new)
{
    uint32_t flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_HEAP;
    struct vm_area *heap = vm_heap_at(s, old);
    struct vm_area *a;
    int err;

    flags |= s->lock_future ? VM_LOCKED : 0;
    if (new > s->user_max || !vm_range_free(s, old, new + PAGE_SIZE))
        return -ENOMEM;
    err = vm_check_limits(s, new - old, flags);
    if (err)
        return err;
    if (heap && heap->flags == flags) {
        vm_area_resize(s, heap, heap->start, new);
        return 0;
    }
    a = vm_area_alloc(s, old, new, flags, NULL, 0, NULL);
    if (!a)
        return -ENOMEM;
    vm_area_insert(s, a);
    return 0;
}

uint64_t vm_brk(struct vm_space *s, uint64_t brk)
{
    struct list_node dead = LIST_INIT(dead);
    uint64_t old, new, result;

    rwlock_write(&s->lock);
    result = s->brk;
    old = ALIGN_UP(s->brk, PAGE_SIZE);
    new = ALIGN_UP(brk, PAGE_SIZE);
    if (brk < s->brk_start || new < brk || brk - s->brk_start > s->limit_data)
        goto out;
    if (new > old && vm_brk_grow(s, old, new))
        goto out;
    if (new < old) {
        if (vm_areas_isolate(s, new, old))
            goto out;
        vm_unmap_isolated(s, new, old, &dead);
    }
    s->brk = brk;
    result = brk;
out:
    rwlock_write_unlock(&s->lock);
    vm_areas_free(&dead);
    return result;
}
