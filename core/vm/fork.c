/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork(2): the child gets the same areas.  Private pages are shared from now on and
 * write-protected in both; who writes first makes a copy.  A few pages that both are about to
 * write are copied at once: the top of the stack, and the data of the program and its
 * libraries.  That saves two faults for the price of a copy.
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "vm/vm_priv.h"

#define VM_FORK_AHEAD 24 /* pages copied at once, at most */
#define VM_FORK_FILE                                                                     \
    512 /* pages of objects that the child finds in its tables, at most */

struct vm_fork {
    struct vm_space *child;
    struct vm_tlb tlb; /* of the parent */
    uint64_t sp;       /* the parent's stack pointer */
    bool ahead;        /* the area is data */
    unsigned copied;
    int64_t anon, file;
};

static bool vm_fork_is_hot(const struct vm_fork *f, uint64_t va)
{
    return f->copied < VM_FORK_AHEAD && (f->ahead || ALIGN_DOWN(f->sp, PAGE_SIZE) == va);
}

/* The child's own copy of a page that the parent may write and keeps as it is.  1: done; 0: no
 * memory to spare for it. */
static int vm_fork_copy(struct vm_fork *f, uint64_t va, struct pte pte)
{
    uint64_t pa = frame_alloc(0, 0, FRAME_ANON);
    int err;

    if (!pa)
        return 0;
    memcpy(phys_to_virt(pa), phys_to_virt(pte.pa), PAGE_SIZE);
    pte.pa = pa;
    pte.bits |= PTE_DIRTY;
    err = pgtable_set(&f->child->pt, va, pte);
    if (err) {
        frame_put(pa);
        return err;
    }
    f->copied++;
    f->anon++;
    return 1;
}

/* A page of an object: the child would find it in the cache, but not without a fault. */
static int vm_fork_cached(struct vm_fork *f, uint64_t va, struct pte pte)
{
    int err;

    if (frame_of(pte.pa)->use != FRAME_PAGECACHE || f->file == VM_FORK_FILE)
        return 0;
    err = pgtable_set(&f->child->pt, va, pte);
    if (err)
        return err;
    frame_get(pte.pa);
    f->file++;
    return 0;
}

/* Both pt_locks are held: objects reach the child's tables through its areas already, which
 * they visit after the parent's. */
static int vm_fork_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_fork *f = arg;
    int err;

    if (frame_of(pte.pa)->use != FRAME_ANON)
        return vm_fork_cached(f, va, pte);
    if (pte.bits & PTE_WRITE && vm_fork_is_hot(f, va)) {
        err = vm_fork_copy(f, va, pte);
        if (err)
            return MIN(err, 0);
    }
    if (pte.bits & PTE_WRITE) {
        pgtable_protect(pt, va, pte.bits & ~(uint32_t)PTE_WRITE);
        vm_tlb_page(&f->tlb, va);
    }
    pte.bits = (pte.bits & ~(uint32_t)PTE_WRITE) | PTE_DIRTY;
    err = pgtable_set(&f->child->pt, va, pte);
    if (err)
        return err;
    frame_get(pte.pa);
    f->anon++;
    return 0;
}

static int vm_fork_pages(struct vm_space *parent, const struct vm_area *a,
                         struct vm_fork *f)
{
    int err = 0;

    for (uint64_t va = a->start; va < a->end && !err;) {
        uint64_t stop = MIN(a->end, ALIGN_DOWN(va, VM_TABLE_BYTES) + 16 * VM_TABLE_BYTES);

        spin_lock(&parent->pt_lock);
        spin_lock_nested(&f->child->pt_lock, 1);
        err = pgtable_walk(&parent->pt, va, stop, vm_fork_page, f);
        spin_unlock(&f->child->pt_lock);
        spin_unlock(&parent->pt_lock);
        va = stop;
    }
    return err;
}

static int vm_fork_area(struct vm_space *parent, const struct vm_area *a,
                        struct vm_fork *f)
{
    /* Memory locks are not inherited: mlock(2). */
    uint32_t flags = a->flags & ~(uint32_t)VM_LOCKED;
    struct vm_area *copy;

    if (flags & VM_DONTFORK)
        return 0;
    copy =
        vm_area_alloc(f->child, a->start, a->end, flags, a->object, a->offset, a->file);
    if (!copy)
        return -ENOMEM;
    vm_area_insert(f->child, copy);
    if (flags & (VM_SHARED | VM_WIPEONFORK))
        return 0;
    f->ahead = a->object && (flags & VM_WRITE);
    return vm_fork_pages(parent, a, f);
}

static void vm_fork_numbers(const struct vm_space *p, struct vm_space *c)
{
    c->mmap_base = p->mmap_base;
    c->brk_start = p->brk_start;
    c->brk = p->brk;
    c->barrier_private = atomic_load(&p->barrier_private);
    c->arg_start = p->arg_start;
    c->arg_end = p->arg_end;
    c->env_start = p->env_start;
    c->env_end = p->env_end;
    c->stack_start = p->stack_start;
    c->sigpage = p->sigpage;
    c->start_code = p->start_code;
    c->end_code = p->end_code;
    c->start_data = p->start_data;
    c->end_data = p->end_data;
    c->limit_as = p->limit_as;
    c->limit_data = p->limit_data;
    c->limit_stack = p->limit_stack;
    c->limit_memlock = p->limit_memlock;
    c->exe = p->exe;
    vm_file_get(c->exe);
}

int vm_space_fork(struct vm_space *parent, uint64_t sp, struct vm_space **out)
{
    struct vm_fork f = {.sp = sp};
    const struct vm_area *a;
    int err;

    rwlock_write(&parent->lock);
    err = vm_space_create_for(parent, &f.child);
    if (err) {
        rwlock_write_unlock(&parent->lock);
        return err;
    }
    vm_fork_numbers(parent, f.child);
    vm_tlb_begin(&f.tlb, parent);
    rb_for_each_entry (a, &parent->areas, node) {
        err = vm_fork_area(parent, a, &f);
        if (err)
            break;
    }
    vm_rss_add(f.child, f.anon, f.file);
    vm_tlb_finish(&f.tlb);
    rwlock_write_unlock(&parent->lock);
    if (err) {
        vm_space_put(f.child);
        return err;
    }
    *out = f.child;
    return 0;
}
