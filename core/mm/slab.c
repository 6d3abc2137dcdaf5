/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/slab.h"

#include "lib/atomic.h"
#include "lib/preempt.h"
#include "lib/string.h"
#include "mm/slab_priv.h"
#include "trace/log.h"

/* The table of caches; slab_table_lock covers which entries are in use. */
static struct kmem_cache slab_caches[SLAB_CACHES_MAX];
static struct spinlock slab_table_lock = SPINLOCK_INIT("mm.slab_table");
static enum slab_check slab_check_level = SLAB_CHECK_DEFAULT;

void slab_set_check(enum slab_check level)
{
    slab_check_level = level;
}

/* ---- slabs; kmem_cache.lock is held unless said otherwise ---- */

struct slab *slab_of(const void *obj)
{
    uint64_t pa = virt_to_phys(obj);
    struct frame *f;

    if (!frame_is_ram(pa))
        kpanic("slab: %p is not a heap address", obj);
    f = frame_of(pa);
    return f->use == FRAME_SLAB ? f->owner : NULL;
}

static void *slab_slot(const struct slab *s, uint16_t i)
{
    return (uint8_t *)(uintptr_t)s + s->slots + (size_t)i * s->cache->slot;
}

static uint16_t slab_index(const struct slab *s, const void *obj)
{
    uint64_t offset = (uint64_t)((const uint8_t *)obj - (const uint8_t *)s) - s->slots;
    uint32_t slot = s->cache->slot;

    if (offset % slot != 0 || offset / slot >= s->count)
        kpanic("slab: %p is not the start of an object of %s", obj, s->cache->name);
    return (uint16_t)(offset / slot);
}

/* Memory for a slab can wait only where the caller may sleep anyway. */
unsigned slab_frame_flags(void)
{
    return hal_irq_masked() || preempt_count() ? FRAME_ATOMIC : FRAME_WAIT;
}

/* Without the lock: a slab that is on no list. */
static struct slab *slab_create(struct kmem_cache *c)
{
    uint64_t pa = frame_alloc(c->order, slab_frame_flags(), FRAME_SLAB);
    struct slab *s;

    if (!pa)
        return NULL;
    s = phys_to_virt(pa);
    list_init(&s->link);
    s->cache = c;
    s->count = c->per_slab;
    s->used = 0;
    s->first_free = 0;
    s->slots = (uint32_t)ALIGN_UP(sizeof(*s) + c->per_slab * sizeof(uint16_t), c->align);
    for (uint16_t i = 0; i < s->count; i++) {
        s->next[i] = i + 1 < s->count ? (uint16_t)(i + 1) : SLAB_NONE;
        slab_check_new(c, slab_slot(s, i));
    }
    for (uint64_t i = 0; i < UINT64_C(1) << c->order; i++)
        frame_of(pa + i * PAGE_SIZE)->owner = s;
    return s;
}

static void slab_destroy(struct slab *s)
{
    uint64_t pa = virt_to_phys(s);
    unsigned order = s->cache->order;

    kassert(s->used == 0 && !list_linked(&s->link));
    hal_mem_mark(s, PAGE_SIZE << order, HAL_MEM_DEFINED);
    frame_free(pa, order);
}

static void *slab_take_locked(struct kmem_cache *c)
{
    struct slab *s;
    uint16_t i;

    if (list_empty(&c->partial)) {
        if (list_empty(&c->empty))
            return NULL;
        list_move(c->empty.next, &c->partial);
        c->empties--;
    }
    s = list_first_entry(&c->partial, struct slab, link);
    i = s->first_free;
    kassert(i < s->count);
    s->first_free = s->next[i];
    s->used++;
    c->taken++;
    if (s->used == s->count)
        list_move(&s->link, &c->full);
    return slab_slot(s, i);
}

/* Returns a slab to destroy once the lock is released, or NULL. */
static struct slab *slab_give_locked(struct kmem_cache *c, void *obj)
{
    struct slab *s = slab_of(obj);
    uint16_t i = slab_index(s, obj);

    kassert(s->used > 0);
    s->next[i] = s->first_free;
    s->first_free = i;
    s->used--;
    c->taken--;
    if (s->used) {
        list_move(&s->link, &c->partial);
        return NULL;
    }
    if (c->empties == 0) {
        list_move(&s->link, &c->empty);
        c->empties++;
        return NULL;
    }
    list_del(&s->link);
    c->slabs--;
    return s;
}

