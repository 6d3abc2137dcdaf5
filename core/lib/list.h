/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive circular doubly-linked lists.  The head is a node that carries no entry; a
 * node that is on no list points to itself.
 *
 * Owner:   whoever owns the head; nodes live inside the entries.
 * Context: any.
 * Locking: the caller's.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_LIST_H
#define CLOUDOS_LIB_LIST_H

#include "lib/base.h"

struct list_node {
    struct list_node *next, *prev;
};

/* `struct list_node head = LIST_INIT(head);` */
#define LIST_INIT(name)                                                                  \
    {                                                                                    \
        &(name), &(name)                                                                 \
    }

static inline void list_init(struct list_node *node)
{
    node->next = node;
    node->prev = node;
}

static inline bool list_empty(const struct list_node *head)
{
    return head->next == head;
}

/* The node is on a list (it has been list_init()ed, at the latest by list_del()). */
static inline bool list_linked(const struct list_node *node)
{
    return node->next != node;
}

static inline void list_insert_between(struct list_node *node, struct list_node *prev,
                                       struct list_node *next)
{
    kassert(prev->next == next && next->prev == prev);
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

/* Insert behind `head`: first on the list, or after an entry. */
static inline void list_add(struct list_node *node, struct list_node *head)
{
    list_insert_between(node, head, head->next);
}

/* Insert before `head`: last on the list, or before an entry. */
static inline void list_add_tail(struct list_node *node, struct list_node *head)
{
    list_insert_between(node, head->prev, head);
}

/* Take `node` off its list; it is then on none.  Harmless where it was on none. */
static inline void list_del(struct list_node *node)
{
    kassert(node->next->prev == node && node->prev->next == node);
    node->next->prev = node->prev;
    node->prev->next = node->next;
    list_init(node);
}

static inline void list_move(struct list_node *node, struct list_node *head)
{
    list_del(node);
    list_add(node, head);
}

static inline void list_move_tail(struct list_node *node, struct list_node *head)
{
    list_del(node);
    list_add_tail(node, head);
}

/* Append all of `from` to the end of `to`; `from` becomes empty. */
static inline void list_splice_tail(struct list_node *from, struct list_node *to)
{
    struct list_node *first = from->next;
    struct list_node *last = from->prev;

    if (list_empty(from))
        return;
    first->prev = to->prev;
    to->prev->next = first;
    last->next = to;
    to->prev = last;
    list_init(from);
}

static inline size_t list_count(const struct list_node *head)
{
    size_t count = 0;

    for (const struct list_node *n = head->next; n != head; n = n->next)
        count++;
    return count;
}

#define list_entry(node, type, member) container_of(node, type, member)

#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)  list_entry((head)->prev, type, member)

#define list_first_entry_or_null(head, type, member)                                     \
    (list_empty(head) ? (type *)NULL : list_first_entry(head, type, member))

#define list_next_entry(pos, member)                                                     \
    list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member)                                                     \
    list_entry((pos)->member.prev, __typeof__(*(pos)), member)

#define list_for_each(node, head)                                                        \
    for ((node) = (head)->next; (node) != (head); (node) = (node)->next)

/* The body may delete `node`. */
#define list_for_each_safe(node, tmp, head)                                              \
    for ((node) = (head)->next, (tmp) = (node)->next; (node) != (head);                  \
         (node) = (tmp), (tmp) = (node)->next)

#define list_for_each_entry(pos, head, member)                                           \
    for ((pos) = list_first_entry(head, __typeof__(*(pos)), member);                     \
         &(pos)->member != (head); (pos) = list_next_entry(pos, member))

/* The body may delete `pos`. */
#define list_for_each_entry_safe(pos, tmp, head, member)                                 \
    for ((pos) = list_first_entry(head, __typeof__(*(pos)), member),                     \
        (tmp) = list_next_entry(pos, member);                                            \
         &(pos)->member != (head); (pos) = (tmp), (tmp) = list_next_entry(tmp, member))

#define list_for_each_entry_reverse(pos, head, member)                                   \
    for ((pos) = list_last_entry(head, __typeof__(*(pos)), member);                      \
         &(pos)->member != (head); (pos) = list_prev_entry(pos, member))

#endif /* CLOUDOS_LIB_LIST_H */
