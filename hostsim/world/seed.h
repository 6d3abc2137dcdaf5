/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that a seed decides: SplitMix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014).
 *
 * Owner:   whoever embeds one; two generators of one seed give the same numbers.
 * Context: any.
 * Locking: the caller's.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_SEED_H
#define CLOUDOS_HOSTSIM_WORLD_SEED_H

#include <stddef.h>
#include <stdint.h>

struct seed {
    uint64_t state;
};

/* `stream` keeps generators of one seed apart. */
static inline struct seed seed_make(uint64_t seed, uint64_t stream)
{
    return (struct seed){seed ^ stream * UINT64_C(0xd1342543de82ef95)};
}

static inline uint64_t seed_next(struct seed *s)
{
    uint64_t z = s->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0..n-1; the bias of 2^-32 n does not matter here. */
static inline uint32_t seed_below(struct seed *s, uint32_t n)
{
    return (uint32_t)(((seed_next(s) >> 32) * n) >> 32);
}

/* 1..2^bits, each power of two as likely as any other: short runs and long ones. */
static inline uint32_t seed_run_length(struct seed *s, unsigned bits)
{
    return 1 + seed_below(s, UINT32_C(1) << seed_below(s, bits + 1));
}

#endif /* CLOUDOS_HOSTSIM_WORLD_SEED_H */
