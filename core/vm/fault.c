/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults.  The space is locked for reading while one is resolved, so many threads may
 * fault at once and meet only at pt_lock; who finds that another has been faster is done.
 *
 * Memory is asked for without waiting while locks are held.  When there is none, everything is
 * released, memory is reclaimed or a process is killed, and the fault starts again.
 */
#include "abi/errno.h"
#include "sched/sched.h"
#include "trace/counter.h"
#include "vm/vm_priv.h"

COUNTER_DEFINE(vm_faults, "page faults resolved");
COUNTER_DEFINE(vm_faults_anon, "... of private memory that nobody had touched");
COUNTER_DEFINE(vm_faults_file, "... of files and shared memory");
COUNTER_DEFINE(vm_faults_cow, "faults that copied a shared page");
COUNTER_DEFINE(vm_faults_spurious,
               "faults where the page tables allowed the access already");
COUNTER_DEFINE(vm_faults_oom, "page faults and forks that found no memory");

#define VM_OOM_TRIES   250
#define VM_OOM_WAIT_NS UINT64_C(2000000) /* for the victim to die */
#define VM_FAULT_TRIES 512

static bool (*vm_oom_handler)(void); /* set once at boot */

void vm_set_oom_handler(bool (*handler)(void))
{
    vm_oom_handler = handler;
}

uint64_t vm_zero_frame(void)
{
    static uint64_t zero; /* set by the first call, in vm_init() */

    if (!zero)
        zero = frame_alloc(0, FRAME_ZERO, FRAME_KERNEL);
    return zero;
}

static bool vm_area_allows(const struct vm_fault_state *f)
{
    uint32_t flags = f->area->flags;

    switch (f->access) {
    case HAL_WRITE:
        if (flags & VM_WRITE)
            return true;
        return (f->flags & VM_FAULT_FORCE) && !(flags & VM_SHARED) &&
               (flags & VM_MAYWRITE);
    case HAL_EXEC:
        return flags & VM_EXEC;
    default:
        if (flags & VM_RIGHTS)
            return true;
        return (f->flags & VM_FAULT_FORCE) && (flags & VM_MAYREAD);
    }
}

static uint32_t vm_access_right(enum hal_access access)
{
    return access == HAL_WRITE ? PTE_WRITE : access == HAL_EXEC ? PTE_EXEC : PTE_READ;
}

static void vm_flush_here(struct vm_space *s, uint64_t va)
{
    bool irq = hal_irq_save();

    hal_tlb_flush(s->handle, va, PAGE_SIZE);
    hal_irq_restore(irq);
}

/*
 * The entry allows the access: somebody else was faster, or this CPU remembers an older entry
 * that allowed less (which is never flushed everywhere).  Accessed and dirty are set for MMUs
 * that fault instead of setting them.
 */
static void vm_fault_spurious(struct vm_fault_state *f)
{
    uint32_t mark = PTE_ACCESSED | (f->access == HAL_WRITE ? PTE_DIRTY : 0);

    spin_lock(&f->space->pt_lock);
    (void)pgtable_mark(&f->space->pt, f->va, mark, 0);
    spin_unlock(&f->space->pt_lock);
    vm_flush_here(f->space, f->va);
    counter_inc(&vm_faults_spurious);
}

/* The entry has a frame but forbids what the area allows. */
static enum vm_fault_step vm_fault_present(struct vm_fault_state *f, struct pte pte)
{
    bool own = !(f->area->flags & VM_SHARED);
    uint32_t rights;

    spin_lock(&f->space->pt_lock);
    if (pgtable_get(&f->space->pt, f->va).pa != pte.pa) {
        spin_unlock(&f->space->pt_lock);
        return VM_STEP_DONE;
    }
    rights = vm_pte_rights(f->area, frame_of(pte.pa));
    if (rights & vm_access_right(f->access)) {
        vm_exec_sync(pte, (struct pte){pte.pa, rights});
        pgtable_protect(&f->space->pt, f->va, rights);
    }
    spin_unlock(&f->space->pt_lock);
    if (!(rights & vm_access_right(f->access)) && own && f->access == HAL_WRITE) {
        counter_detail(&vm_faults_cow);
        return vm_fault_cow(f, pte);
    }
    vm_fault_spurious(f);
    return VM_STEP_DONE;
}

/* space->lock is held for reading, area and access are right. */
static enum vm_fault_step vm_fault_area(struct vm_fault_state *f)
{
    struct pte pte;

