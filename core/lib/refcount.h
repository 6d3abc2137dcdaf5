/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference counts.  A count that has reached zero stays there; one that overflows or
 * underflows is a kernel bug and panics.
 *
 * Owner:   the object that embeds the count.
 * Context: any.
 * Locking: none needed.  refcount_put() orders every earlier access to the object before
 *          the clean-up of whoever gets `true`.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_REFCOUNT_H
#define CLOUDOS_LIB_REFCOUNT_H

#include "lib/atomic.h"
#include "lib/base.h"

/* Above half the range something has leaked references for a long time. */
#define REFCOUNT_MAX (UINT32_MAX / 2)

struct refcount {
    uint32_t v;
};

#define REFCOUNT_INIT(n)                                                                 \
    {                                                                                    \
        .v = (n)                                                                         \
    }

static inline void refcount_init(struct refcount *r, uint32_t n)
{
    atomic_store_relaxed(&r->v, n);
}

/* A snapshot, for reports and for a caller that excludes the others. */
static inline uint32_t refcount_read(const struct refcount *r)
{
    return atomic_load_relaxed(&r->v);
}

/* One more reference, by someone who already holds one. */
static inline void refcount_get(struct refcount *r)
{
    uint32_t old = atomic_fetch_add_relaxed(&r->v, 1);

    kassert(old != 0 && old < REFCOUNT_MAX);
}

/* One more reference unless the object is already being destroyed. */
MUST_CHECK static inline bool refcount_get_not_zero(struct refcount *r)
{
    uint32_t old = atomic_load_relaxed(&r->v);

    do {
        if (old == 0)
            return false;
        kassert(old < REFCOUNT_MAX);
    } while (!atomic_cmpxchg_acquire(&r->v, &old, old + 1));
    return true;
}

/* One reference fewer; true for the last, who destroys the object. */
MUST_CHECK static inline bool refcount_put(struct refcount *r)
{
    uint32_t old = atomic_fetch_sub(&r->v, 1);

    kassert(old != 0 && old <= REFCOUNT_MAX);
    return old == 1;
}

#endif /* CLOUDOS_LIB_REFCOUNT_H */
