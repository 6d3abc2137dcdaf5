/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hash functions.  hash_u64() and hash_bytes() are fast and predictable: for keys that no
 * outsider chooses.  hash_sip() is keyed: for tables that a user program or a network
 * peer could flood.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_HASH_H
#define CLOUDOS_LIB_HASH_H

#include "lib/base.h"

struct hash_key {
    uint64_t k[2];
};

/* A bijection on 64 bits that spreads every input bit over all output bits. */
static inline uint64_t hash_u64(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    return x;
}

static inline uint64_t hash_combine(uint64_t h, uint64_t x)
{
    return hash_u64(h ^ (x + UINT64_C(0x9e3779b97f4a7c15)));
}

/* A table index of `bits` (1..63) bits. */
static inline uint64_t hash_index(uint64_t hash, unsigned bits)
{
    return hash >> (64 - bits);
}

/* FNV-1a over the bytes, mixed; different seeds give independent functions. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */
uint64_t hash_sip(const struct hash_key *key, const void *data, size_t len);

#endif /* CLOUDOS_LIB_HASH_H */
