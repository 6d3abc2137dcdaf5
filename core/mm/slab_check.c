/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/string.h"
#include "mm/slab_priv.h"

static struct slab_trailer *slab_trailer(const struct kmem_cache *c, const void *obj)
{
    return (struct slab_trailer *)((uintptr_t)obj + c->slot -
                                   sizeof(struct slab_trailer));
}

static uint64_t slab_state(uint64_t kind, const void *obj)
{
    return kind ^ ((uint64_t)(uintptr_t)obj << 8);
}

static uint32_t slab_poison_bytes(const struct kmem_cache *c)
{
    return MIN(c->size, SLAB_POISON_MAX);
}

static uint32_t slab_red_bytes(const struct kmem_cache *c)
{
    return c->slot - (uint32_t)sizeof(struct slab_trailer) - c->size;
}

_Noreturn static void slab_misuse(const struct kmem_cache *c, const void *obj,
                                  const char *what, uint64_t last, const void *now)
{
    kpanic("slab: %s: cache %s, object %p of %u bytes, last by %pS, found at %pS", what,
           c->name, obj, (unsigned)c->size, (void *)(uintptr_t)last, now);
}

static bool slab_filled(const uint8_t *p, uint8_t byte, uint32_t len)
{
    uint64_t word = byte * UINT64_C(0x0101010101010101);
    uint32_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t v;

        memcpy(&v, p + i, 8);
        if (v != word)
            return false;
    }
    for (; i < len; i++)
        if (p[i] != byte)
            return false;
    return true;
}

static void slab_check_red(const struct kmem_cache *c, void *obj, const void *site)
{
    if (!slab_filled((const uint8_t *)obj + c->size, SLAB_RED, slab_red_bytes(c)))
        slab_misuse(c, obj, "written behind its end", slab_trailer(c, obj)->site, site);
}

void slab_check_new(struct kmem_cache *c, void *obj)
{
    if (c->check == SLAB_CHECK_NONE)
        return;
    memset((uint8_t *)obj + c->size, SLAB_RED, slab_red_bytes(c));
    slab_trailer(c, obj)->state = slab_state(SLAB_DEAD, obj);
    slab_trailer(c, obj)->site = 0;
    if (c->check >= SLAB_CHECK_POISON)
        memset(obj, SLAB_POISON, slab_poison_bytes(c));
    hal_mem_mark(obj, c->size, HAL_MEM_FREE);
}

void slab_check_alloc(struct kmem_cache *c, void *obj, const void *site)
{
    struct slab_trailer *t = slab_trailer(c, obj);

    if (c->check == SLAB_CHECK_NONE)
        return;
    if (t->state != slab_state(SLAB_DEAD, obj))
        slab_misuse(c, obj, "header of a free object overwritten", t->site, site);
    if (c->check >= SLAB_CHECK_POISON) {
        hal_mem_mark(obj, c->size, HAL_MEM_DEFINED);
        if (!slab_filled(obj, SLAB_POISON, slab_poison_bytes(c)))
            slab_misuse(c, obj, "written after it was freed", t->site, site);
    }
    slab_check_red(c, obj, site);
    hal_mem_mark(obj, c->size, HAL_MEM_BLOCK);
    t->state = slab_state(SLAB_LIVE, obj);
    t->site = (uint64_t)(uintptr_t)site;
}

void slab_check_free(struct kmem_cache *c, void *obj, const void *site)
{
    struct slab_trailer *t = slab_trailer(c, obj);

    if (c->check == SLAB_CHECK_NONE)
        return;
    if (t->state == slab_state(SLAB_DEAD, obj))
        slab_misuse(c, obj, "freed twice", t->site, site);
    if (t->state != slab_state(SLAB_LIVE, obj))
        slab_misuse(c, obj, "written far behind its end", t->site, site);
    slab_check_red(c, obj, site);
    t->state = slab_state(SLAB_DEAD, obj);
    t->site = (uint64_t)(uintptr_t)site;
    if (c->check >= SLAB_CHECK_POISON)
        memset(obj, SLAB_POISON, slab_poison_bytes(c));
    hal_mem_mark(obj, c->size, HAL_MEM_BLOCK_FREE);
}

bool slab_check_live(const struct kmem_cache *c, const void *obj)
{
    return c->check != SLAB_CHECK_NONE &&
           slab_trailer(c, obj)->state == slab_state(SLAB_LIVE, obj);
}

const void *slab_check_site(const struct kmem_cache *c, const void *obj)
{
    return (const void *)(uintptr_t)slab_trailer(c, obj)->site;
}
