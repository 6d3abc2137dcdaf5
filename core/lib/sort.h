/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Heap sort: in place, no recursion, O(n log n) always.  Not stable.
 *
 * Owner:   the caller's array.
 * Context: any.
 * Locking: the caller's.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_SORT_H
#define CLOUDOS_LIB_SORT_H

#include "lib/base.h"

/* `cmp` is negative, 0 or positive as *a sorts before, with or after *b. */
typedef int (*sort_cmp_fn)(const void *a, const void *b, void *ctx);

void sort_array(void *base, size_t count, size_t size, sort_cmp_fn cmp, void *ctx);

#endif /* CLOUDOS_LIB_SORT_H */
