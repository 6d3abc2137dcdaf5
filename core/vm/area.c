/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The areas of a space, in a red-black tree by address.  Each area knows the free bytes in
 * front of it (`gap`; a stack's guard is not free), each subtree the largest of its gaps, so
 * the highest place for a mapping is found in one descent.
 */
#include "abi/errno.h"
#include "mm/slab.h"
#include "vm/vm_priv.h"

static struct kmem_cache *vm_area_cache;

#define area_of(n) rb_entry(n, struct vm_area, node)

void vm_area_init_cache(void)
{
    if (!vm_area_cache)
        vm_area_cache = kmem_cache_create("vm_area", sizeof(struct vm_area), 0);
}

/* ---- the tree ---- */

static void vm_area_update(struct rb_node *n)
{
    struct vm_area *a = area_of(n);

    a->max_gap = a->gap;
    for (unsigned i = 0; i < 2; i++)
        if (n->child[i])
            a->max_gap = MAX(a->max_gap, area_of(n->child[i])->max_gap);
}

void vm_area_tree_init(struct vm_space *s)
{
    s->areas = RB_ROOT_AUGMENTED(vm_area_update);
}

struct vm_area *vm_area_next(const struct vm_area *a)
{
    struct rb_node *n = rb_next(&a->node);

    return n ? area_of(n) : NULL;
}

struct vm_area *vm_area_prev(const struct vm_area *a)
{
    struct rb_node *n = rb_prev(&a->node);

    return n ? area_of(n) : NULL;
}

struct vm_area *vm_area_from(const struct vm_space *s, uint64_t addr)
{
    struct rb_node *n = s->areas.node;
    struct vm_area *best = NULL;

    while (n) {
        struct vm_area *a = area_of(n);

        if (a->end > addr) {
            best = a;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}

struct vm_area *vm_area_find(const struct vm_space *s, uint64_t addr)
{
    struct vm_area *a = vm_area_from(s, addr);

    return a && a->start <= addr ? a : NULL;
}

/* Where the area begins for others: a stack keeps its guard free. */
static uint64_t vm_area_low(const struct vm_area *a)
{
    if (!(a->flags & VM_GROWSDOWN))
        return a->start;
    return a->start > VM_STACK_GUARD ? a->start - VM_STACK_GUARD : 0;
}

static uint64_t vm_area_gap(const struct vm_space *s, const struct vm_area *a)
{
    const struct vm_area *prev = vm_area_prev(a);
    uint64_t floor = prev ? prev->end : s->user_min;
    uint64_t low = vm_area_low(a);

    return low > floor ? low - floor : 0;
}

static void vm_area_regap(struct vm_space *s, struct vm_area *a)
{
    if (!a)
        return;
    a->gap = vm_area_gap(s, a);
    rb_update(&s->areas, &a->node);
}

/* ---- accounting ---- */

static void vm_area_account(struct vm_space *s, const struct vm_area *a, bool add)
{
    uint64_t pages = (a->end - a->start) >> PAGE_SHIFT;
    uint64_t n = add ? pages : -pages;

    s->total_pages += n;
    if (a->flags & VM_LOCKED)
        s->locked_pages += n;
    if (a->flags & (VM_GROWSDOWN | VM_STACK))
        s->stack_pages += n;
    else if ((a->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
        s->data_pages += n;
}

/* ---- life of an area ---- */

static void vm_area_object_get(const struct vm_area *a)
{
    vm_file_get(a->file);
    if (a->object && !a->file)
        vm_shared_get(a->object);
}

static void vm_area_object_put(const struct vm_area *a)
{
    if (a->object && !a->file)
        vm_shared_put(a->object);
    vm_file_put(a->file);
}

struct vm_area *vm_area_alloc(struct vm_space *s, uint64_t start, uint64_t end,
                              uint32_t flags, struct vm_object *o, uint64_t offset,
                              void *file)
{
    struct vm_area *a = kmem_cache_zalloc(vm_area_cache);

    if (!a)
        return NULL;
    rb_clear(&a->node);
    list_init(&a->object_link);
    a->space = s;
    a->start = start;
    a->end = end;
    a->flags = flags;
    a->object = o;
    a->offset = offset;
    a->file = file;
    vm_area_object_get(a);
    return a;
}

static void vm_area_link_object(struct vm_area *a)
{
    struct vm_object *o = a->object;

    if (!o)
        return;
    spin_lock(&o->map_lock);
    list_add_tail(&a->object_link, &o->mappings);
    if ((a->flags & VM_SHARED) && (a->flags & VM_MAYWRITE))
        o->written_shared = true;
    spin_unlock(&o->map_lock);
}

static void vm_area_unlink_object(struct vm_area *a)
{
    if (!a->object)
        return;
    spin_lock(&a->object->map_lock);
    list_del(&a->object_link);
    spin_unlock(&a->object->map_lock);
}

void vm_area_insert(struct vm_space *s, struct vm_area *a)
{
    struct rb_node **link = &s->areas.node, *parent = NULL;

    while (*link) {
        parent = *link;
        link = a->start < area_of(parent)->start ? &parent->left : &parent->right;
    }
    rb_insert(&s->areas, &a->node, parent, link);
    s->area_count++;
    vm_area_regap(s, a);
    vm_area_regap(s, vm_area_next(a));
    vm_area_account(s, a, true);
    vm_area_link_object(a);
}

/* Out of the tree and the object's list; the area keeps its references. */
static void vm_area_erase(struct vm_space *s, struct vm_area *a)
{
    struct vm_area *next = vm_area_next(a);

    vm_area_unlink_object(a);
    vm_area_account(s, a, false);
    rb_erase(&s->areas, &a->node);
    s->area_count--;
    vm_area_regap(s, next);
}

void vm_area_detach(struct vm_space *s, struct vm_area *a, struct list_node *dead)
{
    vm_area_erase(s, a);
    list_add_tail(&a->object_link, dead);
}

void vm_areas_unlink_objects(struct vm_space *s)
{
    struct vm_area *a;

    rb_for_each_entry (a, &s->areas, node)
        vm_area_unlink_object(a);
}

void vm_areas_free(struct list_node *dead)
{
    struct vm_area *a, *tmp;

    list_for_each_entry_safe (a, tmp, dead, object_link) {
        list_del(&a->object_link);
        vm_area_object_put(a);
        kmem_cache_free(vm_area_cache, a);
    }
}

/* ---- changing areas ---- */

void vm_area_resize(struct vm_space *s, struct vm_area *a, uint64_t start, uint64_t end)
{
    kassert(start < end);
    vm_area_account(s, a, false);
    if (a->object)
        spin_lock(&a->object->map_lock);
    if (a->object)
        a->offset += start - a->start;
    a->start = start;
    a->end = end;
    if (a->object)
        spin_unlock(&a->object->map_lock);
    vm_area_account(s, a, true);
    vm_area_regap(s, a);
    vm_area_regap(s, vm_area_next(a));
}

void vm_area_set_flags(struct vm_space *s, struct vm_area *a, uint32_t flags)
{
    vm_area_account(s, a, false);
    a->flags = flags;
    vm_area_account(s, a, true);
    vm_area_regap(s, a);
}

int vm_area_split(struct vm_space *s, struct vm_area *a, uint64_t at)
{
    uint64_t offset = a->object ? a->offset + (at - a->start) : 0;
    struct vm_area *upper;

    kassert(at > a->start && at < a->end);
    if (s->area_count >= VM_AREAS_MAX)
        return -ENOMEM;
    /* A stack grows at its lower end only. */
    upper = vm_area_alloc(s, at, a->end, a->flags & ~(uint32_t)VM_GROWSDOWN, a->object,
                          offset, a->file);
    if (!upper)
        return -ENOMEM;
    /* They overlap for a moment, so that a truncation never sees a hole between them. */
    vm_area_insert(s, upper);
    vm_area_resize(s, a, a->start, at);
    return 0;
}

int vm_areas_isolate(struct vm_space *s, uint64_t start, uint64_t end)
{
    const uint64_t at[2] = {start, end};

    for (unsigned i = 0; i < 2; i++) {
        struct vm_area *a = vm_area_find(s, at[i]);
        int err = a && a->start < at[i] ? vm_area_split(s, a, at[i]) : 0;

        if (err)
            return err;
    }
    return 0;
}

/* `b` continues `a`: one area could stand for both. */
static bool vm_areas_alike(const struct vm_area *a, const struct vm_area *b)
{
    if (a->end != b->start || a->object != b->object || a->file != b->file)
        return false;
    if ((a->flags & ~(uint32_t)VM_GROWSDOWN) != b->flags)
        return false;
    return !a->object || a->offset + (a->end - a->start) == b->offset;
}

void vm_areas_merge(struct vm_space *s, uint64_t start, uint64_t end)
{
    struct vm_area *a = vm_area_from(s, start ? start - 1 : 0);

    while (a && a->start <= end) {
        struct vm_area *b = vm_area_next(a);
        struct list_node dead = LIST_INIT(dead);

        if (!b || b->start > end)
            return;
        if (!vm_areas_alike(a, b)) {
            a = b;
            continue;
        }
        vm_area_resize(s, a, a->start, b->end);
        vm_area_detach(s, b, &dead);
        /* `a` holds the same file, so this is not its last reference. */
        vm_areas_free(&dead);
    }
}

/* ---- ranges ---- */

bool vm_range_free(const struct vm_space *s, uint64_t start, uint64_t end)
{
    const struct vm_area *a = vm_area_from(s, start);

    return !a || vm_area_low(a) >= end;
}

bool vm_range_mapped(const struct vm_space *s, uint64_t start, uint64_t end)
{
    const struct vm_area *a = vm_area_find(s, start);

    while (a && a->end < end) {
        const struct vm_area *next = vm_area_next(a);

        if (!next || next->start != a->end)
            return false;
        a = next;
    }
    return a != NULL;
}

/* The place in the gap before `a`, cut to [low, high); 0: too small. */
static uint64_t vm_gap_use(const struct vm_area *a, uint64_t len, uint64_t low,
                           uint64_t high)
{
    uint64_t end = vm_area_low(a);
    uint64_t start = MAX(end - MIN(end, a->gap), low);

    end = MIN(end, high);
    return end > start && end - start >= len ? end - len : 0;
}

static struct rb_node *vm_gap_child(struct rb_node *n, bool right, uint64_t len)
{
    struct rb_node *child = n->child[right];

    return child && area_of(child)->max_gap >= len ? child : NULL;
}

/* From right to left through the tree, leaving out subtrees without a large enough gap. */
static uint64_t vm_gap_search(const struct vm_space *s, uint64_t len, uint64_t low,
                              uint64_t high)
{
    struct rb_node *n = s->areas.node;
    bool down = true;

    while (n) {
        struct rb_node *next = NULL;
        uint64_t at;

        if (down && area_of(n)->end < high)
            next = vm_gap_child(n, true, len);
        if (next) {
            n = next;
            continue;
        }
        at = vm_gap_use(area_of(n), len, low, high);
        if (at)
            return at;
        next = vm_gap_child(n, false, len);
        down = next != NULL;
        if (next) {
            n = next;
            continue;
        }
        while ((next = rb_parent(n)) && n == next->left)
            n = next;
        n = next;
    }
    return 0;
}

uint64_t vm_gap_find(const struct vm_space *s, uint64_t len, uint64_t low, uint64_t high)
{
    const struct rb_node *last = rb_last(&s->areas);
    uint64_t floor = MAX(last ? area_of(last)->end : s->user_min, low);

    if (high <= low || high - low < len)
        return 0;
    if (floor < high && high - floor >= len)
        return high - len;
    return vm_gap_search(s, len, low, high);
}

bool vm_areas_valid(const struct vm_space *s)
{
    uint64_t pages = 0, count = 0, end = s->user_min;
    const struct vm_area *a;

    rb_for_each_entry (a, &s->areas, node) {
        uint64_t max = a->gap;

        if (a->start < end || a->start >= a->end ||
            !IS_ALIGNED(a->start | a->end, PAGE_SIZE))
            return false;
        for (unsigned i = 0; i < 2; i++)
            if (a->node.child[i])
                max = MAX(max, area_of(a->node.child[i])->max_gap);
        if (a->gap != vm_area_gap(s, a) || a->max_gap != max)
            return false;
        end = a->end;
        pages += (a->end - a->start) >> PAGE_SHIFT;
        count++;
    }
    return end <= s->user_max && pages == s->total_pages && count == s->area_count &&
           rb_valid(&s->areas);
}
