/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of objects: finding, filling, dropping, reclaiming. */
#include "vm/pagecache.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "vm/vm_priv.h"

static uint64_t vm_pages_cached, vm_pages_dirty, vm_pages_shared; /* atomic */
static uint64_t vm_object_ids;                                    /* atomic */

/* Objects whose pages can be had again from a store, in the order reclaim visits them. */
static struct list_node vm_objects = LIST_INIT(vm_objects);
static struct spinlock vm_objects_lock = SPINLOCK_INIT("vm.objects");

/* ---- pages; object->lock is held ---- */

struct frame *vm_page_find(struct vm_object *o, uint64_t index)
{
    return radix_get(&o->tree, index);
}

static int vm_page_fill(struct vm_object *o, uint64_t index, uint64_t pa)
{
    struct frame *f = frame_of(pa);
    int err = 0;

    if (o->ops->page_added) {
        err = o->ops->page_added(o);
        if (err)
            return err;
    }
    if (o->ops->read_page)
        err = o->ops->read_page(o, index, phys_to_virt(pa));
    if (!err)
        err = radix_insert(&o->tree, index, f);
    if (err && o->ops->page_removed)
        o->ops->page_removed(o);
    return err;
}

int vm_page_get(struct vm_object *o, uint64_t index, struct frame **out, bool *read)
{
    struct frame *f = vm_page_find(o, index);
    uint64_t pa;
    int err;

    kassert(mutex_held(&o->lock));
    if (f) {
        atomic_or(&f->flags, (uint16_t)FRAME_F_REFERENCED);
        *out = f;
        return 0;
    }
    pa = frame_alloc(0, FRAME_ZERO, FRAME_PAGECACHE);
    if (!pa)
        return -ENOMEM;
    err = vm_page_fill(o, index, pa);
    if (err) {
        frame_put(pa);
        return err;
    }
    *read = o->ops->read_page != NULL;
    f = frame_of(pa);
    f->index = index;
    atomic_store_release(&f->owner, o);
    o->pages++;
    atomic_add_relaxed(&vm_pages_cached, 1);
    if (!o->ops->write_page)
        atomic_add_relaxed(&vm_pages_shared, 1);
    *out = f;
    return 0;
}

void vm_page_drop(struct vm_object *o, uint64_t index)
{
    struct frame *f = radix_remove(&o->tree, index);

    if (!f)
        return;
    (void)vm_page_clean(f);
    atomic_store_release(&f->owner, NULL);
    o->pages--;
    atomic_sub(&vm_pages_cached, 1);
    if (!o->ops->write_page)
        atomic_sub(&vm_pages_shared, 1);
    if (o->ops->page_removed)
        o->ops->page_removed(o);
    frame_put(frame_pa(f));
}

void vm_page_mark_dirty(struct frame *f)
{
    struct vm_object *o = atomic_load_acquire(&f->owner);

    if (!o || !o->ops->write_page)
        return;
    if (!(atomic_fetch_or(&f->flags, (uint16_t)FRAME_F_DIRTY) & FRAME_F_DIRTY))
        atomic_add_relaxed(&vm_pages_dirty, 1);
}

bool vm_page_clean(struct frame *f)
{
    if (!(atomic_fetch_and(&f->flags, (uint16_t)~FRAME_F_DIRTY) & FRAME_F_DIRTY))
        return false;
    atomic_sub(&vm_pages_dirty, 1);
    return true;
}

void vm_cache_stats(struct vm_cache_stats *out)
{
    out->cached = atomic_load_relaxed(&vm_pages_cached);
    out->dirty = atomic_load_relaxed(&vm_pages_dirty);
    out->shared = atomic_load_relaxed(&vm_pages_shared);
}

/* ---- objects ---- */

void vm_object_init(struct vm_object *o, const struct vm_object_ops *ops, uint64_t size)
{
    *o = (struct vm_object){.ops = ops, .size = size};
    mutex_init(&o->lock, "vm.object");
    spin_init(&o->map_lock, "vm.object_map");
    list_init(&o->mappings);
    list_init(&o->link);
    o->id = atomic_add_return(&vm_object_ids, 1);
    if (!ops->write_page)
        return;
    spin_lock(&vm_objects_lock);
    list_add_tail(&o->link, &vm_objects);
    spin_unlock(&vm_objects_lock);
}

