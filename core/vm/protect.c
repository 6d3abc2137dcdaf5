/* SPDX-License-Identifier: BSD-2-Clause */
/* mprotect(2) and mlock(2): changing what an area allows. */
#include "abi/errno.h"
#include "abi/mman.h"
#include "vm/vm_priv.h"

uint32_t vm_rights_of_flags(uint32_t flags)
{
    uint32_t rights = 0;

    /* Whatever can be accessed can be read, as on x86. */
    rights |= flags & VM_RIGHTS ? PTE_READ : 0;
    rights |= flags & VM_WRITE ? PTE_WRITE : 0;
    rights |= flags & VM_EXEC ? PTE_EXEC : 0;
    return rights;
}

uint32_t vm_pte_rights(const struct vm_area *a, const struct frame *f)
{
    uint32_t rights = vm_rights_of_flags(a->flags);

    if (a->flags & VM_SHARED)
        return rights;
    if (f->use != FRAME_ANON || atomic_load(&f->refs) != 1)
        rights &= ~(uint32_t)PTE_WRITE; /* the page is not this area's alone */
    return rights;
}

struct vm_protect {
    struct vm_area *area;
    struct vm_tlb tlb;
};

static int vm_protect_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_protect *p = arg;
    uint32_t rights = vm_pte_rights(p->area, frame_of(pte.pa));

    if ((pte.bits & PTE_RIGHTS) == rights)
        return 0;
    vm_exec_sync(pte, (struct pte){pte.pa, rights});
    pgtable_protect(pt, va, rights);
    vm_tlb_page(&p->tlb, va);
    return 0;
}

/* Bring the entries of `a` in line with its flags. */
static void vm_protect_entries(struct vm_space *s, struct vm_area *a)
{
    struct vm_protect p = {.area = a};

    vm_tlb_begin(&p.tlb, s);
    vm_walk(s, a->start, a->end, vm_protect_page, &p);
    vm_tlb_finish(&p.tlb);
}

static uint32_t vm_may(uint32_t rights)
{
    uint32_t may = 0;

    may |= rights & VM_READ ? VM_MAYREAD : 0;
    may |= rights & VM_WRITE ? VM_MAYWRITE : 0;
    may |= rights & VM_EXEC ? VM_MAYEXEC : 0;
    return may;
}

/* Would every area of the range take `rights`?  Holes: -ENOMEM. */
static int vm_protect_check(struct vm_space *s, uint64_t start, uint64_t end,
                            uint32_t rights)
{
    uint64_t grow = 0;

    if (!vm_range_mapped(s, start, end))
        return -ENOMEM;
    for (struct vm_area *a = vm_area_find(s, start); a && a->start < end;
         a = vm_area_next(a)) {
        if (vm_may(rights) & ~a->flags)
            return -EACCES;
        if ((rights & VM_WRITE) && !(a->flags & (VM_WRITE | VM_SHARED | VM_STACK)))
            grow += MIN(a->end, end) - MAX(a->start, start);
    }
    if (grow && (s->data_pages << PAGE_SHIFT) + grow > s->limit_data)
        return -ENOMEM;
    return 0;
}

int vm_protect(struct vm_space *s, uint64_t addr, uint64_t len, uint32_t prot)
{
    uint32_t rights = vm_flags_of_prot(prot);
    uint64_t end;
    int err = vm_check_range(s, addr, &len);

    if (err || len == 0)
        return err;
    if (prot & ~(uint32_t)(PROT_READ | PROT_WRITE | PROT_EXEC))
        return -EINVAL;
    end = addr + len;
    rwlock_write(&s->lock);
    err = vm_protect_check(s, addr, end, rights);
    if (!err)
        err = vm_areas_isolate(s, addr, end);
    if (!err) {
        for (struct vm_area *a = vm_area_find(s, addr); a && a->start < end;
             a = vm_area_next(a)) {
            vm_area_set_flags(s, a, (a->flags & ~(uint32_t)VM_RIGHTS) | rights);
            vm_protect_entries(s, a);
        }
    }
    vm_areas_merge(s, addr, end);
    rwlock_write_unlock(&s->lock);
    return err;
}

/* ---- code that a program has written itself ---- */

static int vm_sync_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    (void)pt, (void)va, (void)arg;
    if (pte.bits & PTE_EXEC)
        hal_exec_sync(pte.pa);
    return 0;
}

void vm_sync_code(struct vm_space *s, uint64_t start, uint64_t end)
{
    end = MIN(end, s->user_max);
    if (start >= end)
        return;
    end = ALIGN_UP(end, PAGE_SIZE);
    rwlock_read(&s->lock);
    for (struct vm_area *a = vm_area_from(s, start); a && a->start < end;
         a = vm_area_next(a)) {
        if (a->flags & VM_EXEC)
            vm_walk(s, MAX(a->start, ALIGN_DOWN(start, PAGE_SIZE)), MIN(a->end, end),
                    vm_sync_page, NULL);
    }
    rwlock_read_unlock(&s->lock);
}

/* ---- mlock: nothing is ever paged out here, so locking means "bring it in now" ---- */

static int vm_lock_areas(struct vm_space *s, uint64_t addr, uint64_t end, bool lock)
{
    uint64_t grow = 0;
    int err;

    for (struct vm_area *a = vm_area_from(s, addr); a && a->start < end;
         a = vm_area_next(a))
        if (!(a->flags & VM_LOCKED))
            grow += MIN(a->end, end) - MAX(a->start, addr);
    if (lock && (s->locked_pages << PAGE_SHIFT) + grow > s->limit_memlock)
        return -ENOMEM;
    err = vm_areas_isolate(s, addr, end);
    if (err)
        return err;
    for (struct vm_area *a = vm_area_from(s, addr); a && a->start < end;
         a = vm_area_next(a))
        vm_area_set_flags(s, a,
                          lock ? a->flags | VM_LOCKED : a->flags & ~(uint32_t)VM_LOCKED);
    vm_areas_merge(s, addr, end);
    return 0;
}

int vm_lock_range(struct vm_space *s, uint64_t addr, uint64_t len, bool lock)
{
    uint64_t start = ALIGN_DOWN(addr, PAGE_SIZE);
    uint64_t bytes = len + (addr - start);
    int err;

    if (bytes < len)
        return -EINVAL;
    err = vm_check_range(s, start, &bytes);
    if (err || bytes == 0)
        return err;
    rwlock_write(&s->lock);
    err = vm_range_mapped(s, start, start + bytes) ? 0 : -ENOMEM;
    if (!err)
        err = vm_lock_areas(s, start, start + bytes, lock);
    rwlock_write_unlock(&s->lock);
    if (!err && lock)
        err = vm_populate(s, start, bytes, HAL_READ) == -EINTR ? -EINTR : 0;
    return err;
}

int vm_lock_all(struct vm_space *s, bool lock)
{
    int err;

    rwlock_write(&s->lock);
    err = vm_lock_areas(s, s->user_min, s->user_max, lock);
    rwlock_write_unlock(&s->lock);
    return err;
}
