/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of programs, reached where the kernel sees all RAM: SUM is never set, so that no
 * mistake of the kernel reads or writes a program's memory by its address.  (QEMU up to 7.2 also
 * forgets all translations whenever SUM changes, 25 µs for a copy.)
 *
 * The table is walked and the page is used with interrupts masked.  Who takes the page away tells
 * this CPU to forget it before the frame or a table is freed, and waits until it has: vm/tlb.h.
 */
#include "abi/errno.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/map.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/pgtable.h"

#define SATP_PPN ((UINT64_C(1) << 44) - 1)

/* The loaded space's page at `va`, or NULL if a program could not access it like that.  A page that
 * will be written to is marked before it is looked at, so that whoever unmaps it sees the mark. */
static uint8_t *page_at(uint64_t va, uint32_t right)
{
    struct pgtable pt = {.root_pa = (csr_read(satp) & SATP_PPN) << HAL_PAGE_SHIFT};
    uint32_t mark = PTE_ACCESSED | (right == PTE_WRITE ? PTE_DIRTY : 0);
    struct pte pte = pgtable_get(&pt, va);

    if (!(pte.bits & right))
        return NULL;
    if ((pte.bits & mark) != mark) {
        (void)pgtable_mark(&pt, va, mark, 0);
        pte = pgtable_get(&pt, va);
        if (!(pte.bits & right))
            return NULL;
    }
    return (uint8_t *)(uintptr_t)(pte.pa + hal_direct_map_offset());
}

/* How much of [va, va + len) lies where programs may be. */
static size_t user_part(uint64_t va, size_t len)
{
    if (va >= map_layout.user_max)
        return 0;
    return MIN(len, (size_t)(map_layout.user_max - va));
}

static size_t page_part(uint64_t va, size_t len)
{
    return MIN(len, (size_t)(HAL_PAGE_SIZE - va % HAL_PAGE_SIZE));
}

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    size_t end = user_part(src, len), done = 0;

    while (done < end) {
        size_t part = page_part(src + done, end - done);
        bool unmasked = hal_irq_save();
        const uint8_t *page = page_at(src + done, PTE_READ);

        if (page)
            memcpy((uint8_t *)dst + done, page + (src + done) % HAL_PAGE_SIZE, part);
        hal_irq_restore(unmasked);
        if (!page)
            break;
        done += part;
    }
    return done;
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    size_t end = user_part(dst, len), done = 0;

    while (done < end) {
        size_t part = page_part(dst + done, end - done);
        bool unmasked = hal_irq_save();
        uint8_t *page = page_at(dst + done, PTE_WRITE);

        if (page)
            memcpy(page + (dst + done) % HAL_PAGE_SIZE, (const uint8_t *)src + done,
                   part);
        hal_irq_restore(unmasked);
        if (!page)
            break;
        done += part;
    }
    return done;
}

int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    uint8_t *page;
    bool unmasked;

    if (va % sizeof(uint32_t) != 0 || user_part(va, sizeof(uint32_t)) < sizeof(uint32_t))
        return -EFAULT;
    unmasked = hal_irq_save();
    page = page_at(va, PTE_WRITE);
    if (page)
        (void)atomic_cmpxchg((uint32_t *)(page + va % HAL_PAGE_SIZE), &expected, desired);
    hal_irq_restore(unmasked);
    *old = expected;
    return page ? 0 : -EFAULT;
}
