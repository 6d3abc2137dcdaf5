/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel heap: caches of equal objects, and kmalloc over power-of-two caches.
 *
 * Owner:   mm; an object belongs to whoever allocated it.
 * Context: any.  In thread context with preemption on it may reclaim; elsewhere it may use the
 *          reserve of frames.
 * Locking: per-CPU magazines with interrupts masked, then one lock per cache, inside.
 * Errors:  NULL when memory is exhausted.  Misuse (double free, wrong cache, red zone
 *          overwritten, write after free) panics and names cache, object and owner.
 */
#ifndef CLOUDOS_MM_SLAB_H
#define CLOUDOS_MM_SLAB_H

#include "lib/base.h"

#define SLAB_CACHES_MAX 128

struct kmem_cache;

/* align 0: natural.  The name must be a constant. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align);
void kmem_cache_destroy(struct kmem_cache *c); /* reports leaked objects */
MUST_CHECK void *kmem_cache_alloc(struct kmem_cache *c);
MUST_CHECK void *kmem_cache_zalloc(struct kmem_cache *c);
void kmem_cache_free(struct kmem_cache *c, void *obj);

/* What caches check that are created from now on; at start what the build says
 * (SLAB_CHECK_DEFAULT).  A call before slab_init() decides for all of them. */
enum slab_check {
    SLAB_CHECK_NONE,   /* interior pointers and foreign caches only */
    SLAB_CHECK_STATE,  /* + double free, red zone behind the object, who allocated it */
    SLAB_CHECK_POISON, /* + writes after free */
};
void slab_set_check(enum slab_check level);

#define KMALLOC_MAX (4u << 20)
MUST_CHECK void *kmalloc(size_t size);
MUST_CHECK void *kzalloc(size_t size);
MUST_CHECK void *kcalloc(size_t count, size_t size); /* NULL on overflow */
MUST_CHECK void *krealloc(void *p, size_t size);     /* p stays valid on failure */
MUST_CHECK char *kstrdup(const char *s);
void kfree(void *p); /* NULL is allowed */
size_t ksize(const void *p);

void slab_init(void);

struct slab_stats {
    const char *name;
    uint32_t object_bytes;
    uint64_t active, total, frames;
    uint64_t allocs; /* since boot */
};
/* Walk the caches by index; false past the last.  For /proc/slabinfo and the leak report. */
bool slab_stats_at(unsigned i, struct slab_stats *out);
/* Log up to `max` live objects of each cache with the place that allocated them; returns the
 * number of live objects.  Quiet system: other CPUs allocate nothing meanwhile. */
uint64_t slab_leak_report(unsigned max);
/* fn(cache, obj, site, arg) for each live object of caches that check, `site` being the code that
 * allocated it; the cache's lock is held.  As above. */
void slab_each_live(void (*fn)(const char *cache, const void *obj, const void *site,
                               void *arg),
                    void *arg);

#endif /* CLOUDOS_MM_SLAB_H */
