/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the kernel: Arm ARM (DDI 0487) D8.3.  No page is both writable and executable, and
 * none of the image is mapped a second time in the direct map.
 *
 * paging_early() and what it calls run at physical addresses: no pointer of the image may be read
 * from memory there, and `self` is 0.
 */
#include "bare-metal/aarch64/paging.h"

#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/layout.h"
#include "bare-metal/common/stacks.h"
#include "lib/base.h"
#include "lib/string.h"

#define PTE_VALID  BIT(0)
#define PTE_TABLE  BIT(1) /* at level 3: page; absent at 1 and 2: block */
#define PTE_DEVICE BIT(2) /* attribute 1 of layout.h */
#define PTE_RO     BIT(7)
#define PTE_SH_IS  (UINT64_C(3) << 8)
#define PTE_AF     BIT(10)
#define PTE_PXN    BIT(53)
#define PTE_UXN    BIT(54)
#define PTE_ADDR   UINT64_C(0x0000fffffffff000)

#define LEAF   (PTE_VALID | PTE_SH_IS | PTE_AF | PTE_UXN)
#define TEXT   PTE_RO
#define RODATA (PTE_RO | PTE_PXN)
#define DATA   PTE_PXN
#define DEVICE (PTE_DEVICE | PTE_PXN)

#define ENTRIES 512u
#define SIZE_2M (UINT64_C(1) << 21)
#define SIZE_1G (UINT64_C(1) << 30)
#define POOL    48u /* tables in the image: for itself, the device tree, the console, RAM */

/* A CPU's stacks, each above unmapped pages. */
#define SLOT_BYTES (UINT64_C(2) * STACK_BYTES)

extern char __image_start[], __boot_text_end[], __text_end[], __rodata_end[],
    __image_end[];

typedef uint64_t table_page[ENTRIES] ALIGNED(4096);

table_page paging_identity, paging_kernel;
static table_page no_space, pool[POOL];
static unsigned pool_used;

static uint64_t image_base;     /* physical */
static uint64_t self;           /* what to add to a physical address of the image */
static struct memmap *more_ram; /* NULL: tables come from the pool */
static uint64_t device_next = MMIO_WINDOW;

static bool in_image(uint64_t pa)
{
    return pa - image_base < (uint64_t)(__image_end - __image_start);
}

static uint64_t *table_at(uint64_t pa)
{
    return (uint64_t *)(in_image(pa) ? pa + self : pa + DIRECT_MAP);
}

static uint64_t page_take(void)
{
    uint64_t pa;

    if (!more_ram && pool_used < POOL)
        return (uint64_t)(uintptr_t)pool[pool_used++] - self;
    pa = more_ram ? memmap_take(more_ram, HAL_PAGE_SIZE, HAL_PAGE_SIZE, UINT64_MAX) : 0;
    if (pa == 0)
        boot_die("no memory for the kernel's page tables");
    memset(table_at(pa), 0, HAL_PAGE_SIZE);
    return pa;
}

/* One leaf of 4 KiB (level 0), 2 MiB (1) or 1 GiB (2). */
static void map_one(uint64_t *root, uint64_t va, uint64_t pa, uint64_t bits,
                    unsigned level)
{
    uint64_t *table = root;

    for (unsigned l = 3; l > level; l--) {
        uint64_t *e = &table[va >> (12 + 9 * l) & (ENTRIES - 1)];

        if (!*e)
            *e = page_take() | PTE_VALID | PTE_TABLE;
        table = table_at(*e & PTE_ADDR);
    }
    table[va >> (12 + 9 * level) & (ENTRIES - 1)] =
        pa | bits | LEAF | (level ? 0 : PTE_TABLE);
}

/* The largest leaves that alignment allows. */
static void map_range(uint64_t *root, uint64_t va, uint64_t pa, uint64_t len,
                      uint64_t bits)
{
    while (len) {
        uint64_t both = va | pa;
        unsigned level = 0;

        if (both % SIZE_1G == 0 && len >= SIZE_1G)
            level = 2;
        else if (both % SIZE_2M == 0 && len >= SIZE_2M)
            level = 1;
        map_one(root, va, pa, bits, level);
        va += UINT64_C(1) << (12 + 9 * level);
        pa += UINT64_C(1) << (12 + 9 * level);
        len -= UINT64_C(1) << (12 + 9 * level);
    }
}

/* Walks of other entries may go on meanwhile; these were not there before, and TLBs do not
 * remember that: Arm ARM D8.13. */
static void maps_done(void)
{
    insn_dsb();
    insn_isb();
}

