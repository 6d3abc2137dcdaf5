/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A byte queue over a caller-owned buffer whose size is a power of two.
 *
 * Owner:   whoever embeds it owns the buffer too.
 * Context: any.
 * Locking: the caller's.
 * Errors:  short counts.
 */
#ifndef CLOUDOS_LIB_RING_H
#define CLOUDOS_LIB_RING_H

#include "lib/base.h"

struct ring {
    uint8_t *buf;
    size_t size;         /* bytes; a power of two */
    uint64_t head, tail; /* bytes ever put and taken; used = head - tail */
};

void ring_init(struct ring *r, void *buf, size_t size);

static inline size_t ring_used(const struct ring *r)
{
    return (size_t)(r->head - r->tail);
}

static inline size_t ring_free(const struct ring *r)
{
    return r->size - ring_used(r);
}

static inline void ring_reset(struct ring *r)
{
    r->tail = r->head;
}

/* Append up to `len` bytes; returns how many fitted. */
size_t ring_put(struct ring *r, const void *data, size_t len);
/* Take up to `len` bytes from the front; returns how many there were. */
size_t ring_get(struct ring *r, void *data, size_t len);
/* The same without taking them, from `offset` bytes behind the front. */
size_t ring_peek(const struct ring *r, size_t offset, void *data, size_t len);
/* Drop up to `len` bytes from the front. */
size_t ring_skip(struct ring *r, size_t len);
/* Take back the newest byte; -1 if there is none. */
int ring_unput(struct ring *r);

static inline bool ring_put_byte(struct ring *r, uint8_t byte)
{
    if (ring_free(r) == 0)
        return false;
    r->buf[r->head++ & (r->size - 1)] = byte;
    return true;
}

/* -1 if there is none. */
static inline int ring_get_byte(struct ring *r)
{
    if (ring_used(r) == 0)
        return -1;
    return r->buf[r->tail++ & (r->size - 1)];
}

#endif /* CLOUDOS_LIB_RING_H */