/* Add a slab and take from it; NULL when memory is exhausted. */
static void *slab_grow(struct kmem_cache *c)
{
    struct slab *s = slab_create(c);
    void *obj;
    bool irq;

    if (!s)
        return NULL;
    irq = spin_lock_irqsave(&c->lock);
    list_add(&s->link, &c->partial);
    c->slabs++;
    c->direct++;
    obj = slab_take_locked(c);
    spin_unlock_irqrestore(&c->lock, irq);
    return obj;
}

/* ---- magazines; interrupts are masked ---- */

static void slab_refill(struct kmem_cache *c, struct slab_magazine *m)
{
    void *obj;

    spin_lock(&c->lock);
    while (m->count < SLAB_MAGAZINE / 2 && (obj = slab_take_locked(c)) != NULL)
        m->object[m->count++] = obj;
    spin_unlock(&c->lock);
}

static void slab_flush(struct kmem_cache *c, struct slab_magazine *m, uint32_t keep)
{
    struct list_node dead = LIST_INIT(dead);
    struct slab *s, *tmp;

    spin_lock(&c->lock);
    while (m->count > keep) {
        s = slab_give_locked(c, m->object[--m->count]);
        if (s)
            list_add(&s->link, &dead);
    }
    spin_unlock(&c->lock);
    list_for_each_entry_safe (s, tmp, &dead, link) {
        list_del(&s->link);
        slab_destroy(s);
    }
}

void *slab_alloc(struct kmem_cache *c, const void *site)
{
    bool irq = hal_irq_save();
    void *obj = NULL;

    if (c->magazines) {
        struct slab_magazine *m = &c->magazines[hal_cpu_id()];

        if (m->count == 0)
            slab_refill(c, m);
        if (m->count) {
            obj = m->object[--m->count];
            m->object[m->count] = NULL; /* or a leak finder sees the object in use here */
            atomic_own_add(&m->allocs, 1);
        }
    } else {
        spin_lock(&c->lock);
        obj = slab_take_locked(c);
        c->direct += obj != NULL;
        spin_unlock(&c->lock);
    }
    hal_irq_restore(irq);
    if (!obj)
        obj = slab_grow(c);
    if (obj)
        slab_check_alloc(c, obj, site);
    return obj;
}

static _Noreturn void slab_wrong_cache(const struct kmem_cache *c, const struct slab *s,
                                       const void *obj)
{
    const void *site =
        s && slab_check_live(s->cache, obj) ? slab_check_site(s->cache, obj) : NULL;

    kpanic("slab: %p freed to cache %s but belongs to %s, allocated at %pS", obj, c->name,
           s ? s->cache->name : "none", (void *)(uintptr_t)site);
}

void slab_free(struct kmem_cache *c, void *obj, const void *site)
{
    struct slab *s = slab_of(obj);
    struct slab *dead = NULL;
    bool irq;

    if (!s || s->cache != c)
        slab_wrong_cache(c, s, obj);
    (void)slab_index(s, obj);
    slab_check_free(c, obj, site);
    irq = hal_irq_save();
    if (c->magazines) {
        struct slab_magazine *m = &c->magazines[hal_cpu_id()];

        if (m->count == SLAB_MAGAZINE)
            slab_flush(c, m, SLAB_MAGAZINE / 2);
        m->object[m->count++] = obj;
    } else {
        spin_lock(&c->lock);
        dead = slab_give_locked(c, obj);
        spin_unlock(&c->lock);
    }
    hal_irq_restore(irq);
    if (dead)
        slab_destroy(dead);
}

/* ---- caches ---- */

void slab_attach_magazines(struct kmem_cache *c)
{
    if (!c->magazines)
        c->magazines = kcalloc(hal_bootinfo()->cpu_count, sizeof(struct slab_magazine));
}

/* Slots per slab of 2^order frames. */
static uint32_t slab_capacity(const struct kmem_cache *c, unsigned order)
{
    uint32_t bytes = HAL_PAGE_SIZE << order;
    uint32_t n = (bytes - (uint32_t)sizeof(struct slab)) / (c->slot + 2);

    while (n && ALIGN_UP((uint32_t)sizeof(struct slab) + 2 * n, c->align) + n * c->slot >
                    bytes)
        n--;
    return n;
}

