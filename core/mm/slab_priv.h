/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the kernel heap is built.  A slab is a block of frames cut into slots of one cache:
 *
 *     | struct slab, next[count] | slot 0 | slot 1 | ...        slot = object | red zone | trailer
 *
 * Which slots are free is kept in the header, not in the objects, so that a write after free
 * destroys nothing but poison.  Every frame of a slab points to it, which leads from an object
 * to its cache.  Free objects rest in the magazine of a CPU or in their slab.
 *
 * Owner:   mm/slab.c; private to this folder and its tests.
 * Context: any.
 * Locking: magazines: their CPU with interrupts masked; slabs: kmem_cache.lock (irqsave).
 * Errors:  misuse panics.
 */
#ifndef CLOUDOS_MM_SLAB_PRIV_H
#define CLOUDOS_MM_SLAB_PRIV_H

#include "lib/list.h"
#include "lib/spinlock.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define SLAB_ORDER_MAX  3
#define SLAB_MAGAZINE   16u /* objects a CPU keeps */
#define SLAB_OBJECT_MAX 4096u
#define SLAB_RED_BYTES  16u /* at least, behind the object */
#define SLAB_RED        0xbbu
#define SLAB_POISON     0x6bu
#define SLAB_POISON_MAX 256u /* of a large object only the beginning is poisoned */
#define SLAB_NONE       UINT16_MAX

/* Last bytes of a slot. */
struct slab_trailer {
    uint64_t state; /* SLAB_LIVE or SLAB_DEAD, mixed with the address */
    uint64_t site;  /* return address of the allocation, or of the free */
};

#define SLAB_LIVE UINT64_C(0x11fe0b7ec7a110c8)
#define SLAB_DEAD UINT64_C(0xdead0b7ec7f9ee00)

struct slab {
    struct list_node link; /* kmem_cache.partial, full or empty */
    struct kmem_cache *cache;
    uint32_t slots; /* offset of slot 0; a pointer would hide the leak of its object */
    uint16_t count, used, first_free;
    uint16_t next[]; /* of a free slot: the next free one */
};

struct slab_magazine {
    uint32_t count;
    uint64_t allocs; /* handed out by this CPU since boot */
    void *object[SLAB_MAGAZINE];
};

struct kmem_cache {
    const char *name; /* NULL: slot of the table is unused */
    uint32_t size;    /* what the user asked for */
    uint32_t slot;    /* bytes from one object to the next */
    uint32_t align;
    uint8_t order;
    uint8_t check; /* enum slab_check */
    uint16_t per_slab;
    struct spinlock lock;
    struct list_node partial, full, empty;
    uint64_t slabs, empties, taken; /* taken: objects in use or in magazines */
    uint64_t direct;                /* objects handed out past the magazines since boot */
    struct slab_magazine *magazines; /* one per CPU; NULL early in boot */
};

/* slab_check.c: what is looked at when an object changes hands. */
void slab_check_new(struct kmem_cache *c, void *obj);
void slab_check_alloc(struct kmem_cache *c, void *obj, const void *site);
void slab_check_free(struct kmem_cache *c, void *obj, const void *site);
bool slab_check_live(const struct kmem_cache *c, const void *obj);
const void *slab_check_site(const struct kmem_cache *c, const void *obj);

void *slab_alloc(struct kmem_cache *c, const void *site);
void slab_free(struct kmem_cache *c, void *obj, const void *site);
struct slab *slab_of(const void *obj); /* NULL: not from a slab */
struct kmem_cache *slab_cache_setup(const char *name, size_t size, size_t align);
void slab_attach_magazines(struct kmem_cache *c);
/* How frames are asked for on behalf of a caller about whom only the context is known. */
unsigned slab_frame_flags(void);
void slab_reclaim_register(void);

#endif /* CLOUDOS_MM_SLAB_PRIV_H */
