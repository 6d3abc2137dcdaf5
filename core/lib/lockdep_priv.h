/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lock-order checker knows about classes, for lockdep.c.
 *
 * Owner:   lib.
 * Context: interrupts masked.
 * Locking: lockdep_graph_lock(), except where it says otherwise.
 * Errors:  a full table is reported by the caller.
 */
#ifndef CLOUDOS_LIB_LOCKDEP_PRIV_H
#define CLOUDOS_LIB_LOCKDEP_PRIV_H

#include "lib/lockdep.h"

enum {
    LOCKDEP_IN_IRQ = 1,  /* waited for in an interrupt handler */
    LOCKDEP_IRQS_ON = 2, /* held with interrupts unmasked */
};

struct lockdep_class {
    const char *name; /* NULL: unused */
    uint32_t subclass;
    uint32_t flags;      /* atomic; only ever gains bits */
    uint32_t first_edge; /* to what was taken under it; 0: none */
};

struct lockdep_edge {
    uint16_t from, to;
    uint32_t next;    /* of the same `from`; 0: none */
    const void *site; /* where `to` was first taken under `from` */
};

/* A way through the graph: classes, and the edges between them. */
struct lockdep_path {
    unsigned length;                       /* number of classes; 0: there is no way */
    uint16_t class[LOCKDEP_CLASSES_MAX];   /* from the start to the end */
    const void *site[LOCKDEP_CLASSES_MAX]; /* [i]: where class[i] was taken, i > 0 */
};

void lockdep_graph_lock(void);
void lockdep_graph_unlock(void);

/* The class of that name and subclass, made if needed; 0 if the table is full.  Takes the
 * graph lock itself. */
uint32_t lockdep_class_get(const char *name, unsigned subclass);
struct lockdep_class *lockdep_class_at(uint32_t class);

/* The edge is known.  Needs no lock. */
bool lockdep_edge_known(uint32_t from, uint32_t to);
/* False if the table is full. */
MUST_CHECK bool lockdep_edge_add(uint32_t from, uint32_t to, const void *site);

/* The shortest way from `from` along edges to `to` (or to any class that has a flag of
 * `flags`, itself included).  The result is valid until the graph lock is released. */
const struct lockdep_path *lockdep_find_class(uint32_t from, uint32_t to);
const struct lockdep_path *lockdep_find_flag(uint32_t from, uint32_t flags);
/* The class nearest against the direction of the edges that has a flag; 0 if none. */
uint32_t lockdep_find_flag_back(uint32_t to, uint32_t flags);

void lockdep_graph_reset(void);

#endif /* CLOUDOS_LIB_LOCKDEP_PRIV_H */
