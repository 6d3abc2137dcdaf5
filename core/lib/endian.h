/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Integers of a fixed byte order at any address: the only way in which disk, wire and
 * device data is read and written.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_ENDIAN_H
#define CLOUDOS_LIB_ENDIAN_H

#include <stdint.h>

/* Written byte by byte; compilers turn each into one access and at most one swap. */

static inline uint16_t le16_load(const void *p)
{
    const uint8_t *b = p;

    return (uint16_t)(b[0] | b[1] << 8);
}

static inline void le16_store(void *p, uint16_t v)
{
    uint8_t *b = p;

    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline uint32_t le32_load(const void *p)
{
    const uint8_t *b = p;

    return le16_load(p) | (uint32_t)le16_load(b + 2) << 16;
}

static inline void le32_store(void *p, uint32_t v)
{
    uint8_t *b = p;

    le16_store(p, (uint16_t)v);
    le16_store(b + 2, (uint16_t)(v >> 16));
}

static inline uint64_t le64_load(const void *p)
{
    const uint8_t *b = p;

    return le32_load(p) | (uint64_t)le32_load(b + 4) << 32;
}

static inline void le64_store(void *p, uint64_t v)
{
    uint8_t *b = p;

    le32_store(p, (uint32_t)v);
    le32_store(b + 4, (uint32_t)(v >> 32));
}

static inline uint16_t be16_load(const void *p)
{
    const uint8_t *b = p;

    return (uint16_t)(b[1] | b[0] << 8);
}

static inline void be16_store(void *p, uint16_t v)
{
    uint8_t *b = p;

    b[1] = (uint8_t)v;
    b[0] = (uint8_t)(v >> 8);
}

static inline uint32_t be32_load(const void *p)
{
    const uint8_t *b = p;

    return be16_load(b + 2) | (uint32_t)be16_load(p) << 16;
}

static inline void be32_store(void *p, uint32_t v)
{
    uint8_t *b = p;

    be16_store(b + 2, (uint16_t)v);
    be16_store(p, (uint16_t)(v >> 16));
}

static inline uint64_t be64_load(const void *p)
{
    const uint8_t *b = p;

    return be32_load(b + 4) | (uint64_t)be32_load(p) << 32;
}

static inline void be64_store(void *p, uint64_t v)
{
    uint8_t *b = p;

    be32_store(b + 4, (uint32_t)v);
    be32_store(p, (uint32_t)(v >> 32));
}

#endif /* CLOUDOS_LIB_ENDIAN_H */
