/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive red-black trees.  The caller walks down and compares, the tree does the rest:
 *
 *     struct rb_node **link = &root->node, *parent = NULL;
 *     while (*link) {
 *         parent = *link;
 *         link = key < rb_entry(parent, struct x, rb)->key ? &parent->left :
 * &parent->right;
 *     }
 *     rb_insert(root, &x->rb, parent, link);
 *
 * A root with an `update` function keeps a value per subtree: update(node) computes the
 * node's from the node's own data and its two children.  Insertion and erasure call it
 * for every node whose subtree changed, children first.
 *
 * Owner:   whoever owns the root; nodes live inside the entries.
 * Context: any.
 * Locking: the caller's.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_RBTREE_H
#define CLOUDOS_LIB_RBTREE_H

#include "lib/base.h"

struct rb_node {
    uintptr_t parent_color; /* parent's address; bit 0 set: black */
    union {
        struct {
            struct rb_node *left, *right;
        };
        struct rb_node *child[2];
    };
};

struct rb_root {
    struct rb_node *node;
    void (*update)(struct rb_node *node); /* NULL: plain tree */
};

/* A tree that knows its smallest node, for run queues and timers. */
struct rb_root_cached {
    struct rb_root root;
    struct rb_node *leftmost;
};

#define RB_ROOT               ((struct rb_root){NULL, NULL})
#define RB_ROOT_AUGMENTED(fn) ((struct rb_root){NULL, fn})
#define RB_ROOT_CACHED        ((struct rb_root_cached){{NULL, NULL}, NULL})

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline bool rb_empty(const struct rb_root *root)
{
    return root->node == NULL;
}

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
    return (struct rb_node *)(node->parent_color & ~(uintptr_t)1);
}

/* Marks a node as being in no tree; rb_erase() leaves it so. */
static inline void rb_clear(struct rb_node *node)
{
    node->parent_color = (uintptr_t)node;
}

/* The node is in a tree (it has been rb_clear()ed, at the latest by rb_erase()). */
static inline bool rb_linked(const struct rb_node *node)
{
    return node->parent_color != (uintptr_t)node;
}

/* Hang `node` below `parent` at `*link`, which is NULL, and rebalance. */
void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
               struct rb_node **link);
void rb_erase(struct rb_root *root, struct rb_node *node);
/* `new` takes the place of `old`, which compares equal. */
void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new);
/* The node's own data changed: bring its value and its ancestors' up to date. */
void rb_update(struct rb_root *root, struct rb_node *node);

/* In order; NULL at the end. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Every entry in order; the body does not change the tree. */
#define rb_for_each_entry(pos, root, member)                                             \
    for (struct rb_node *rb_it_ = rb_first(root);                                        \
         rb_it_ && ((pos) = rb_entry(rb_it_, __typeof__(*(pos)), member), true);         \
         rb_it_ = rb_next(rb_it_))

/* `leftmost`: the walk down to `link` never turned right. */
void rb_insert_cached(struct rb_root_cached *root, struct rb_node *node,
                      struct rb_node *parent, struct rb_node **link, bool leftmost);
void rb_erase_cached(struct rb_root_cached *root, struct rb_node *node);

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
    return root->leftmost;
}

/* Check order-independent invariants (colours, black height, parent links) for debug
 * assertions and tests; walks the whole tree.  The depth is bounded by 2 log2(n + 1). */
bool rb_valid(const struct rb_root *root);

#endif /* CLOUDOS_LIB_RBTREE_H */