/* The smallest slab that wastes at most an eighth. */
static void slab_geometry(struct kmem_cache *c)
{
    uint32_t n;

    for (c->order = 0; c->order < SLAB_ORDER_MAX; c->order++) {
        n = slab_capacity(c, c->order);
        if (n &&
            (HAL_PAGE_SIZE << c->order) - n * c->slot <= (HAL_PAGE_SIZE << c->order) / 8)
            break;
    }
    c->per_slab = (uint16_t)slab_capacity(c, c->order);
    kassert(c->per_slab > 0);
}

static struct kmem_cache *slab_table_take(const char *name)
{
    struct kmem_cache *c = NULL;
    bool irq = spin_lock_irqsave(&slab_table_lock);

    for (unsigned i = 0; i < SLAB_CACHES_MAX && !c; i++)
        if (!slab_caches[i].name)
            c = &slab_caches[i];
    if (c)
        c->name = name;
    spin_unlock_irqrestore(&slab_table_lock, irq);
    return c;
}

struct kmem_cache *slab_cache_setup(const char *name, size_t size, size_t align)
{
    struct kmem_cache *c = slab_table_take(name);

    kassert(size > 0 && size <= SLAB_OBJECT_MAX &&
            (align == 0 || IS_POWER_OF_TWO(align)));
    if (!c)
        kpanic("slab: more than %d caches", SLAB_CACHES_MAX);
    c->size = (uint32_t)size;
    c->align = (uint32_t)MAX(align, size >= 16 ? (size_t)16 : (size_t)8);
    c->check = (uint8_t)slab_check_level;
    c->slot = (uint32_t)ALIGN_UP(size, c->align);
    if (c->check != SLAB_CHECK_NONE)
        c->slot = ALIGN_UP((uint32_t)size + SLAB_RED_BYTES +
                               (uint32_t)sizeof(struct slab_trailer),
                           c->align);
    spin_init(&c->lock, "mm.slab");
    list_init(&c->partial);
    list_init(&c->full);
    list_init(&c->empty);
    c->slabs = c->empties = c->taken = c->direct = 0;
    c->magazines = NULL;
    slab_geometry(c);
    return c;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align)
{
    struct kmem_cache *c = slab_cache_setup(name, size, align);

    slab_attach_magazines(c);
    return c;
}

static uint64_t slab_report_live(struct kmem_cache *c, struct list_node *list,
                                 unsigned max)
{
    uint64_t live = 0;
    struct slab *s;

    list_for_each_entry (s, list, link) {
        for (uint16_t i = 0; i < s->count; i++) {
            const void *obj = slab_slot(s, i);

            if (slab_check_live(c, obj) && live++ < max)
                log_warn("slab", "%s: object %p allocated at %pS is still in use",
                         c->name, obj, slab_check_site(c, obj));
        }
    }
    return live;
}

static void slab_flush_all(struct kmem_cache *c)
{
    bool irq = hal_irq_save();

    for (unsigned cpu = 0; c->magazines && cpu < hal_bootinfo()->cpu_count; cpu++)
        slab_flush(c, &c->magazines[cpu], 0);
    hal_irq_restore(irq);
}

static void slab_free_list(struct kmem_cache *c, struct list_node *list)
{
    struct slab *s, *tmp;

    list_for_each_entry_safe (s, tmp, list, link) {
        list_del(&s->link);
        s->used = 0;
        c->slabs--;
        slab_destroy(s);
    }
}

/* Nobody uses the cache any more, so its lock is not needed. */
void kmem_cache_destroy(struct kmem_cache *c)
{
    struct slab_magazine *m = c->magazines;

    slab_flush_all(c);
    if (c->taken)
        log_warn("slab", "cache %s destroyed with %llu objects in use", c->name,
                 (unsigned long long)c->taken);
    (void)slab_report_live(c, &c->partial, 8);
    (void)slab_report_live(c, &c->full, 8);
    slab_free_list(c, &c->partial);
    slab_free_list(c, &c->full);
    slab_free_list(c, &c->empty);
    c->magazines = NULL;
    kfree(m);
    atomic_store_release(&c->name, NULL);
}

void *kmem_cache_alloc(struct kmem_cache *c)
{
    return slab_alloc(c, __builtin_return_address(0));
}

