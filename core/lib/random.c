/* SPDX-License-Identifier: BSD-2-Clause */
/* xoshiro256**, seeded by SplitMix64 as its authors advise. */
#include "lib/random.h"

#include "lib/string.h"

static uint64_t splitmix_next(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void prng_seed(struct prng *p, uint64_t seed)
{
    for (unsigned i = 0; i < ARRAY_SIZE(p->s); i++)
        p->s[i] = splitmix_next(&seed);
}

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

uint64_t prng_next(struct prng *p)
{
    uint64_t *s = p->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

/* The 2^64 mod bound lowest values are rejected, so that what remains divides evenly;
 * less than one extra round is expected for any bound. */
uint64_t prng_below(struct prng *p, uint64_t bound)
{
    uint64_t reject, x;

    kassert(bound > 0);
    reject = (0 - bound) % bound;
    do
        x = prng_next(p);
    while (x < reject);
    return x % bound;
}

void prng_fill(struct prng *p, void *buf, size_t len)
{
    uint8_t *at = buf;

    while (len > 0) {
        uint64_t x = prng_next(p);
        size_t n = MIN(len, sizeof(x));

        memcpy(at, &x, n);
        at += n;
        len -= n;
    }
}
