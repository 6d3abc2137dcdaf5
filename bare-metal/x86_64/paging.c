/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the kernel: Intel SDM 3A 4.5.  No page is both writable and executable, and
 * none of the image is mapped a second time in the direct map.
 */
#include "bare-metal/x86_64/paging.h"

#include "bare-metal/common/stacks.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "lib/base.h"
#include "lib/string.h"

#define PTE_P      BIT(0)
#define PTE_RW     BIT(1)
#define PTE_PWT    BIT(3)
#define PTE_PCD    BIT(4)
#define PTE_LARGE  BIT(7)
#define PTE_GLOBAL BIT(8)
#define PTE_XD     BIT(63)
#define PTE_ADDR   UINT64_C(0x000ffffffffff000)

#define EARLY_LIMIT UINT64_C(0x100000000) /* what boot.S has mapped */
#define SIZE_2M     (UINT64_C(1) << 21)
#define SIZE_1G     (UINT64_C(1) << 30)

/* A CPU's stacks, each above an unmapped page. */
#define IST_BYTES   8192u
#define GUARD_BYTES 4096u
#define SLOT_BYTES  131072u

_Static_assert(BOOT_STACK_BYTES + CPU_ISTS * IST_BYTES + (1 + CPU_ISTS) * GUARD_BYTES <=
                   SLOT_BYTES,
               "a slot has room");

extern char __image_start[], __text_end[], __rodata_end[], __image_end[];

static uint64_t root_pa;
static uint64_t device_next; /* in the window, from its beginning */

static uint64_t *table_at(uint64_t pa)
{
    return (uint64_t *)(layout.direct_map + pa);
}

static uint64_t page_take(struct boot *b)
{
    uint64_t pa = memmap_take(&b->ram, HAL_PAGE_SIZE, HAL_PAGE_SIZE, EARLY_LIMIT);

    if (pa == 0)
        boot_die("no memory below 4 GiB for the kernel's page tables");
    memset(table_at(pa), 0, HAL_PAGE_SIZE);
    return pa;
}

/* One leaf of 4 KiB (level 0), 2 MiB (1) or 1 GiB (2). */
static void map_one(struct boot *b, uint64_t va, uint64_t pa, uint64_t bits,
                    unsigned level)
{
    uint64_t *table = table_at(root_pa);

    for (unsigned l = 3; l > level; l--) {
        uint64_t *e = &table[va >> (12 + 9 * l) & 511];

        if (!*e)
            *e = page_take(b) | PTE_P | PTE_RW;
        table = table_at(*e & PTE_ADDR);
    }
    table[va >> (12 + 9 * level) & 511] =
        pa | bits | PTE_P | PTE_GLOBAL | (level ? PTE_LARGE : 0);
}

/* The largest leaves that alignment allows. */
static void map_range(struct boot *b, uint64_t va, uint64_t pa, uint64_t len,
                      uint64_t bits)
{
    while (len) {
        uint64_t both = va | pa;
        unsigned level = 0;

        if (both % SIZE_1G == 0 && len >= SIZE_1G && cpu_features.large_1g)
            level = 2;
        else if (both % SIZE_2M == 0 && len >= SIZE_2M)
            level = 1;
        map_one(b, va, pa, bits, level);
        va += UINT64_C(1) << (12 + 9 * level);
        pa += UINT64_C(1) << (12 + 9 * level);
        len -= UINT64_C(1) << (12 + 9 * level);
    }
}

static void map_image(struct boot *b)
{
    uint64_t start = (uintptr_t)__image_start, text = (uintptr_t)__text_end;
    uint64_t rodata = (uintptr_t)__rodata_end, end = (uintptr_t)__image_end;

    map_range(b, start, KERNEL_LOAD, text - start, 0);
    map_range(b, text, KERNEL_LOAD + text - start, rodata - text, PTE_XD);
    map_range(b, rodata, KERNEL_LOAD + rodata - start, end - rodata, PTE_XD | PTE_RW);
}

static uint64_t slot_of(unsigned cpu)
{
    return layout.stacks + (uint64_t)cpu * SLOT_BYTES;
}

static void map_stack(struct boot *b, uint64_t top, uint64_t bytes)
{
    for (uint64_t va = top - bytes; va < top; va += HAL_PAGE_SIZE)
        map_one(b, va, page_take(b), PTE_XD | PTE_RW, 0);
}

static void map_threads(struct boot *b)
{
    uint64_t table = page_take(b);

    table_at(root_pa)[layout.threads >> 39 & 511] = table | PTE_P | PTE_RW;
    stacks_init(&(struct stacks_window){
        .base = layout.threads,
        .ram = STACKS_RAM / 2, /* so that the base is free to move */
        .table = table_at(table),
        .table_bits = PTE_P | PTE_RW,
        .leaf_bits = PTE_P | PTE_RW | PTE_XD | PTE_GLOBAL,
        .address = PTE_ADDR,
        .stack_bytes = KSTACK_BYTES,
    });
}

void paging_init(struct boot *b, unsigned cpus_count)
{
    struct memmap ram = b->ram; /* with the tables themselves, without the image */

    root_pa = page_take(b);
    map_image(b);
    for (unsigned i = 0; i < ram.count; i++)
        map_range(b, layout.direct_map + ram.range[i].base, ram.range[i].base,
                  ram.range[i].len, PTE_XD | PTE_RW);
    if (b->initrd.len)
        map_range(b, layout.direct_map + b->initrd.base, b->initrd.base,
                  ALIGN_UP(b->initrd.len, (uint64_t)HAL_PAGE_SIZE), PTE_XD | PTE_RW);
    for (unsigned cpu = 0; cpu < cpus_count; cpu++) {
        map_stack(b, paging_boot_stack(cpu), BOOT_STACK_BYTES);
        for (unsigned ist = 0; ist < CPU_ISTS; ist++)
            map_stack(b, paging_ist_stack(cpu, ist), IST_BYTES);
    }
    map_threads(b);
    insn_write_cr3(root_pa);
}

volatile void *paging_map_device(struct boot *b, uint64_t pa, uint64_t len)
{
    uint64_t first = ALIGN_DOWN(pa, (uint64_t)HAL_PAGE_SIZE);
    uint64_t bytes = ALIGN_UP(pa + len - first, (uint64_t)HAL_PAGE_SIZE);
    uint64_t va = layout.devices + device_next;

    for (uint64_t at = 0; at < bytes; at += HAL_PAGE_SIZE)
        map_one(b, va + at, first + at, PTE_XD | PTE_RW | PTE_PCD | PTE_PWT, 0);
    device_next += bytes + HAL_PAGE_SIZE;
    return (volatile void *)(va + (pa - first));
}

uint64_t paging_root(void)
{
    return root_pa;
}

uint64_t paging_boot_stack(unsigned cpu)
{
    return slot_of(cpu) + GUARD_BYTES + BOOT_STACK_BYTES;
}

uint64_t paging_ist_stack(unsigned cpu, unsigned ist)
{
    return paging_boot_stack(cpu) + (ist + 1) * (uint64_t)(GUARD_BYTES + IST_BYTES);
}

bool paging_is_guard(uint64_t va)
{
    return stacks_is_guard(va) ||
           va - layout.stacks < HAL_CPUS_MAX * (uint64_t)SLOT_BYTES;
}

uint64_t hal_direct_map_offset(void)
{
    return layout.direct_map;
}
