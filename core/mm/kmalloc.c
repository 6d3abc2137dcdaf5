/* SPDX-License-Identifier: BSD-2-Clause */
/* kmalloc: caches of a few sizes, and whole frames for what is larger. */
#include "lib/string.h"
#include "mm/slab_priv.h"

static const uint32_t kmalloc_sizes[] = {16,  32,  48,  64,   96,   128, 192,
                                         256, 384, 512, 1024, 2048, 4096};
static const char *const kmalloc_names[ARRAY_SIZE(kmalloc_sizes)] = {
    "kmalloc-16",   "kmalloc-32",   "kmalloc-48",  "kmalloc-64",  "kmalloc-96",
    "kmalloc-128",  "kmalloc-192",  "kmalloc-256", "kmalloc-384", "kmalloc-512",
    "kmalloc-1024", "kmalloc-2048", "kmalloc-4096"};
static struct kmem_cache *kmalloc_caches[ARRAY_SIZE(kmalloc_sizes)];

static struct kmem_cache *kmalloc_cache_for(size_t size)
{
    unsigned i = 0;

    while (kmalloc_sizes[i] < size)
        i++;
    return kmalloc_caches[i];
}

static void *kmalloc_large(size_t size, const void *site)
{
    unsigned order = 1;
    uint64_t pa;

    while ((PAGE_SIZE << order) < size)
        order++;
    pa = frame_alloc(order, slab_frame_flags(), FRAME_KERNEL);
    if (!pa)
        return NULL;
    frame_of(pa)->index = size;
    hal_mem_mark(phys_to_virt(pa), PAGE_SIZE << order, HAL_MEM_FREE);
    hal_mem_mark(phys_to_virt(pa), size, HAL_MEM_BLOCK);
    frame_of(pa)->owner = (void *)(uintptr_t)site;
    return phys_to_virt(pa);
}

static void *kmalloc_at(size_t size, const void *site)
{
    if (size > KMALLOC_MAX)
        return NULL;
    if (size > SLAB_OBJECT_MAX)
        return kmalloc_large(size, site);
    return slab_alloc(kmalloc_cache_for(size), site);
}

/* The head frame of a large allocation. */
static struct frame *kmalloc_large_frame(const void *p)
{
    struct frame *f = frame_of(virt_to_phys(p));

    if (f->use != FRAME_KERNEL || f->order == 0 || !IS_ALIGNED((uintptr_t)p, PAGE_SIZE))
        kpanic("slab: kfree of %p, which is not from kmalloc (frame use %u)", p,
               (unsigned)f->use);
    return f;
}

void *kmalloc(size_t size)
{
    return kmalloc_at(size, __builtin_return_address(0));
}

void *kzalloc(size_t size)
{
    void *p = kmalloc_at(size, __builtin_return_address(0));

    if (p)
        memset(p, 0, size);
    return p;
}

void *kcalloc(size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    p = kmalloc_at(bytes, __builtin_return_address(0));
    if (p)
        memset(p, 0, bytes);
    return p;
}

size_t ksize(const void *p)
{
    struct slab *s = slab_of(p);

    return s ? s->cache->size : (size_t)kmalloc_large_frame(p)->index;
}

static void kfree_at(void *p, const void *site)
{
    struct frame *large;
    struct slab *s;

    if (!p)
        return;
    s = slab_of(p);
    if (s) {
        slab_free(s->cache, p, site);
        return;
    }
    large = kmalloc_large_frame(p);
    hal_mem_mark(p, large->index, HAL_MEM_BLOCK_FREE);
    frame_free(virt_to_phys(p), large->order);
}

void kfree(void *p)
{
    kfree_at(p, __builtin_return_address(0));
}

void *krealloc(void *p, size_t size)
{
    const void *site = __builtin_return_address(0);
    void *new;

    if (p && size <= ksize(p) && size >= ksize(p) / 2)
        return p;
    new = kmalloc_at(size, site);
    if (new &&p) {
        memcpy(new, p, MIN(size, ksize(p)));
        kfree_at(p, site);
    }
    return new;
}

char *kstrdup(const char *s)
{
    size_t bytes = strlen(s) + 1;
    char *copy = kmalloc_at(bytes, __builtin_return_address(0));

    if (copy)
        memcpy(copy, s, bytes);
    return copy;
}

void slab_init(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++)
        kmalloc_caches[i] = slab_cache_setup(kmalloc_names[i], kmalloc_sizes[i], 0);
    for (unsigned i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++)
        slab_attach_magazines(kmalloc_caches[i]);
    slab_reclaim_register();
}