void *kmem_cache_zalloc(struct kmem_cache *c)
{
    void *obj = slab_alloc(c, __builtin_return_address(0));

    if (obj)
        memset(obj, 0, c->size);
    return obj;
}

void kmem_cache_free(struct kmem_cache *c, void *obj)
{
    slab_free(c, obj, __builtin_return_address(0));
}

/* ---- figures and reclaim ---- */

/* Objects in magazines count as free; the sum is a snapshot. */
static uint64_t slab_active(struct kmem_cache *c)
{
    uint64_t rest = 0;

    for (unsigned cpu = 0; c->magazines && cpu < hal_bootinfo()->cpu_count; cpu++)
        rest += atomic_load_relaxed(&c->magazines[cpu].count);
    return c->taken > rest ? c->taken - rest : 0;
}

static uint64_t slab_allocs(struct kmem_cache *c)
{
    uint64_t sum = c->direct;

    for (unsigned cpu = 0; c->magazines && cpu < hal_bootinfo()->cpu_count; cpu++)
        sum += atomic_load_relaxed(&c->magazines[cpu].allocs);
    return sum;
}

bool slab_stats_at(unsigned i, struct slab_stats *out)
{
    for (unsigned k = 0; k < SLAB_CACHES_MAX; k++) {
        struct kmem_cache *c = &slab_caches[k];

        if (!atomic_load_acquire(&c->name) || i-- > 0)
            continue;
        *out = (struct slab_stats){.name = c->name,
                                   .object_bytes = c->size,
                                   .active = slab_active(c),
                                   .allocs = slab_allocs(c),
                                   .total = c->slabs * c->per_slab,
                                   .frames = c->slabs << c->order};
        return true;
    }
    return false;
}

uint64_t slab_leak_report(unsigned max)
{
    uint64_t live = 0;

    for (unsigned k = 0; k < SLAB_CACHES_MAX; k++) {
        struct kmem_cache *c = &slab_caches[k];

        if (!c->name)
            continue;
        live += slab_active(c);
        (void)slab_report_live(c, &c->partial, max);
        (void)slab_report_live(c, &c->full, max);
    }
    return live;
}

struct slab_visit {
    void (*fn)(const char *cache, const void *obj, const void *site, void *arg);
    void *arg;
};

static void slab_visit_list(struct kmem_cache *c, struct list_node *list,
                            const struct slab_visit *v)
{
    struct slab *s;

    list_for_each_entry (s, list, link) {
        for (uint16_t i = 0; i < s->count; i++) {
            const void *obj = slab_slot(s, i);

            if (slab_check_live(c, obj))
                v->fn(c->name, obj, slab_check_site(c, obj), v->arg);
        }
    }
}

void slab_each_live(void (*fn)(const char *cache, const void *obj, const void *site,
                               void *arg),
                    void *arg)
{
    const struct slab_visit v = {fn, arg};

    for (unsigned k = 0; k < SLAB_CACHES_MAX; k++) {
        struct kmem_cache *c = &slab_caches[k];
        bool irq;

        if (!atomic_load_acquire(&c->name))
            continue;
        irq = spin_lock_irqsave(&c->lock);
        slab_visit_list(c, &c->partial, &v);
        slab_visit_list(c, &c->full, &v);
        spin_unlock_irqrestore(&c->lock, irq);
    }
}

static struct slab *slab_take_empty(struct kmem_cache *c)
{
    struct slab *s = NULL;
    bool irq = spin_lock_irqsave(&c->lock);

    if (!list_empty(&c->empty)) {
        s = list_first_entry(&c->empty, struct slab, link);
        list_del(&s->link);
        c->empties--;
        c->slabs--;
    }
    spin_unlock_irqrestore(&c->lock, irq);
    return s;
}

static uint64_t slab_reclaim(uint64_t want)
{
    uint64_t freed = 0;

    for (unsigned k = 0; k < SLAB_CACHES_MAX && freed < want; k++) {
        struct kmem_cache *c = &slab_caches[k];
        struct slab *s;

        while (atomic_load_acquire(&c->name) && freed < want &&
               (s = slab_take_empty(c))) {
            freed += UINT64_C(1) << c->order;
            slab_destroy(s);
        }
    }
    return freed;
}

static struct frame_reclaimer slab_reclaimer = {.name = "slab", .reclaim = slab_reclaim};

void slab_reclaim_register(void)
{
    frame_reclaimer_register(&slab_reclaimer);
}
