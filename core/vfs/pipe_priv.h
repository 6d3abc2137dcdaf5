/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of a pipe.
 *
 * Owner:   struct pipe.
 * Context: thread context.
 * Locking: pipe.lock is held.
 * Errors:  bytes moved, or -errno if none was.
 */
#ifndef CLOUDOS_VFS_PIPE_PRIV_H
#define CLOUDOS_VFS_PIPE_PRIV_H

#include "sched/wait.h"
#include "vfs/pipe.h"

struct pipe_segments;

struct pipe {
    struct mutex lock;
    struct wait_queue read_queue,
        write_queue; /* who waits for bytes, for room or a reader */
    uint32_t used;   /* bytes in the ring, atomic */
    uint32_t start;  /* offset of the first */
    uint32_t page_count;
    uint8_t **pages;                     /* NULL until first written */
    struct pipe_segments *segments;      /* pipe_packet.c; NULL until the first packet */
    uint32_t readers, writers;           /* open files, atomic */
    uint32_t reader_opens, writer_opens; /* ever, atomic: what open of a FIFO waits for */
};

static inline uint32_t pipe_capacity(const struct pipe *p)
{
    return p->page_count * 4096u;
}

static inline uint32_t pipe_room(const struct pipe *p)
{
    return pipe_capacity(p) - atomic_load_relaxed(&p->used);
}

MUST_CHECK int pipe_ring_create(uint32_t pages, struct pipe **out);
void pipe_ring_destroy(struct pipe *p);
MUST_CHECK int pipe_ring_resize(struct pipe *p, uint32_t pages);
/* As much as fits of `from`, and at most `max` bytes. */
MUST_CHECK int64_t pipe_ring_fill(struct pipe *p, struct vm_iter *from, uint32_t max);
MUST_CHECK int64_t pipe_ring_drain(struct pipe *p, struct vm_iter *to);
uint32_t pipe_ring_peek(const struct pipe *p, void *buf, uint32_t len);
/* Drop `len` bytes from the front. */
void pipe_ring_skip(struct pipe *p, uint32_t len);

/* Before a packet is written. */
MUST_CHECK int pipe_packets_prepare(struct pipe *p);
bool pipe_packets_full(const struct pipe *p); /* without the lock: a hint */
/* `len` bytes were written behind `before` others. */
void pipe_packets_written(struct pipe *p, uint32_t before, uint32_t len, bool packet);
/* How much one read may take. */
uint32_t pipe_packets_front(const struct pipe *p);
/* A read took `len` bytes: how many more of the packet are to be dropped. */
uint32_t pipe_packets_read(struct pipe *p, uint32_t len);

#endif /* CLOUDOS_VFS_PIPE_PRIV_H */
