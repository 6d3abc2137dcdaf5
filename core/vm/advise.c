/* SPDX-License-Identifier: BSD-2-Clause */
/* madvise(2), msync(2), mincore(2). */
#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/string.h"
#include "vm/vm_priv.h"

/* ---- madvise; space->lock is held for writing where areas or pages change ---- */

/* What the advice does to one area; the part [start, end) of it. */
typedef int (*vm_advise_fn)(struct vm_space *s, struct vm_area *a, uint64_t start,
                            uint64_t end);

static int vm_advise_dontneed(struct vm_space *s, struct vm_area *a, uint64_t start,
                              uint64_t end)
{
    if (a->flags & VM_LOCKED)
        return -EINVAL;
    vm_zap(s, start, end);
    return 0;
}

/* The kernel may free the pages at any time from now on, so it may do it now. */
static int vm_advise_free(struct vm_space *s, struct vm_area *a, uint64_t start,
                          uint64_t end)
{
    if (a->object || (a->flags & VM_LOCKED))
        return -EINVAL;
    vm_zap(s, start, end);
    return 0;
}

static int vm_advise_nothing(struct vm_space *s UNUSED, struct vm_area *a UNUSED,
                             uint64_t start UNUSED, uint64_t end UNUSED)
{
    return 0;
}

static vm_advise_fn vm_advise_pages(int advice)
{
    switch (advice) {
    case MADV_DONTNEED:
        return vm_advise_dontneed;
    case MADV_FREE:
        return vm_advise_free;
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTDUMP: /* no core dumps are written */
    case MADV_DODUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
        return vm_advise_nothing;
    default:
        return NULL;
    }
}

/* Every part of the range, holes left out: 0, the first error, or -ENOMEM for holes. */
static int vm_advise_each(struct vm_space *s, uint64_t addr, uint64_t end,
                          vm_advise_fn fn)
{
    int hole = vm_range_mapped(s, addr, end) ? 0 : -ENOMEM;

    for (struct vm_area *a = vm_area_from(s, addr); a && a->start < end;
         a = vm_area_next(a)) {
        int err = fn(s, a, MAX(a->start, addr), MIN(a->end, end));

        if (err)
            return err;
    }
    return hole;
}

/* Advice that is a flag of the area. */
static bool vm_advise_flag(int advice, uint32_t *set, uint32_t *clear)
{
    *set = advice == MADV_DONTFORK     ? VM_DONTFORK
           : advice == MADV_WIPEONFORK ? VM_WIPEONFORK
                                       : 0;
    *clear = advice == MADV_DOFORK       ? VM_DONTFORK
             : advice == MADV_KEEPONFORK ? VM_WIPEONFORK
                                         : 0;
    return *set || *clear;
}

static int vm_advise_flags(struct vm_space *s, uint64_t addr, uint64_t end, uint32_t set,
                           uint32_t clear)
{
    int err = vm_range_mapped(s, addr, end) ? 0 : -ENOMEM;

    for (struct vm_area *a = vm_area_from(s, addr); a && a->start < end;
         a = vm_area_next(a))
        if ((set & VM_WIPEONFORK) && (a->object || (a->flags & VM_SHARED)))
            return -EINVAL;
    if (!err)
        err = vm_areas_isolate(s, addr, end);
    if (err)
        return err;
    for (struct vm_area *a = vm_area_from(s, addr); a && a->start < end;
         a = vm_area_next(a))
        vm_area_set_flags(s, a, (a->flags | set) & ~clear);
    vm_areas_merge(s, addr, end);
    return 0;
}

/* MADV_REMOVE: punch holes into what shared, writable areas show. */
static int vm_advise_remove(struct vm_space *s, uint64_t addr, uint64_t end)
{
    while (addr < end) {
        struct vm_object *o = NULL;
        uint64_t offset = 0, len = 0;
        void *file = NULL;
        const struct vm_area *a;
        int err = -ENOMEM;

        rwlock_read(&s->lock);
        a = vm_area_find(s, addr);
        if (a) {
            bool fit = a->object && (a->flags & VM_SHARED) && (a->flags & VM_WRITE);

            err = fit ? 0 : -EINVAL;
            o = fit ? a->object : NULL;
            file = fit ? a->file : NULL;
            offset = a->offset + (addr - a->start);
            len = MIN(a->end, end) - addr;
        }
        vm_file_get(file);
        if (o && !file)
            vm_shared_get(o);
        rwlock_read_unlock(&s->lock);
        if (!err)
            err = vm_object_punch(o, offset, len);
        if (o && !file)
            vm_shared_put(o);
        vm_file_put(file);
        if (err)
            return err;
        addr += len;
    }
    return 0;
}

