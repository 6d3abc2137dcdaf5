/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork(2): the child gets the same areas.  Private pages are shared from now on and
 * write-protected in both; who writes first makes a copy.  Pages of objects are not copied:
 * the child finds them in the page cache when it needs them.
 */
#include "abi/errno.h"
#include "vm/vm_priv.h"

struct vm_fork {
    struct vm_space *child;
    struct vm_tlb tlb; /* of the parent */
    int64_t anon;
};

/* Both pt_locks are held: objects reach the child's tables through its areas already. */
static int vm_fork_page(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct vm_fork *f = arg;
    int err;

    if (frame_of(pte.pa)->use != FRAME_ANON)
        return 0;
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
    return vm_fork_pages(parent, a, f);
}

static void vm_fork_numbers(const struct vm_space *p, struct vm_space *c)
{
    c->mmap_base = p->mmap_base;
    c->brk_start = p->brk_start;
    c->brk = p->brk;
    c->arg_start = p->arg_start;
    c->arg_end = p->arg_end;
    c->env_start = p->env_start;
    c->env_end = p->env_end;
    c->stack_start = p->stack_start;
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

int vm_space_fork(struct vm_space *parent, struct vm_space **out)
{
    struct vm_fork f = {0};
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
    vm_rss_add(f.child, f.anon, 0);
    vm_tlb_finish(&f.tlb);
    rwlock_write_unlock(&parent->lock);
    if (err) {
        vm_space_put(f.child);
        return err;
    }
    *out = f.child;
    return 0;
}
