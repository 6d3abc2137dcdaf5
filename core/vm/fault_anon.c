/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private memory: fresh zeroed pages, and copies of pages that somebody else sees too.
 *
 * A program that touches one page after the other gets more at a time: 1, 8, then 64 pages of
 * contiguous frames, which the MMU of the hosted kernel maps in one go.
 */
#include "lib/string.h"
#include "vm/vm_priv.h"

/* Pages to map for a fault at f->va, by what the area saw before. */
static unsigned vm_fault_window(struct vm_fault_state *f)
{
    struct vm_area *a = f->area;
    unsigned window = 1;

    if (atomic_load_relaxed(&a->fault_next) == f->va)
        window = MIN(MAX(atomic_load_relaxed(&a->fault_window), 1u) * 8, VM_FAULT_AROUND);
    atomic_store_relaxed(&a->fault_window, window);
    return window;
}

/* How many of them can be had: inside the area, and nothing is there. */
static unsigned vm_fault_room(struct vm_fault_state *f, unsigned window)
{
    uint64_t room = (f->area->end - f->va) >> PAGE_SHIFT;
    unsigned gap;

    spin_lock(&f->space->pt_lock);
    gap = pgtable_gap(&f->space->pt, f->va, (unsigned)MIN(room, (uint64_t)window));
    spin_unlock(&f->space->pt_lock);
    return MAX(gap, 1u);
}

static enum vm_fault_step vm_fault_map_zero(struct vm_fault_state *f)
{
    struct pte pte = {.pa = vm_zero_frame(), .bits = PTE_PRESENT | PTE_ACCESSED};
    int err = 0;

    pte.bits |= vm_rights_of_flags(f->area->flags) & ~(uint32_t)PTE_WRITE;
    spin_lock(&f->space->pt_lock);
    if (pgtable_gap(&f->space->pt, f->va, 1) == 1) {
        err = pgtable_set(&f->space->pt, f->va, pte);
        if (!err)
            frame_get(pte.pa);
    }
    spin_unlock(&f->space->pt_lock);
    return err ? VM_STEP_NOMEM : VM_STEP_DONE;
}

/* Zeroed frames in a row: *count of them, or fewer when memory is scarce or in pieces. */
static uint64_t vm_fault_frames(unsigned *count)
{
    unsigned order = 0;
    uint64_t pa;

    while (1u << order < *count)
        order++;
    pa = frame_alloc(order, FRAME_ZERO, FRAME_ANON);
    while (!pa && order > 0)
        pa = frame_alloc(--order, FRAME_ZERO, FRAME_ANON);
    if (!pa)
        return 0;
    if (order > 0)
        frame_split(pa, order);
    for (unsigned i = *count; i < 1u << order; i++)
        frame_put(pa + i * PAGE_SIZE);
    *count = MIN(*count, 1u << order);
    return pa;
}

enum vm_fault_step vm_fault_anon(struct vm_fault_state *f)
{
    struct vm_area *a = f->area;
    struct pte pte = {.bits = PTE_PRESENT | PTE_ACCESSED | vm_rights_of_flags(a->flags)};
    unsigned count, done = 0;

    /* Reading huge sparse maps must not cost memory; elsewhere a read announces a write. */
    if (f->access != HAL_WRITE && (!(a->flags & VM_WRITE) || (a->flags & VM_NORESERVE)))
        return vm_fault_map_zero(f);
    count = vm_fault_room(f, vm_fault_window(f));
    pte.pa = vm_fault_frames(&count);
    if (!pte.pa)
        return VM_STEP_NOMEM;
    pte.bits |= PTE_DIRTY; /* nobody asks, and the MMU need not set it later */
    spin_lock(&f->space->pt_lock);
    if (pgtable_gap(&f->space->pt, f->va, count) == count &&
        pgtable_set_run(&f->space->pt, f->va, count, pte) == 0)
        done = count;
    spin_unlock(&f->space->pt_lock);
    if (done) {
        atomic_store_relaxed(&a->fault_next, f->va + count * PAGE_SIZE);
        vm_rss_add(f->space, done, 0);
        return VM_STEP_DONE;
    }
    for (unsigned i = 0; i < count; i++)
        frame_put(pte.pa + i * PAGE_SIZE);
    /* Either a table was missing, or another thread has mapped something here meanwhile. */
    spin_lock(&f->space->pt_lock);
    done = pgtable_gap(&f->space->pt, f->va, 1) == 0;
    spin_unlock(&f->space->pt_lock);
    return done ? VM_STEP_DONE : VM_STEP_NOMEM;
}

