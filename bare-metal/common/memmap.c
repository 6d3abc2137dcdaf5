/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/memmap.h"

#include "lib/base.h"

#define PAGE (uint64_t) HAL_PAGE_SIZE

static void drop_at(struct memmap *m, unsigned i)
{
    m->count--;
    for (; i < m->count; i++)
        m->range[i] = m->range[i + 1];
}

static bool insert_at(struct memmap *m, unsigned i, uint64_t base, uint64_t end)
{
    if (m->count == MEMMAP_MAX)
        return false;
    for (unsigned j = m->count++; j > i; j--)
        m->range[j] = m->range[j - 1];
    m->range[i] = (struct hal_range){.base = base, .len = end - base};
    return true;
}

static uint64_t end_of(const struct hal_range *r)
{
    return r->base + r->len;
}

/* The last page of the address space is nobody's, so that ends do not wrap. */
static uint64_t end_clamp(uint64_t base, uint64_t len)
{
    uint64_t most = ALIGN_DOWN(UINT64_MAX, PAGE) - base;

    return base + (len < most ? len : most);
}

void memmap_add(struct memmap *m, uint64_t base, uint64_t len)
{
    uint64_t end, start;
    unsigned i = 0;

    if (base > ALIGN_DOWN(UINT64_MAX, PAGE) - PAGE)
        return;
    end = ALIGN_DOWN(end_clamp(base, len), PAGE);
    start = ALIGN_UP(base, PAGE);
    if (start >= end)
        return;
    while (i < m->count && end_of(&m->range[i]) < start)
        i++;
    while (i < m->count && m->range[i].base <= end) {
        start = MIN(start, m->range[i].base);
        end = MAX(end, end_of(&m->range[i]));
        drop_at(m, i);
    }
    (void)insert_at(m, i, start, end);
}

void memmap_remove(struct memmap *m, uint64_t base, uint64_t len)
{
    uint64_t start = ALIGN_DOWN(base, PAGE);
    uint64_t end = end_clamp(base, len);

    end = end > UINT64_MAX - PAGE ? end : ALIGN_UP(end, PAGE);
    if (len == 0)
        return;
    for (unsigned i = 0; i < m->count;) {
        struct hal_range *r = &m->range[i];
        uint64_t after = end_of(r);

        if (after <= start || r->base >= end) {
            i++;
        } else if (r->base < start) {
            r->len = start - r->base;
            i++;
            if (after > end)
                (void)insert_at(m, i, end, after);
        } else if (after > end) {
            r->len = after - end;
            r->base = end;
            i++;
        } else {
            drop_at(m, i);
        }
    }
}

uint64_t memmap_take(struct memmap *m, uint64_t len, uint64_t align, uint64_t limit)
{
    len = ALIGN_UP(len, PAGE);
    for (unsigned i = m->count; i-- > 0;) {
        uint64_t end = MIN(end_of(&m->range[i]), limit);
        uint64_t at;

        if (end < len || end <= m->range[i].base)
            continue;
        at = ALIGN_DOWN(end - len, MAX(align, PAGE));
        if (at < m->range[i].base || at == 0)
            continue;
        memmap_remove(m, at, len);
        return at;
    }
    return 0;
}

uint64_t memmap_bytes(const struct memmap *m)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->count; i++)
        sum += m->range[i].len;
    return sum;
}
