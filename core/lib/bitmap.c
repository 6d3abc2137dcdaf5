/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps, a word at a time. */
#include "lib/bitmap.h"

/* The bits of word `word` that lie in [start, end). */
static uint64_t word_mask(size_t word, size_t start, size_t end)
{
    size_t base = word * BITMAP_WORD_BITS;
    uint64_t mask = UINT64_MAX;

    if (start > base)
        mask &= UINT64_MAX << (start - base);
    if (end - base < BITMAP_WORD_BITS)
        mask &= BIT(end - base) - 1;
    return mask;
}

void bitmap_set_range(uint64_t *map, size_t start, size_t count)
{
    size_t end = start + count;

    if (count == 0)
        return;
    for (size_t w = start / BITMAP_WORD_BITS; w < BITMAP_WORDS(end); w++)
        map[w] |= word_mask(w, start, end);
}

void bitmap_clear_range(uint64_t *map, size_t start, size_t count)
{
    size_t end = start + count;

    if (count == 0)
        return;
    for (size_t w = start / BITMAP_WORD_BITS; w < BITMAP_WORDS(end); w++)
        map[w] &= ~word_mask(w, start, end);
}

/* The first bit in [start, bits) that is set once every word is inverted with `flip`. */
static size_t next_bit(const uint64_t *map, size_t bits, size_t start, uint64_t flip)
{
    if (start >= bits)
        return bits;
    for (size_t w = start / BITMAP_WORD_BITS; w < BITMAP_WORDS(bits); w++) {
        uint64_t word = (map[w] ^ flip) & word_mask(w, start, bits);

        if (word != 0)
            return w * BITMAP_WORD_BITS + (size_t)__builtin_ctzll(word);
    }
    return bits;
}

size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t start)
{
    return next_bit(map, bits, start, 0);
}

size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t start)
{
    return next_bit(map, bits, start, UINT64_MAX);
}

size_t bitmap_next_clear_run(const uint64_t *map, size_t bits, size_t start, size_t count)
{
    kassert(count > 0);
    for (;;) {
        size_t run = bitmap_next_clear(map, bits, start);
        size_t end;

        if (run >= bits || bits - run < count)
            return bits;
        end = bitmap_next_set(map, run + count, run);
        if (end == run + count)
            return run;
        start = end + 1;
    }
}

/* Pairs, nibbles, bytes: compilers without a population count would call a helper. */
static size_t word_weight(uint64_t x)
{
    x -= (x >> 1) & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)((x * UINT64_C(0x0101010101010101)) >> 56);
}

size_t bitmap_weight(const uint64_t *map, size_t bits)
{
    size_t weight = 0;

    for (size_t w = 0; w < BITMAP_WORDS(bits); w++)
        weight += word_weight(map[w] & word_mask(w, 0, bits));
    return weight;
}