/* Every CPU has forgotten the frame that `pa` replaced: it may be written to now. */
static void vm_fault_open(struct vm_fault_state *f, uint64_t pa, uint32_t rights)
{
    struct pte now;

    spin_lock(&f->space->pt_lock);
    now = pgtable_get(&f->space->pt, f->va);
    if (now.pa == pa && (now.bits & PTE_PRESENT))
        pgtable_protect(&f->space->pt, f->va, rights);
    spin_unlock(&f->space->pt_lock);
}

/*
 * Another CPU may read the old frame until it has been told to forget it.  A thread that wrote
 * to the new one before that, and then went on over there, would not see what it has written.
 * So nobody may write until the flush is over; our own reference keeps other faults from taking
 * the frame for one that is the area's alone.
 */
static enum vm_fault_step vm_fault_replace(struct vm_fault_state *f, struct pte old,
                                           struct pte pte)
{
    struct vm_space *s = f->space;
    int64_t anon = 0, file = 0;
    struct vm_tlb tlb;
    struct pte now;
    int err;

    vm_tlb_begin(&tlb, s);
    spin_lock(&s->pt_lock);
    now = pgtable_get(&s->pt, f->va);
    if (now.pa != old.pa || ((now.bits ^ old.bits) & (PTE_PRESENT | PTE_RIGHTS))) {
        spin_unlock(&s->pt_lock);
        frame_put(pte.pa);
        return VM_STEP_DONE; /* it has changed: fault again if need be */
    }
    frame_get(pte.pa);
    now = pgtable_clear(&s->pt, f->va);
    vm_exec_sync(now, pte);
    err =
        pgtable_set(&s->pt, f->va, (struct pte){pte.pa, pte.bits & ~(uint32_t)PTE_WRITE});
    kassert(err == 0); /* the table is there */
    vm_pte_gone(s, now, &anon, &file);
    vm_tlb_page(&tlb, f->va);
    (void)vm_tlb_frame(&tlb, now.pa);
    spin_unlock(&s->pt_lock);
    vm_rss_add(s, anon + 1, file);
    vm_tlb_finish(&tlb);
    if (pte.bits & PTE_WRITE)
        vm_fault_open(f, pte.pa, pte.bits & PTE_RIGHTS);
    frame_put(pte.pa);
    return VM_STEP_DONE;
}

enum vm_fault_step vm_fault_install(struct vm_fault_state *f, struct pte old, uint64_t pa)
{
    struct vm_space *s = f->space;
    struct pte pte = {.pa = pa, .bits = PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY};
    bool room;
    int err = 0;

    pte.bits |= vm_rights_of_flags(f->area->flags);
    if (old.bits)
        return vm_fault_replace(f, old, pte);
    spin_lock(&s->pt_lock);
    room = pgtable_gap(&s->pt, f->va, 1) == 1;
    if (room) {
        vm_exec_sync(old, pte);
        err = pgtable_set(&s->pt, f->va, pte);
    }
    spin_unlock(&s->pt_lock);
    if (!room || err) {
        frame_put(pa);
        return room ? VM_STEP_NOMEM : VM_STEP_DONE;
    }
    vm_rss_add(s, 1, 0);
    return VM_STEP_DONE;
}

/* copy_lock is held: of threads that fault on a page one copies it, the others find it done. */
static enum vm_fault_step vm_fault_copy_page(struct vm_fault_state *f, struct pte old)
{
    bool zero = old.pa == vm_zero_frame();
    uint64_t pa = frame_alloc(0, zero ? FRAME_ZERO : 0, FRAME_ANON);
    enum vm_fault_step step;
    bool pinned = false;

    if (!pa)
        return VM_STEP_NOMEM;
    /* Pin the old frame: once unmapped by another thread's copy it could be freed. */
    spin_lock(&f->space->pt_lock);
    if (pgtable_get(&f->space->pt, f->va).pa == old.pa) {
        frame_get(old.pa);
        pinned = true;
    }
    spin_unlock(&f->space->pt_lock);
    if (!pinned) {
        frame_put(pa);
        return VM_STEP_DONE;
    }
    if (!zero)
        memcpy(phys_to_virt(pa), phys_to_virt(old.pa), PAGE_SIZE);
    atomic_add_relaxed(&f->space->minor_faults, 1);
    step = vm_fault_install(f, old, pa);
    frame_put(old.pa);
    return step;
}

enum vm_fault_step vm_fault_cow(struct vm_fault_state *f, struct pte old)
{
    enum vm_fault_step step;

    mutex_lock(&f->space->copy_lock);
    step = vm_fault_copy_page(f, old);
    mutex_unlock(&f->space->copy_lock);
    return step;
}
