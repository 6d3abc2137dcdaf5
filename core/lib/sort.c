/* SPDX-License-Identifier: BSD-2-Clause */
/* Heap sort over elements of any size. */
#include "lib/sort.h"

struct heap {
    uint8_t *base;
    size_t size;
    sort_cmp_fn cmp;
    void *ctx;
};

static void *heap_at(const struct heap *h, size_t i)
{
    return h->base + i * h->size;
}

static bool heap_less(const struct heap *h, size_t a, size_t b)
{
    return h->cmp(heap_at(h, a), heap_at(h, b), h->ctx) < 0;
}

static void heap_swap(const struct heap *h, size_t a, size_t b)
{
    uint8_t *x = heap_at(h, a), *y = heap_at(h, b);

    for (size_t i = 0; i < h->size; i++) {
        uint8_t t = x[i];

        x[i] = y[i];
        y[i] = t;
    }
}

/* Let element `i` sink to its place among the first `count`. */
static void heap_sink(const struct heap *h, size_t i, size_t count)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= count)
            return;
        if (child + 1 < count && heap_less(h, child, child + 1))
            child++;
        if (!heap_less(h, i, child))
            return;
        heap_swap(h, i, child);
        i = child;
    }
}

void sort_array(void *base, size_t count, size_t size, sort_cmp_fn cmp, void *ctx)
{
    struct heap h = {.base = base, .size = size, .cmp = cmp, .ctx = ctx};

    for (size_t i = count / 2; i-- > 0;)
        heap_sink(&h, i, count);
    for (size_t end = count; end-- > 1;) {
        heap_swap(&h, 0, end);
        heap_sink(&h, 0, end);
    }
}
