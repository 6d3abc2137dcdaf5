/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of a pipe: bytes in pages that come when they are first written.  A ring that runs
 * empty starts again at its first page, so that a pipe with short messages uses one page, which
 * stays in the CPU's cache, and the others are given back.
 */
#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vfs/pipe_priv.h"

static uint8_t *page_alloc(void)
{
    uint64_t pa = frame_alloc(0, FRAME_WAIT, FRAME_KERNEL);

    return pa ? phys_to_virt(pa) : NULL;
}

static void pages_free(uint8_t **pages, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < count; i++) {
        if (pages[i])
            frame_put(virt_to_phys(pages[i]));
        pages[i] = NULL;
    }
}

int pipe_ring_create(uint32_t pages, struct pipe **out)
{
    struct pipe *p = kzalloc(sizeof(*p));

    if (!p)
        return -ENOMEM;
    p->pages = kcalloc(pages, sizeof(*p->pages));
    if (!p->pages) {
        kfree(p);
        return -ENOMEM;
    }
    p->page_count = pages;
    mutex_init(&p->lock, "pipe");
    wait_queue_init(&p->read_queue);
    wait_queue_init(&p->write_queue);
    *out = p;
    return 0;
}

void pipe_ring_destroy(struct pipe *p)
{
    pages_free(p->pages, 0, p->page_count);
    kfree(p->pages);
    kfree(p->segments);
    kfree(p);
}

/* The longest piece at ring offset `at`: where it lies, and its length. */
static uint32_t piece(const struct pipe *p, uint32_t at, uint32_t want, uint32_t *page)
{
    at &= pipe_capacity(p) - 1;
    *page = at / 4096u;
    return MIN(want, 4096u - at % 4096u);
}

int64_t pipe_ring_fill(struct pipe *p, struct vm_iter *from, uint32_t max)
{
    uint32_t done = 0, want = (uint32_t)MIN((uint64_t)MIN(max, pipe_room(p)), from->left);
    int64_t n = 0;

    while (done < want) {
        uint32_t page, at = p->start + p->used;
        uint32_t len = piece(p, at, want - done, &page);

        if (!p->pages[page] && !(p->pages[page] = page_alloc())) {
            n = -ENOMEM;
            break;
        }
        n = vm_iter_take(from, p->pages[page] + at % 4096u, len);
        if (n <= 0)
            break;
        atomic_store_relaxed(&p->used, p->used + (uint32_t)n);
        done += (uint32_t)n;
        if ((uint32_t)n < len)
            break;
    }
    return done ? done : n;
}

static void advance(struct pipe *p, uint32_t len)
{
    p->start = (p->start + len) & (pipe_capacity(p) - 1);
    atomic_store_relaxed(&p->used, p->used - len);
}

int64_t pipe_ring_drain(struct pipe *p, struct vm_iter *to)
{
    uint32_t front = MIN(p->used, pipe_packets_front(p));
    uint32_t done = 0, want = (uint32_t)MIN((uint64_t)front, to->left);
    int64_t n = 0;

    while (done < want) {
        uint32_t page, len = piece(p, p->start, want - done, &page);

        n = vm_iter_put(to, p->pages[page] + p->start % 4096u, len);
        if (n <= 0)
            break;
        advance(p, (uint32_t)n);
        done += (uint32_t)n;
        if ((uint32_t)n < len)
            break;
    }
    if (done)
        pipe_ring_skip(p, pipe_packets_read(p, done));
    return done ? done : n;
}

void pipe_ring_skip(struct pipe *p, uint32_t len)
{
    advance(p, len);
    if (p->used == 0) {
        if (p->start >= 4096u)
            pages_free(p->pages, 1, p->page_count);
        p->start = 0;
    }
}

uint32_t pipe_ring_peek(const struct pipe *p, void *buf, uint32_t len)
{
    uint32_t done = 0, want = MIN(len, MIN(p->used, pipe_packets_front(p)));

    while (done < want) {
        uint32_t page, n = piece(p, p->start + done, want - done, &page);

        memcpy((uint8_t *)buf + done, p->pages[page] + (p->start + done) % 4096u, n);
        done += n;
    }
    return done;
}

int pipe_ring_resize(struct pipe *p, uint32_t pages)
{
    uint8_t **fresh;
    uint32_t used = p->used;

    if (used > pages * 4096u)
        return -EBUSY;
    fresh = kcalloc(pages, sizeof(*fresh));
    if (!fresh)
        return -ENOMEM;
    for (uint32_t i = 0; i < DIV_ROUND_UP(used, 4096u); i++) {
        fresh[i] = page_alloc();
        if (!fresh[i]) {
            pages_free(fresh, 0, i);
            kfree(fresh);
            return -ENOMEM;
        }
    }
    for (uint32_t done = 0; done < used;) {
        uint32_t page, n = piece(p, p->start + done, used - done, &page);

        n = MIN(n, 4096u - done % 4096u);
        memcpy(fresh[done / 4096u] + done % 4096u,
               p->pages[page] + (p->start + done) % 4096u, n);
        done += n;
    }
    pages_free(p->pages, 0, p->page_count);
    kfree(p->pages);
    p->pages = fresh;
    p->page_count = pages;
    p->start = 0;
    return 0;
}
