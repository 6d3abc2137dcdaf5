/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps over arrays of 64-bit words, bit 0 lowest in word 0.  Bits of the last word
 * beyond the map's size are never looked at.
 *
 * Owner:   the caller's array.
 * Context: any.
 * Locking: the caller's; nothing here is atomic.
 * Errors:  searches return the size of the map when there is nothing to find.
 */
#ifndef CLOUDOS_LIB_BITMAP_H
#define CLOUDOS_LIB_BITMAP_H

#include "lib/base.h"

#define BITMAP_WORD_BITS   64u
#define BITMAP_WORDS(bits) DIV_ROUND_UP((size_t)(bits), BITMAP_WORD_BITS)

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
    return (map[bit / BITMAP_WORD_BITS] >> (bit % BITMAP_WORD_BITS)) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
    map[bit / BITMAP_WORD_BITS] |= BIT(bit % BITMAP_WORD_BITS);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
    map[bit / BITMAP_WORD_BITS] &= ~BIT(bit % BITMAP_WORD_BITS);
}

static inline void bitmap_zero(uint64_t *map, size_t bits)
{
    for (size_t i = 0; i < BITMAP_WORDS(bits); i++)
        map[i] = 0;
}

void bitmap_set_range(uint64_t *map, size_t start, size_t count);
void bitmap_clear_range(uint64_t *map, size_t start, size_t count);

/* The first set (clear) bit in [start, bits), or `bits`. */
size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t start);
size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t start);

static inline size_t bitmap_first_set(const uint64_t *map, size_t bits)
{
    return bitmap_next_set(map, bits, 0);
}

static inline size_t bitmap_first_clear(const uint64_t *map, size_t bits)
{
    return bitmap_next_clear(map, bits, 0);
}

/* The start of the first run of `count` clear bits in [start, bits), or `bits`. */
size_t bitmap_next_clear_run(const uint64_t *map, size_t bits, size_t start,
                             size_t count);

/* The number of set bits. */
size_t bitmap_weight(const uint64_t *map, size_t bits);

#define bitmap_for_each_set(bit, map, bits)                                              \
    for ((bit) = bitmap_next_set(map, bits, 0); (bit) < (bits);                          \
         (bit) = bitmap_next_set(map, bits, (bit) + 1))

#endif /* CLOUDOS_LIB_BITMAP_H */
