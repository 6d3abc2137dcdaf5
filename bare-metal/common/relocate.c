/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table (System V gABI, SHT_RELR): an even word is the address of a word to correct; an odd one
 * has a bit, from bit 1 on, for each of the 63 words behind the last one told of.
 */
#include "bare-metal/common/relocate.h"

#define WORDS 63u

void relocate(const uint64_t *table, const uint64_t *end, uint64_t linked, uint64_t lies,
              uint64_t runs)
{
    uint64_t *next = NULL;

    for (; table < end; table++) {
        if ((*table & 1) == 0) {
            next = (uint64_t *)(uintptr_t)(*table - linked + lies);
            *next++ += runs - linked;
            continue;
        }
        for (unsigned i = 0; i < WORDS; i++) {
            if (*table >> (i + 1) & 1)
                next[i] += runs - linked;
        }
        next += WORDS;
    }
}
