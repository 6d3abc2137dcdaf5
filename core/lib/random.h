/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small, fast, predictable generator (xoshiro256**, Blackman and Vigna) for the
 * kernel's own choices: back-off, sampling, layout.  Never for keys or for what user
 * programs ask.
 *
 * Owner:   whoever embeds it.
 * Context: any.
 * Locking: the caller's.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_RANDOM_H
#define CLOUDOS_LIB_RANDOM_H

#include "lib/base.h"

struct prng {
    uint64_t s[4];
};

/* Every seed is good, also 0. */
void prng_seed(struct prng *p, uint64_t seed);
uint64_t prng_next(struct prng *p);
/* Uniform in [0, bound); bound is not 0. */
uint64_t prng_below(struct prng *p, uint64_t bound);
void prng_fill(struct prng *p, void *buf, size_t len);

#endif /* CLOUDOS_LIB_RANDOM_H */