int vm_advise(struct vm_space *s, uint64_t addr, uint64_t len, int advice)
{
    vm_advise_fn fn = vm_advise_pages(advice);
    uint32_t set, clear;
    bool flag = vm_advise_flag(advice, &set, &clear);
    bool populate = advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE;
    int err;

    if (!fn && !flag && !populate && advice != MADV_REMOVE)
        return -EINVAL;
    err = vm_check_range(s, addr, &len);
    if (err || len == 0)
        return err;
    if (populate)
        return vm_populate(s, addr, len,
                           advice == MADV_POPULATE_WRITE ? HAL_WRITE : HAL_READ);
    if (advice == MADV_REMOVE)
        return vm_advise_remove(s, addr, addr + len);
    rwlock_write(&s->lock);
    err = flag ? vm_advise_flags(s, addr, addr + len, set, clear)
               : vm_advise_each(s, addr, addr + len, fn);
    rwlock_write_unlock(&s->lock);
    return err;
}

/* ---- msync ---- */

/* Write back what the area at `addr` or the next one shows; *addr moves behind it. */
static int vm_sync_area(struct vm_space *s, uint64_t *addr, uint64_t end, int flags,
                        bool *hole)
{
    struct vm_object *o = NULL;
    uint64_t offset = 0, len = 0;
    void *file = NULL;
    const struct vm_area *a;
    int err = 0;

    rwlock_read(&s->lock);
    a = vm_area_from(s, *addr);
    if (!a || a->start >= end) {
        *hole = true;
        *addr = end;
    } else {
        uint64_t from = MAX(a->start, *addr);

        *hole |= a->start > *addr;
        *addr = MIN(a->end, end);
        if ((flags & MS_INVALIDATE) && (a->flags & VM_LOCKED))
            err = -EBUSY;
        if (!err && (flags & MS_SYNC) && (a->flags & VM_SHARED) && a->file) {
            o = a->object;
            file = a->file;
            offset = a->offset + (from - a->start);
            len = *addr - from;
            vm_file_get(file);
        }
    }
    rwlock_read_unlock(&s->lock);
    if (o)
        err = vm_object_sync(o, offset, len);
    vm_file_put(file);
    return err;
}

int vm_sync(struct vm_space *s, uint64_t addr, uint64_t len, int flags)
{
    bool hole = false;
    uint64_t end;
    int err;

    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
        return -EINVAL;
    if ((flags & MS_ASYNC) && (flags & MS_SYNC))
        return -EINVAL;
    err = vm_check_range(s, addr, &len);
    if (err)
        return err;
    end = addr + len;
    while (addr < end) {
        err = vm_sync_area(s, &addr, end, flags, &hole);
        if (err)
            return err;
    }
    return hole ? -ENOMEM : 0;
}

/* ---- mincore ---- */

static bool vm_page_resident(struct vm_space *s, const struct vm_area *a, uint64_t va)
{
    bool here;

    spin_lock(&s->pt_lock);
    here = pgtable_gap(&s->pt, va, 1) == 0;
    spin_unlock(&s->pt_lock);
    if (here || !a->object)
        return here;
    mutex_lock(&a->object->lock);
    here = vm_page_find(a->object, vm_area_index(a, va)) != NULL;
    mutex_unlock(&a->object->lock);
    return here;
}

int vm_mincore(struct vm_space *s, uint64_t addr, uint64_t len, uint8_t *vec)
{
    int err = vm_check_range(s, addr, &len);

    if (err || len == 0)
        return err;
    rwlock_read(&s->lock);
    if (!vm_range_mapped(s, addr, addr + len))
        err = -ENOMEM;
    for (uint64_t va = addr; !err && va < addr + len; va += PAGE_SIZE)
        *vec++ = vm_page_resident(s, vm_area_find(s, va), va);
    rwlock_read_unlock(&s->lock);
    return err;
}
