/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A radix tree from 64-bit indexes to pointers, 64 slots per node, as deep as its largest
 * index needs.
 *
 * Owner:   whoever embeds the root.
 * Context: any that may call kmem_cache_alloc().
 * Locking: the caller's.
 * Errors:  -ENOMEM on insertion; NULL for what is not there.
 */
#ifndef CLOUDOS_VM_RADIX_H
#define CLOUDOS_VM_RADIX_H

#include "lib/base.h"

struct radix_node;

struct radix {
    struct radix_node *root;
    uint32_t height; /* levels of nodes; 0: empty */
};

void radix_init_cache(void); /* once, at boot */
void *radix_get(const struct radix *r, uint64_t index);
/* Nothing is there yet; `item` is not NULL. */
MUST_CHECK int radix_insert(struct radix *r, uint64_t index, void *item);
void *radix_remove(struct radix *r, uint64_t index); /* what was there */
/* The first item at *index or behind, with *index set to its place; NULL: none. */
void *radix_next(const struct radix *r, uint64_t *index);

#endif /* CLOUDOS_VM_RADIX_H */
