/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black trees after Guibas and Sedgewick: the root is black, a red node has no red
 * child, and every way from a node down to a missing child passes as many black nodes.
 *
 * Left and right differ only in the index of `child`, so each case is written once.
 * Values of subtrees: whatever hangs or unhangs a node first updates every ancestor;
 * after that only rotations move anything, and a rotation changes the subtrees of its two
 * nodes alone.
 */
#include "lib/rbtree.h"

#define RB_BLACK     ((uintptr_t)1)
#define RB_DEPTH_MAX 128 /* twice the logarithm of any possible number of nodes */

static bool is_red(const struct rb_node *node)
{
    return node != NULL && !(node->parent_color & RB_BLACK);
}

static void set_red(struct rb_node *node)
{
    node->parent_color &= ~RB_BLACK;
}

static void set_black(struct rb_node *node)
{
    node->parent_color |= RB_BLACK;
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
    node->parent_color = (uintptr_t)parent | (node->parent_color & RB_BLACK);
}

/* The pointer that holds `node`, whose parent is `parent`. */
static struct rb_node **link_of(struct rb_root *root, struct rb_node *node,
                                struct rb_node *parent)
{
    if (parent == NULL)
        return &root->node;
    return &parent->child[parent->child[1] == node];
}

static void update_upwards(struct rb_root *root, struct rb_node *node)
{
    if (root->update == NULL)
        return;
    for (; node != NULL; node = rb_parent(node))
        root->update(node);
}

/* `node` sinks to side `dir`; its child of the other side takes its place. */
static void rotate(struct rb_root *root, struct rb_node *node, unsigned dir)
{
    struct rb_node *parent = rb_parent(node);
    struct rb_node *up = node->child[!dir];
    struct rb_node *inner = up->child[dir];

    *link_of(root, node, parent) = up;
    set_parent(up, parent);
    up->child[dir] = node;
    set_parent(node, up);
    node->child[!dir] = inner;
    if (inner != NULL)
        set_parent(inner, node);
    if (root->update != NULL) {
        root->update(node);
        root->update(up);
    }
}

/* The red `node` may have a red parent; nothing else is wrong. */
static void insert_fix(struct rb_root *root, struct rb_node *node)
{
    struct rb_node *parent;

    while (is_red(parent = rb_parent(node))) {
        struct rb_node *grand = rb_parent(parent); /* there is one: the root is black */
        unsigned side = grand->child[1] == parent;
        struct rb_node *uncle = grand->child[!side];

        if (is_red(uncle)) {
            set_black(parent);
            set_black(uncle);
            set_red(grand);
            node = grand;
            continue;
        }
        if (parent->child[!side] == node) {
            rotate(root, parent, side);
            parent = node;
        }
        set_black(parent);
        set_red(grand);
        rotate(root, grand, !side);
        break;
    }
    set_black(root->node);
}

void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
               struct rb_node **link)
{
    kassert(*link == NULL);
    *node = (struct rb_node){.parent_color = (uintptr_t)parent};
    *link = node;
    update_upwards(root, node);
    insert_fix(root, node);
}

/* Ways through `node`, the child of `parent`, have one black node too few. */
static void erase_fix(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
    while (parent != NULL && !is_red(node)) {
        unsigned dir = parent->child[0] != node;
        struct rb_node *sibling = parent->child[!dir]; /* its side is higher: not NULL */

        if (is_red(sibling)) {
            set_black(sibling);
            set_red(parent);
            rotate(root, parent, dir);
            sibling = parent->child[!dir];
        }
        if (!is_red(sibling->left) && !is_red(sibling->right)) {
            set_red(sibling);
            node = parent;
            parent = rb_parent(node);
            continue;
        }
        if (!is_red(sibling->child[!dir])) {
            set_black(sibling->child[dir]);
            set_red(sibling);
            rotate(root, sibling, !dir);
            sibling = parent->child[!dir];
        }
        if (is_red(parent))
            set_red(sibling);
        else
            set_black(sibling);
        set_black(parent);
        set_black(sibling->child[!dir]);
        rotate(root, parent, dir);
        return;
    }
    if (node != NULL)
        set_black(node);
}

