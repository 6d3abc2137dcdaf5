/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a space that need not be the current one, page by page: find the frame (faulting it
 * in), pin it, move bytes through the direct map.
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "vm/vm_priv.h"

#define VM_ACCESS_TRIES 16

/* May the kernel write to the frame of `pte` on behalf of `a`?  Also where the area forbids it,
 * if the frame is the area's alone (`force`). */
static bool vm_access_ready(const struct vm_area *a, struct pte pte,
                            enum hal_access access, bool force)
{
    const struct frame *f;

    if (!pte.bits)
        return false;
    if (access != HAL_WRITE)
        return force || (pte.bits & PTE_READ);
    if (pte.bits & PTE_WRITE)
        return true;
    f = frame_of(pte.pa);
    return force && !(a->flags & VM_SHARED) && f->use == FRAME_ANON &&
           atomic_load(&f->refs) == 1;
}

/* Pin the frame at `va`: 0, or -EAGAIN when it must be faulted in. */
static int vm_access_pin(struct vm_space *s, uint64_t va, enum hal_access access,
                         bool force, uint64_t *pa)
{
    const struct vm_area *a;
    int err = -EAGAIN;

    rwlock_read(&s->lock);
    a = vm_area_find(s, va);
    if (a) {
        struct pte pte;

        spin_lock(&s->pt_lock);
        pte = pgtable_get(&s->pt, va);
        if (vm_access_ready(a, pte, access, force)) {
            uint32_t mark = PTE_ACCESSED | (access == HAL_WRITE ? PTE_DIRTY : 0);

            (void)pgtable_mark(&s->pt, va, mark, 0);
            frame_get(pte.pa);
            *pa = pte.pa;
            err = 0;
        }
        spin_unlock(&s->pt_lock);
    }
    rwlock_read_unlock(&s->lock);
    return err;
}

static int vm_access_page(struct vm_space *s, uint64_t va, enum hal_access access,
                          bool force, uint64_t *pa)
{
    unsigned flags = force ? VM_FAULT_FORCE : 0;

    for (unsigned i = 0; i < VM_ACCESS_TRIES; i++) {
        if (vm_access_pin(s, ALIGN_DOWN(va, PAGE_SIZE), access, force, pa) == 0)
            return 0;
        if (vm_fault_with(s, va, access, flags) != VM_FAULT_OK)
            return -EFAULT;
    }
    return -EFAULT;
}

static int64_t vm_access(struct vm_space *s, uint64_t addr, void *buf, size_t len,
                         enum hal_access access, bool force)
{
    size_t done = 0;

    while (done < len) {
        uint64_t va = addr + done, pa;
        size_t part = MIN(len - done, (size_t)(PAGE_SIZE - (va & ~PAGE_MASK)));
        uint8_t *at;

        if (va < addr || vm_access_page(s, va, access, force, &pa))
            return done ? (int64_t)done : -EFAULT;
        at = (uint8_t *)phys_to_virt(pa) + (va & ~PAGE_MASK);
        if (access == HAL_WRITE)
            memcpy(at, (uint8_t *)buf + done, part);
        else
            memcpy((uint8_t *)buf + done, at, part);
        frame_put(pa);
        done += part;
    }
    return (int64_t)done;
}

int64_t vm_space_read(struct vm_space *s, uint64_t addr, void *dst, size_t len)
{
    return vm_access(s, addr, dst, len, HAL_READ, false);
}

int64_t vm_space_write(struct vm_space *s, uint64_t addr, const void *src, size_t len,
                       bool force)
{
    return vm_access(s, addr, (void *)(uintptr_t)src, len, HAL_WRITE, force);
}

/* ---- patching text ---- */

/* What is at `va`, for a copy: nobody writes to it from now on, and a truncation does not free
 * it (the caller puts the frame).  No bits: nothing is there. */
static struct pte vm_hold_still(struct vm_space *s, uint64_t va)
{
    struct vm_tlb tlb;
    struct pte pte;

    vm_tlb_begin(&tlb, s);
    spin_lock(&s->pt_lock);
    pte = pgtable_get(&s->pt, va);
    if (pte.bits)
        frame_get(pte.pa);
    if (pte.bits & PTE_WRITE) {
        pte.bits &= ~(uint32_t)PTE_WRITE;
        pgtable_protect(&s->pt, va, pte.bits & PTE_RIGHTS);
        vm_tlb_page(&tlb, va);
    }
    spin_unlock(&s->pt_lock);
    vm_tlb_finish(&tlb);
    return pte;
}

/* Replace the page at `va` by a private copy with `bytes` in it.  The copy is complete before
 * it is seen, so a thread that runs there executes the old text or the new. */
static int vm_patch_page_locked(struct vm_space *s, uint64_t addr, const void *bytes,
                                size_t len)
{
    struct vm_fault_state f = {
        .space = s, .va = ALIGN_DOWN(addr, PAGE_SIZE), .access = HAL_WRITE};
    enum vm_fault_step step;
    struct pte old;
    uint64_t pa;

    f.area = vm_area_find(s, addr);
    if (!f.area)
        return -EFAULT;
    if ((f.area->flags & VM_SHARED) || !(f.area->flags & VM_EXEC))
        return -EPERM;
    pa = frame_alloc(0, FRAME_WAIT, FRAME_ANON);
    if (!pa)
        return -ENOMEM;
    old = vm_hold_still(s, f.va);
    if (!old.bits) {
        frame_put(pa);
        return -EAGAIN;
    }
    memcpy(phys_to_virt(pa), phys_to_virt(old.pa), PAGE_SIZE);
    memcpy((uint8_t *)phys_to_virt(pa) + (addr & ~PAGE_MASK), bytes, len);
    step = vm_fault_install(&f, old, pa);
    frame_put(old.pa);
    return step == VM_STEP_DONE ? 0 : -ENOMEM;
}

int vm_patch_text(struct vm_space *s, uint64_t addr, const void *bytes, size_t len)
{
    int err = -EAGAIN;

    /* Bytes on two pages cannot change at once. */
    if (len == 0 || ALIGN_DOWN(addr, PAGE_SIZE) != ALIGN_DOWN(addr + len - 1, PAGE_SIZE))
        return -EINVAL;
    for (unsigned i = 0; err == -EAGAIN && i < VM_ACCESS_TRIES; i++) {
        rwlock_write(&s->lock);
        err = vm_patch_page_locked(s, addr, bytes, len);
        rwlock_write_unlock(&s->lock);
        if (err == -EAGAIN && vm_fault(s, addr, HAL_EXEC) != VM_FAULT_OK)
            err = -EFAULT;
    }
    return err;
}
