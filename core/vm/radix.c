/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/radix.h"

#include "abi/errno.h"
#include "mm/slab.h"

#define RADIX_BITS       6
#define RADIX_SLOTS      (1u << RADIX_BITS)
#define RADIX_HEIGHT_MAX DIV_ROUND_UP(64, RADIX_BITS)

struct radix_node {
    uint32_t used;
    void *slot[RADIX_SLOTS]; /* nodes; items on the lowest level */
};

static struct kmem_cache *radix_cache;

void radix_init_cache(void)
{
    if (!radix_cache)
        radix_cache = kmem_cache_create("radix_node", sizeof(struct radix_node), 0);
}

static unsigned radix_slot(uint64_t index, uint32_t level)
{
    return (index >> (level * RADIX_BITS)) & (RADIX_SLOTS - 1);
}

/* The tree is high enough for `index`. */
static bool radix_covers(const struct radix *r, uint64_t index)
{
    if (r->height == 0)
        return false;
    return r->height >= RADIX_HEIGHT_MAX || index >> (r->height * RADIX_BITS) == 0;
}

void *radix_get(const struct radix *r, uint64_t index)
{
    struct radix_node *n = r->root;

    if (!radix_covers(r, index))
        return NULL;
    for (uint32_t level = r->height - 1; level > 0 && n; level--)
        n = n->slot[radix_slot(index, level)];
    return n ? n->slot[radix_slot(index, 0)] : NULL;
}

/* A root for an empty tree, of the right height at once. */
static int radix_plant(struct radix *r, uint64_t index)
{
    r->root = kmem_cache_zalloc(radix_cache);
    if (!r->root)
        return -ENOMEM;
    while (!radix_covers(r, index))
        r->height++;
    return 0;
}

static int radix_grow(struct radix *r, uint64_t index)
{
    if (!r->root)
        return radix_plant(r, index);
    while (!radix_covers(r, index)) {
        struct radix_node *n = kmem_cache_zalloc(radix_cache);

        if (!n)
            return -ENOMEM;
        n->slot[0] = r->root;
        n->used = 1;
        r->root = n;
        r->height++;
    }
    return 0;
}

/* Free the nodes on the way to `index` that hold nothing, and a root with one child too many. */
static void radix_shrink(struct radix *r, uint64_t index)
{
    struct radix_node *path[RADIX_HEIGHT_MAX];
    uint32_t level = r->height;

    for (struct radix_node *n = r->root; n; n = n->slot[radix_slot(index, level)]) {
        path[--level] = n;
        if (level == 0)
            break;
    }
    while (level < r->height && path[level]->used == 0) {
        kmem_cache_free(radix_cache, path[level]);
        level++;
        if (level == r->height) {
            r->root = NULL;
            r->height = 0;
            return;
        }
        path[level]->slot[radix_slot(index, level)] = NULL;
        path[level]->used--;
    }
    while (r->height > 1 && r->root->used == 1 && r->root->slot[0]) {
        struct radix_node *n = r->root;

        r->root = n->slot[0];
        r->height--;
        kmem_cache_free(radix_cache, n);
    }
}

int radix_insert(struct radix *r, uint64_t index, void *item)
{
    struct radix_node *n;
    int err = radix_grow(r, index);

    kassert(item);
    if (err) {
        if (r->root)
            radix_shrink(r, 0);
        return err;
    }
    n = r->root;
    for (uint32_t level = r->height - 1; level > 0; level--) {
        void **slot = &n->slot[radix_slot(index, level)];

        if (!*slot) {
            *slot = kmem_cache_zalloc(radix_cache);
            if (!*slot) {
                radix_shrink(r, index);
                return -ENOMEM;
            }
            n->used++;
        }
        n = *slot;
    }
    kassert(!n->slot[radix_slot(index, 0)]);
    n->slot[radix_slot(index, 0)] = item;
    n->used++;
    return 0;
}

void *radix_remove(struct radix *r, uint64_t index)
{
    struct radix_node *n = r->root;
    void *item;

    if (!radix_covers(r, index))
        return NULL;
    for (uint32_t level = r->height - 1; level > 0 && n; level--)
        n = n->slot[radix_slot(index, level)];
    item = n ? n->slot[radix_slot(index, 0)] : NULL;
    if (!item)
        return NULL;
    n->slot[radix_slot(index, 0)] = NULL;
    n->used--;
    radix_shrink(r, index);
    return item;
}

void *radix_next(const struct radix *r, uint64_t *index)
{
    uint64_t at = *index;

    while (radix_covers(r, at)) {
        struct radix_node *n = r->root;
        uint32_t level = r->height - 1;

        while (level > 0 && n->slot[radix_slot(at, level)])
            n = n->slot[radix_slot(at, level--)];
        if (level == 0) {
            for (unsigned i = radix_slot(at, 0); i < RADIX_SLOTS; i++, at++) {
                if (n->slot[i]) {
                    *index = at;
                    return n->slot[i];
                }
            }
        } else {
            at = ((at >> (level * RADIX_BITS)) + 1) << (level * RADIX_BITS);
        }
        if (at == 0)
            return NULL;
    }
    return NULL;
}