/* Off the list, and not in the hands of reclaim. */
static void vm_object_unlist(struct vm_object *o)
{
    bool busy = true;

    while (busy) {
        spin_lock(&vm_objects_lock);
        busy = o->reclaiming;
        if (!busy)
            list_del(&o->link);
        spin_unlock(&vm_objects_lock);
        if (busy)
            thread_yield();
    }
}

void vm_object_destroy(struct vm_object *o)
{
    uint64_t index = 0;

    kassert(list_empty(&o->mappings));
    vm_object_unlist(o);
    mutex_lock(&o->lock);
    while (radix_next(&o->tree, &index))
        vm_page_drop(o, index);
    mutex_unlock(&o->lock);
    kassert(o->pages == 0);
}

static const struct vm_object_ops vm_shared_ops = {.read_page = NULL};

int vm_shared_create(uint64_t size, struct vm_object **out)
{
    struct vm_object *o = kmalloc(sizeof(*o));

    if (!o)
        return -ENOMEM;
    vm_object_init(o, &vm_shared_ops, size);
    refcount_init(&o->refs, 1);
    *out = o;
    return 0;
}

void vm_shared_get(struct vm_object *o)
{
    refcount_get(&o->refs);
}

void vm_shared_put(struct vm_object *o)
{
    if (!refcount_put(&o->refs))
        return;
    vm_object_destroy(o);
    kfree(o);
}

/* ---- reclaim: clean pages that nobody maps and nobody has used since the last look ---- */

static uint64_t vm_object_reclaim_locked(struct vm_object *o, uint64_t want)
{
    uint64_t freed = 0, index = 0;
    struct frame *f;

    while (freed < want && (f = radix_next(&o->tree, &index)) != NULL) {
        uint16_t flags = atomic_fetch_and(&f->flags, (uint16_t)~FRAME_F_REFERENCED);

        if (!(flags & (FRAME_F_DIRTY | FRAME_F_REFERENCED)) &&
            atomic_load(&f->refs) == 1) {
            vm_page_drop(o, index);
            freed++;
        }
        index++;
    }
    return freed;
}

/* The first object of the list, now last, kept from being destroyed. */
static struct vm_object *vm_object_reclaim_next(void)
{
    struct vm_object *o = NULL;

    spin_lock(&vm_objects_lock);
    if (!list_empty(&vm_objects)) {
        o = list_first_entry(&vm_objects, struct vm_object, link);
        list_move_tail(&o->link, &vm_objects);
        if (o->reclaiming)
            o = NULL;
        else
            o->reclaiming = true;
    }
    spin_unlock(&vm_objects_lock);
    return o;
}

static size_t vm_object_count(void)
{
    size_t count;

    spin_lock(&vm_objects_lock);
    count = list_count(&vm_objects);
    spin_unlock(&vm_objects_lock);
    return count;
}

/* Twice round the list: the first round may only take the mark of recent use away. */
static uint64_t vm_cache_reclaim(uint64_t want)
{
    size_t visits = 2 * vm_object_count();
    uint64_t freed = 0;

    for (size_t i = 0; i < visits && freed < want; i++) {
        struct vm_object *o = vm_object_reclaim_next();

        if (!o)
            continue;
        if (!mutex_held(&o->lock) && mutex_trylock(&o->lock)) {
            freed += vm_object_reclaim_locked(o, want - freed);
            mutex_unlock(&o->lock);
        }
        spin_lock(&vm_objects_lock);
        o->reclaiming = false;
        spin_unlock(&vm_objects_lock);
    }
    return freed;
}

static struct frame_reclaimer vm_cache_reclaimer = {.name = "page cache",
                                                    .reclaim = vm_cache_reclaim};

void vm_pagecache_init(void)
{
    radix_init_cache();
    frame_reclaimer_register(&vm_cache_reclaimer);
}
