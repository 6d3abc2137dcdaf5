/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/space.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vm/radix.h"
#include "vm/vm_priv.h"

/* Room below the top of user memory for the first stack, until exec says better. */
#define VM_STACK_ROOM (UINT64_C(128) << 20)

static struct kmem_cache *vm_space_cache;
/* What each CPU has loaded; touched by that CPU with interrupts masked. */
static struct vm_space *vm_loaded[HAL_CPUS_MAX];
/* The CPU runs a kernel thread and only keeps the space loaded for the next user thread, which
 * is often of the same program.  Nobody has to interrupt it to flush its TLB: it catches up when
 * it comes back, like a CPU that loads the space anew (vm/tlb.c).  The tables stay where they
 * are until the space goes, so that a walk ahead of time finds nothing worse than old entries. */
static bool vm_lazy[HAL_CPUS_MAX];
const struct vm_file_hooks *vm_file_hooks; /* set once at boot */

static void vm_space_idle(void);

void vm_set_file_hooks(const struct vm_file_hooks *hooks)
{
    vm_file_hooks = hooks;
}

void vm_init(void)
{
    pgtable_init();
    vm_space_cache = kmem_cache_create("vm_space", sizeof(struct vm_space), 0);
    vm_area_init_cache();
    vm_pagecache_init();
    kassert(vm_zero_frame() != 0);
    sched_set_kernel_switch(vm_space_idle);
}

/* ---- life ---- */

int vm_space_create_for(struct vm_space *parent, struct vm_space **out)
{
    const struct hal_bootinfo *bi = hal_bootinfo();
    struct vm_space *s = kmem_cache_zalloc(vm_space_cache);
    int err;

    if (!s)
        return -ENOMEM;
    refcount_init(&s->refs, 1);
    rwlock_init(&s->lock, "vm.space");
    mutex_init(&s->copy_lock, "vm.copy");
    spin_init(&s->pt_lock, "vm.pt");
    s->tlb_gen = 1;
    vm_area_tree_init(s);
    s->user_min = bi->user_min;
    s->user_max = bi->user_max;
    s->mmap_base =
        ALIGN_DOWN(bi->user_max - MIN(VM_STACK_ROOM, bi->user_max / 4), PAGE_SIZE);
    s->limit_as = s->limit_data = s->limit_stack = s->limit_memlock = UINT64_MAX;
    err = pgtable_create(&s->pt);
    if (err)
        goto free_space;
    err = hal_space_create(s->pt.root_pa, parent ? parent->handle : 0, &s->handle);
    if (err)
        goto free_table;
    *out = s;
    return 0;

free_table:
    pgtable_destroy(&s->pt);
free_space:
    kmem_cache_free(vm_space_cache, s);
    return err;
}

int vm_space_create(struct vm_space **out)
{
    return vm_space_create_for(NULL, out);
}

void vm_space_get(struct vm_space *s)
{
    refcount_get(&s->refs);
}

static void vm_unload_cpu(void *arg)
{
    if (vm_loaded[hal_cpu_id()] == arg)
        vm_space_load(NULL);
}

static void vm_space_unload_everywhere(struct vm_space *s)
{
    struct cpumask others;
    bool irq = hal_irq_save();

    vm_unload_cpu(s);
    hal_irq_restore(irq);
    others.bits = atomic_load(&s->cpus_loaded) | atomic_load(&s->cpus_lazy);
    if (others.bits)
        sched_call_cpus(others, vm_unload_cpu, s);
    kassert(atomic_load(&s->cpus_loaded) == 0 && atomic_load(&s->cpus_lazy) == 0);
}

void vm_space_put(struct vm_space *s)
{
    struct list_node dead = LIST_INIT(dead);
    struct vm_area *a;

    if (!refcount_put(&s->refs))
        return;
    vm_space_unload_everywhere(s);
    rwlock_write(&s->lock);
    vm_areas_unlink_objects(s);
    while (atomic_load(&s->sweeps))
        thread_yield();
    hal_space_destroy(s->handle);
    while ((a = vm_area_from(s, 0)) != NULL) {
        vm_zap_dying(s, a->start, a->end);
        vm_area_detach(s, a, &dead);
    }
    rwlock_write_unlock(&s->lock);
    kassert(s->rss_anon == 0 && s->rss_file == 0 && s->total_pages == 0);
    vm_areas_free(&dead);
    vm_file_put(s->exe);
    pgtable_destroy(&s->pt);
    kmem_cache_free(vm_space_cache, s);
}

/* ---- loading ---- */

/* Back from a kernel thread: a flusher sees the bit, or its flush is seen here. */
static void vm_space_resume(struct vm_space *s, unsigned cpu)
{
    atomic_or(&s->cpus_loaded, BIT(cpu));
    atomic_and(&s->cpus_lazy, ~BIT(cpu));
    vm_lazy[cpu] = false;
    vm_tlb_loaded(s);
}

void vm_space_load(struct vm_space *s)
{
    unsigned cpu = hal_cpu_id();
    struct vm_space *old = vm_loaded[cpu];

    if (old == s) {
        if (vm_lazy[cpu])
            vm_space_resume(s, cpu);
        return;
    }
    if (s)
        atomic_or(&s->cpus_loaded, BIT(cpu));
    hal_space_load(s ? s->handle : 0);
    vm_loaded[cpu] = s;
    if (s)
        vm_tlb_loaded(s);
    if (old)
        atomic_and(vm_lazy[cpu] ? &old->cpus_lazy : &old->cpus_loaded, ~BIT(cpu));
    vm_lazy[cpu] = false;
}

/* To a kernel thread.  The CPU is always in one of the two masks, so that whoever ends the space
 * finds it. */
static void vm_space_idle(void)
{
    unsigned cpu = hal_cpu_id();
    struct vm_space *s = vm_loaded[cpu];

    if (!s || vm_lazy[cpu])
        return;
    vm_lazy[cpu] = true;
    atomic_or(&s->cpus_lazy, BIT(cpu));
    atomic_and(&s->cpus_loaded, ~BIT(cpu));
}

struct vm_space *vm_current(void)
{
    struct thread *t = thread_current();

    return t ? t->space : NULL;
}

void vm_thread_set_space(struct vm_space *s)
{
    bool irq = hal_irq_save();

    thread_current()->space = s;
    vm_space_load(s);
    hal_irq_restore(irq);
}

int vm_space_each(struct vm_space *s, int (*fn)(const struct vm_area *a, void *arg),
                  void *arg)
{
    const struct vm_area *a;
    int err = 0;

    rwlock_read(&s->lock);
    rb_for_each_entry (a, &s->areas, node) {
        err = fn(a, arg);
        if (err)
            break;
    }
    rwlock_read_unlock(&s->lock);
    return err;
}