void paging_early(uint64_t fdt_pa, uint64_t image_pa)
{
    uint64_t start = (uintptr_t)__image_start; /* physical, here */
    uint64_t text = (uintptr_t)__text_end - start;
    uint64_t rodata = (uintptr_t)__rodata_end - start;
    uint64_t end = (uintptr_t)__image_end - start;
    uint64_t window = ALIGN_DOWN(fdt_pa, SIZE_2M);

    image_base = image_pa;
    map_range(paging_kernel, KERNEL_BASE, image_pa, text, TEXT);
    map_range(paging_kernel, KERNEL_BASE + text, image_pa + text, rodata - text, RODATA);
    map_range(paging_kernel, KERNEL_BASE + rodata, image_pa + rodata, end - rodata, DATA);
    map_range(paging_identity, image_pa, image_pa, (uintptr_t)__boot_text_end - start,
              TEXT);
    /* It may cross into the next 2 MiB; the image may lie there, too, in pages. */
    for (uint64_t at = window; at < window + 2 * SIZE_2M; at += HAL_PAGE_SIZE) {
        if (!in_image(at))
            map_one(paging_identity, at, at, RODATA, 0);
    }
}

void paging_begin(uint64_t image_pa)
{
    image_base = image_pa;
    self = KERNEL_BASE - image_pa;
}

void paging_map_ram(struct boot *b)
{
    for (unsigned i = 0; i < b->ram.count; i++)
        map_range(paging_kernel, DIRECT_MAP + b->ram.range[i].base, b->ram.range[i].base,
                  b->ram.range[i].len, DATA);
    if (b->initrd.len)
        map_range(paging_kernel, DIRECT_MAP + b->initrd.base, b->initrd.base,
                  ALIGN_UP(b->initrd.len, (uint64_t)HAL_PAGE_SIZE), DATA);
    maps_done();
    more_ram = &b->ram;
}

static void map_stack(uint64_t top)
{
    for (uint64_t va = top - STACK_BYTES; va < top; va += HAL_PAGE_SIZE)
        map_one(paging_kernel, va, page_take(), DATA, 0);
}

/* Room for the stacks of threads: no CPU has been told that something was there. */
static void map_threads(void)
{
    uint64_t table = page_take();

    paging_kernel[THREADS >> 39 & (ENTRIES - 1)] = table | PTE_VALID | PTE_TABLE;
    stacks_init(&(struct stacks_window){
        .base = THREADS,
        .ram = STACKS_RAM,
        .table = table_at(table),
        .table_bits = PTE_VALID | PTE_TABLE,
        .leaf_bits = DATA | LEAF | PTE_TABLE,
        .address = PTE_ADDR,
        .stack_bytes = STACK_BYTES,
        .made = maps_done,
    });
}

void paging_map_stacks(struct boot *b, unsigned cpus)
{
    kassert(more_ram == &b->ram);
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        for (unsigned which = 0; which < PAGING_STACKS; which++)
            map_stack(paging_stack(cpu, which));
    }
    map_threads();
    maps_done();
}

volatile uint8_t *paging_map_device(uint64_t pa, uint64_t len)
{
    uint64_t first = ALIGN_DOWN(pa, (uint64_t)HAL_PAGE_SIZE);
    uint64_t bytes = ALIGN_UP(pa + len - first, (uint64_t)HAL_PAGE_SIZE);
    uint64_t va = device_next;

    if (pa > PTE_ADDR || bytes > SIZE_1G || first + bytes < first)
        boot_die("a device at %#llx: no such address", (unsigned long long)pa);
    for (uint64_t at = 0; at < bytes; at += HAL_PAGE_SIZE)
        map_one(paging_kernel, va + at, first + at, DEVICE, 0);
    device_next += bytes + HAL_PAGE_SIZE;
    maps_done();
    return (volatile uint8_t *)(va + (pa - first));
}

void paging_leave_identity(void)
{
    insn_write_sysreg(ttbr0_el1, paging_no_space_pa());
    insn_isb();
    __asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

void paging_end(void)
{
    paging_leave_identity();
    more_ram = NULL;
    pool_used = POOL;
}

uint64_t paging_image_pa(const void *in)
{
    return (uint64_t)(uintptr_t)in - self;
}

uint64_t paging_no_space_pa(void)
{
    return paging_image_pa(no_space);
}

uint64_t paging_stack(unsigned cpu, enum paging_stack which)
{
    return STACKS + (cpu * PAGING_STACKS + which + 1) * SLOT_BYTES;
}

bool paging_is_guard(uint64_t va)
{
    return stacks_is_guard(va) ||
           (va >= STACKS && va < STACKS + HAL_CPUS_MAX * PAGING_STACKS * SLOT_BYTES);
}

uint64_t hal_direct_map_offset(void)
{
    return DIRECT_MAP;
}
