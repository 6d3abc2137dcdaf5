/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults in mappings of an object: its pages themselves, or private copies of them. */
#include "abi/errno.h"
#include "lib/string.h"
#include "vm/vm_priv.h"

/* Rights of an entry that shows the object's own page. */
static uint32_t vm_object_pte_bits(const struct vm_area *a, const struct vm_object *o)
{
    uint32_t bits = PTE_PRESENT | PTE_ACCESSED | vm_rights_of_flags(a->flags);

    if (!(a->flags & VM_SHARED))
        bits &= ~(uint32_t)PTE_WRITE;
    /* Where the cache is the store nobody asks what is dirty. */
    if ((bits & PTE_WRITE) && !o->ops->write_page)
        bits |= PTE_DIRTY;
    return bits;
}

/* Map `frame` at `va` where nothing is.  1: mapped, 0: something is there, -ENOMEM. */
static int vm_map_cached(struct vm_fault_state *f, uint64_t va, struct frame *frame,
                         uint32_t bits)
{
    struct pte pte = {.pa = frame_pa(frame), .bits = bits};
    int err;

    if (pgtable_gap(&f->space->pt, va, 1) == 0)
        return 0;
    vm_exec_sync((struct pte){0}, pte);
    err = pgtable_set(&f->space->pt, va, pte);
    if (err)
        return err;
    frame_get(pte.pa);
    return 1;
}

/* Map what the cache has of [va, end), which lies in f->area.  o->lock is held. */
static void vm_map_cached_range(struct vm_fault_state *f, struct vm_object *o,
                                uint64_t va, uint64_t end, uint64_t limit)
{
    uint32_t bits = vm_object_pte_bits(f->area, o);
    int64_t mapped = 0;

    spin_lock(&f->space->pt_lock);
    for (; va < end; va += PAGE_SIZE) {
        uint64_t index = vm_area_index(f->area, va);
        struct frame *frame = index < limit ? vm_page_find(o, index) : NULL;
        int got = frame ? vm_map_cached(f, va, frame, bits) : 0;

        if (got < 0)
            break;
        mapped += got;
    }
    spin_unlock(&f->space->pt_lock);
    vm_rss_add(f->space, 0, mapped);
}

/* Neighbours that are in the cache cost little now and a fault each later. */
static void vm_fault_around(struct vm_fault_state *f, struct vm_object *o, uint64_t limit)
{
    const uint64_t window = VM_FAULT_AROUND * PAGE_SIZE;
    uint64_t first = ALIGN_DOWN(f->va, window);

    vm_map_cached_range(f, o, MAX(first, f->area->start),
                        MIN(first + window, f->area->end), limit);
}

void vm_map_ahead(struct vm_space *s, uint64_t start, uint64_t len)
{
    struct vm_fault_state f = {.space = s};
    uint64_t end = start + MIN(len, VM_MAP_AHEAD * PAGE_SIZE), limit;
    struct vm_object *o;

    rwlock_read(&s->lock);
    f.area = vm_area_find(s, start);
    o = f.area ? f.area->object : NULL;
    if (o && !(f.area->flags & (VM_WRITE | VM_SHARED)) && (f.area->flags & VM_RIGHTS)) {
        mutex_lock(&o->lock);
        limit = DIV_ROUND_UP(o->size, PAGE_SIZE);
        end = MIN(end, f.area->end);
        for (uint64_t va = start; va < end; va += VM_FAULT_AROUND * PAGE_SIZE)
            vm_map_cached_range(&f, o, va, MIN(va + VM_FAULT_AROUND * PAGE_SIZE, end),
                                limit);
        mutex_unlock(&o->lock);
    }
    rwlock_read_unlock(&s->lock);
}

static enum vm_fault_step vm_fault_copy(struct vm_fault_state *f, struct frame *from)
{
    uint64_t pa = frame_alloc(0, 0, FRAME_ANON);

    if (!pa)
        return VM_STEP_NOMEM;
    memcpy(phys_to_virt(pa), phys_to_virt(frame_pa(from)), PAGE_SIZE);
    return vm_fault_install(f, (struct pte){0}, pa);
}

static enum vm_fault_step vm_fault_show(struct vm_fault_state *f, struct vm_object *o,
                                        struct frame *frame, uint64_t limit)
{
    uint32_t bits = vm_object_pte_bits(f->area, o);
    int got;

    if (f->access == HAL_WRITE)
        bits |= PTE_DIRTY;
    spin_lock(&f->space->pt_lock);
    got = vm_map_cached(f, f->va, frame, bits);
    spin_unlock(&f->space->pt_lock);
    if (got < 0)
        return VM_STEP_NOMEM;
    vm_rss_add(f->space, 0, got);
    vm_fault_around(f, o, limit);
    return VM_STEP_DONE;
}

enum vm_fault_step vm_fault_object(struct vm_fault_state *f)
{
    struct vm_object *o = f->area->object;
    uint64_t index = vm_area_index(f->area, f->va);
    enum vm_fault_step step;
    struct frame *frame;
    uint64_t limit;
    bool read = false;
    int err;

    mutex_lock(&o->lock);
    limit = DIV_ROUND_UP(o->size, PAGE_SIZE);
    err = index < limit ? vm_page_get(o, index, &frame, &read) : -EIO;
    if (err) {
        step = err == -ENOMEM ? VM_STEP_NOMEM : VM_STEP_BUS;
    } else if (f->access == HAL_WRITE && !(f->area->flags & VM_SHARED)) {
        step = vm_fault_copy(f, frame);
    } else {
        step = vm_fault_show(f, o, frame, limit);
    }
    mutex_unlock(&o->lock);
    if (read)
        atomic_add_relaxed(&f->space->major_faults, 1);
    return step;
}
