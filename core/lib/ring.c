/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte queue.  The counters run freely; the buffer's size masks them. */
#include "lib/ring.h"

#include "lib/string.h"

void ring_init(struct ring *r, void *buf, size_t size)
{
    kassert(IS_POWER_OF_TWO(size));
    *r = (struct ring){.buf = buf, .size = size};
}

size_t ring_put(struct ring *r, const void *data, size_t len)
{
    size_t at = (size_t)r->head & (r->size - 1);
    size_t first;

    len = MIN(len, ring_free(r));
    first = MIN(len, r->size - at);
    memcpy(r->buf + at, data, first);
    memcpy(r->buf, (const uint8_t *)data + first, len - first);
    r->head += len;
    return len;
}

size_t ring_peek(const struct ring *r, size_t offset, void *data, size_t len)
{
    size_t at, first;

    offset = MIN(offset, ring_used(r));
    len = MIN(len, ring_used(r) - offset);
    at = (size_t)(r->tail + offset) & (r->size - 1);
    first = MIN(len, r->size - at);
    memcpy(data, r->buf + at, first);
    memcpy((uint8_t *)data + first, r->buf, len - first);
    return len;
}

size_t ring_skip(struct ring *r, size_t len)
{
    len = MIN(len, ring_used(r));
    r->tail += len;
    return len;
}

size_t ring_get(struct ring *r, void *data, size_t len)
{
    return ring_skip(r, ring_peek(r, 0, data, len));
}

int ring_unput(struct ring *r)
{
    if (ring_used(r) == 0)
        return -1;
    return r->buf[--r->head & (r->size - 1)];
}
