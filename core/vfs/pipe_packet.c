/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets in a pipe (O_DIRECT of pipe2(2)): where each write ends.
 *
 * A pipe that has never been used this way has no segments.  One that has keeps a short queue of
 * them that covers every byte in the ring: packets, and between them what was written as a
 * stream.  The number of packets is bounded as on Linux, where each takes a slot.
 */
#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "vfs/pipe_priv.h"

#define PACKETS_MAX  16u
#define SEGMENTS_MAX (2 * PACKETS_MAX + 1) /* a stream before, between and behind */

struct segment {
    uint32_t len;
    bool packet;
};

struct pipe_segments {
    uint32_t first, count;
    uint32_t packets; /* atomic */
    struct segment ring[SEGMENTS_MAX];
};

static struct segment *segment_at(struct pipe_segments *s, uint32_t i)
{
    return &s->ring[(s->first + i) % SEGMENTS_MAX];
}

int pipe_packets_prepare(struct pipe *p)
{
    struct pipe_segments *s;

    if (p->segments)
        return 0;
    s = kzalloc(sizeof(*s));
    atomic_store_release(&p->segments, s);
    return s ? 0 : -ENOMEM;
}

bool pipe_packets_full(const struct pipe *p)
{
    const struct pipe_segments *s = atomic_load_acquire(&p->segments);

    return s && atomic_load_relaxed(&s->packets) >= PACKETS_MAX;
}

static void append(struct pipe_segments *s, uint32_t len, bool packet)
{
    struct segment *last = s->count ? segment_at(s, s->count - 1) : NULL;

    if (!packet && last && !last->packet) {
        last->len += len;
        return;
    }
    kassert(s->count < SEGMENTS_MAX);
    *segment_at(s, s->count++) = (struct segment){len, packet};
    if (packet)
        atomic_store_relaxed(&s->packets, s->packets + 1);
}

void pipe_packets_written(struct pipe *p, uint32_t before, uint32_t len, bool packet)
{
    struct pipe_segments *s = p->segments;

    if (!s || (!packet && s->count == 0))
        return; /* all of it is a stream */
    if (s->count == 0 && before)
        append(s, before, false);
    append(s, len, packet);
}

uint32_t pipe_packets_front(const struct pipe *p)
{
    struct pipe_segments *s = p->segments;

    return s && s->count ? segment_at(s, 0)->len : UINT32_MAX;
}

uint32_t pipe_packets_read(struct pipe *p, uint32_t len)
{
    struct pipe_segments *s = p->segments;
    struct segment *front;
    uint32_t rest;

    if (!s || s->count == 0)
        return 0;
    front = segment_at(s, 0);
    rest = front->len - len;
    if (!front->packet && rest) {
        front->len = rest;
        return 0;
    }
    if (front->packet)
        atomic_store_relaxed(&s->packets, s->packets - 1);
    s->first = (s->first + 1) % SEGMENTS_MAX;
    s->count--;
    return rest;
}