    spin_lock(&f->space->pt_lock);
    pte = pgtable_get(&f->space->pt, f->va);
    spin_unlock(&f->space->pt_lock);
    if (pte.bits & vm_access_right(f->access)) {
        vm_fault_spurious(f);
        return VM_STEP_DONE;
    }
    if (pte.bits)
        return vm_fault_present(f, pte);
    atomic_add_relaxed(&f->space->minor_faults, 1);
    counter_inc(&vm_faults);
    counter_detail(f->area->object ? &vm_faults_file : &vm_faults_anon);
    return f->area->object ? vm_fault_object(f) : vm_fault_anon(f);
}

/* Extend the stack above `addr` down to it.  False: there is none, or it may not. */
static bool vm_stack_grow(struct vm_space *s, uint64_t addr)
{
    uint64_t start = ALIGN_DOWN(addr, PAGE_SIZE);
    struct vm_area *a, *prev;
    bool ok = false;

    rwlock_write(&s->lock);
    a = vm_area_from(s, addr);
    if (!a)
        goto out;
    if (a->start <= addr) {
        ok = true; /* another thread was faster */
        goto out;
    }
    if (!(a->flags & VM_GROWSDOWN) || a->end - start > s->limit_stack)
        goto out;
    prev = vm_area_prev(a);
    if (start < s->user_min + VM_STACK_GUARD ||
        (prev && prev->end + VM_STACK_GUARD > start && (prev->flags & VM_RIGHTS)))
        goto out;
    if (prev && prev->end > start)
        goto out;
    if (vm_check_limits(s, a->start - start, a->flags))
        goto out;
    vm_area_resize(s, a, start, a->end);
    ok = true;
out:
    rwlock_write_unlock(&s->lock);
    return ok;
}

bool vm_find_memory(unsigned try)
{
    int err;

    counter_inc(&vm_faults_oom);
    if (try >= VM_FAULT_TRIES)
        return false;
    if (frame_reclaim(4 * VM_FAULT_AROUND))
        return true;
    if (try >= VM_OOM_TRIES || thread_fatal_pending() || !vm_oom_handler ||
        !vm_oom_handler())
        return false;
    err = thread_sleep(VM_OOM_WAIT_NS, NULL);
    (void)err; /* a signal that is not fatal only makes the wait shorter */
    return !thread_fatal_pending();
}

/* One attempt.  *again: the caller releases nothing, it calls once more. */
static enum vm_fault_result vm_fault_try(struct vm_fault_state *f, unsigned try,
                                         bool *again)
{
    struct vm_space *s = f->space;
    enum vm_fault_step step = VM_STEP_ACCERR;

    *again = false;
    rwlock_read(&s->lock);
    f->area = vm_area_find(s, f->va);
    if (!f->area) {
        rwlock_read_unlock(&s->lock);
        *again = vm_stack_grow(s, f->va);
        return VM_FAULT_SEGV_MAPERR;
    }
    if (vm_area_allows(f))
        step = vm_fault_area(f);
    rwlock_read_unlock(&s->lock);
    switch (step) {
    case VM_STEP_DONE:
        return VM_FAULT_OK;
    case VM_STEP_BUS:
        return VM_FAULT_BUS;
    case VM_STEP_NOMEM:
        *again = vm_find_memory(try);
        return VM_FAULT_OOM;
    case VM_STEP_ACCERR:
        break;
    }
    return VM_FAULT_SEGV_ACCERR;
}

enum vm_fault_result vm_fault_with(struct vm_space *s, uint64_t addr,
                                   enum hal_access access, unsigned flags)
{
    struct vm_fault_state f = {
        .space = s, .va = ALIGN_DOWN(addr, PAGE_SIZE), .access = access, .flags = flags};
    enum vm_fault_result result = VM_FAULT_OOM;
    bool again = true;

    if (addr < s->user_min || addr >= s->user_max)
        return VM_FAULT_SEGV_MAPERR;
    for (unsigned try = 0; again; try++)
        result = vm_fault_try(&f, try, &again);
    return result;
}

enum vm_fault_result vm_fault(struct vm_space *s, uint64_t addr, enum hal_access access)
{
    return vm_fault_with(s, addr, access, 0);
}

int vm_populate(struct vm_space *s, uint64_t addr, uint64_t len, enum hal_access access)
{
    for (uint64_t va = addr; va < addr + len; va += PAGE_SIZE) {
        struct pte pte;

        if (thread_fatal_pending())
            return -EINTR;
        spin_lock(&s->pt_lock);
        pte = pgtable_get(&s->pt, va);
        spin_unlock(&s->pt_lock);
        if (pte.bits & vm_access_right(access))
            continue;
        switch (vm_fault(s, va, access)) {
        case VM_FAULT_OK:
            break;
        case VM_FAULT_BUS:
        case VM_FAULT_SEGV_ACCERR:
            return -EFAULT;
        default:
            return -ENOMEM;
        }
    }
    return 0;
}