static struct rb_node *outermost(struct rb_node *node, unsigned side)
{
    while (node->child[side] != NULL)
        node = node->child[side];
    return node;
}

/* `new` takes over parent, colour and both children of `old`. */
static void take_place(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
    *link_of(root, old, rb_parent(old)) = new;
    *new = *old;
    for (unsigned side = 0; side < 2; side++) {
        if (new->child[side] != NULL)
            set_parent(new->child[side], new);
    }
}

/* Unhang a node with at most one child. */
static void erase_simple(struct rb_root *root, struct rb_node *node,
                         struct rb_node **child, struct rb_node **parent, bool *was_red)
{
    *child = node->left != NULL ? node->left : node->right;
    *parent = rb_parent(node);
    *was_red = is_red(node);
    *link_of(root, node, *parent) = *child;
    if (*child != NULL)
        set_parent(*child, *parent);
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
    struct rb_node *child, *parent;
    bool was_red;

    kassert(rb_linked(node));
    if (node->left != NULL && node->right != NULL) {
        struct rb_node *next = outermost(node->right, 0);

        erase_simple(root, next, &child, &parent, &was_red);
        take_place(root, node, next);
        if (parent == node)
            parent = next;
    } else {
        erase_simple(root, node, &child, &parent, &was_red);
    }
    update_upwards(root, parent);
    if (!was_red)
        erase_fix(root, child, parent);
    rb_clear(node);
}

void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
    take_place(root, old, new);
    update_upwards(root, new);
    rb_clear(old);
}

void rb_update(struct rb_root *root, struct rb_node *node)
{
    update_upwards(root, node);
}

struct rb_node *rb_first(const struct rb_root *root)
{
    return root->node != NULL ? outermost(root->node, 0) : NULL;
}

struct rb_node *rb_last(const struct rb_root *root)
{
    return root->node != NULL ? outermost(root->node, 1) : NULL;
}

/* The neighbour on side `dir`: the nearest below on that side, else the first ancestor
 * that has `node` on its other side. */
static struct rb_node *neighbour(const struct rb_node *node, unsigned dir)
{
    struct rb_node *parent;

    if (node->child[dir] != NULL)
        return outermost(node->child[dir], !dir);
    while ((parent = rb_parent(node)) != NULL && parent->child[dir] == node)
        node = parent;
    return parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
    return neighbour(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
    return neighbour(node, 0);
}

void rb_insert_cached(struct rb_root_cached *root, struct rb_node *node,
                      struct rb_node *parent, struct rb_node **link, bool leftmost)
{
    rb_insert(&root->root, node, parent, link);
    if (leftmost)
        root->leftmost = node;
    kassert_slow(root->leftmost == rb_first(&root->root));
}

void rb_erase_cached(struct rb_root_cached *root, struct rb_node *node)
{
    if (root->leftmost == node)
        root->leftmost = rb_next(node);
    rb_erase(&root->root, node);
}

/* The number of black nodes on every way down from `node`, or -1. */
static int black_height(const struct rb_node *node, const struct rb_node *parent,
                        unsigned depth)
{
    int left, right;

    if (node == NULL)
        return 0;
    if (rb_parent(node) != parent || depth > RB_DEPTH_MAX)
        return -1;
    if (is_red(node) && (is_red(node->left) || is_red(node->right)))
        return -1;
    left = black_height(node->left, node, depth + 1);
    right = black_height(node->right, node, depth + 1);
    if (left < 0 || left != right)
        return -1;
    return left + !is_red(node);
}

bool rb_valid(const struct rb_root *root)
{
    return !is_red(root->node) && black_height(root->node, NULL, 0) >= 0;
}
