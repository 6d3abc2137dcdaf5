/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables come from a pool in the image, so they can be filled before the MMU is on, when the
 * image is still reached at the place where it was loaded: code addresses are relative to pc.
 * `delta` is what to subtract from such an address to get the physical one.
 */
#include "bare-metal/riscv64/map.h"

#include "bare-metal/common/boot.h"
#include "bare-metal/riscv64/csr.h"
#include "lib/base.h"

#define ENTRIES    512u
#define TABLES_MAX 24u
#define LEVELS     4u
#define FDT_WINDOW                                                                       \
    (4u << 20) /* two pages of 2 MiB: wherever a blob begins in the first */
#define PAGE_2M (UINT64_C(2) << 20)

#define PTE_V         BIT(0)
#define PTE_R         BIT(1)
#define PTE_W         BIT(2)
#define PTE_X         BIT(3)
#define PTE_G         BIT(5)
#define PTE_A         BIT(6)
#define PTE_D         BIT(7)
#define PTE_PPN_SHIFT 10
#define PTE_READ      (PTE_V | PTE_R | PTE_A | PTE_G)
#define PTE_WRITE     (PTE_READ | PTE_W | PTE_D)
#define PTE_EXEC      (PTE_READ | PTE_X)

/* The linker script's. */
extern char _image_start[], _text_end[], _rodata_end[], _bss_start[], _image_end[];

static uint64_t root[ENTRIES] ALIGNED(4096);
static uint64_t tables[TABLES_MAX][ENTRIES] ALIGNED(4096);
static unsigned tables_used;
static uint64_t image_pa, delta;

static uint64_t pa_of(const void *at)
{
    return (uint64_t)(uintptr_t)at - delta;
}

uint64_t map_pa_of_image(const void *at)
{
    return pa_of(at);
}

static uint64_t *table_of(uint64_t pte)
{
    return (uint64_t *)(uintptr_t)((pte >> PTE_PPN_SHIFT << 12) + delta);
}

static uint64_t level_bytes(unsigned level)
{
    return UINT64_C(1) << (12 + 9 * level);
}

/* The table below an entry.  A larger page there makes room: who mapped it maps it again. */
static uint64_t *table_below(uint64_t *entry)
{
    if (!(*entry & PTE_V) || (*entry & (PTE_R | PTE_W | PTE_X))) {
        if (tables_used == TABLES_MAX)
            boot_die("the memory map needs more than %u page tables", TABLES_MAX);
        *entry = pa_of(tables[tables_used++]) >> 12 << PTE_PPN_SHIFT | PTE_V;
    }
    return table_of(*entry);
}

/* One page at `va`, as large as address and length allow: its size. */
static uint64_t map_one(uint64_t va, uint64_t pa, uint64_t len, uint64_t rights)
{
    uint64_t *table = root;

    for (unsigned level = LEVELS - 1;; level--) {
        uint64_t bytes = level_bytes(level);
        uint64_t *entry = &table[va / bytes % ENTRIES];
        bool is_table = (*entry & PTE_V) && !(*entry & (PTE_R | PTE_W | PTE_X));

        if (level == 0 || (level < LEVELS - 1 && !is_table && len >= bytes &&
                           IS_ALIGNED(va | pa, bytes))) {
            *entry = pa >> 12 << PTE_PPN_SHIFT | rights;
            return bytes;
        }
        table = table_below(entry);
    }
}

static void map_range(uint64_t va, uint64_t pa, uint64_t len, uint64_t rights)
{
    while (len > 0) {
        uint64_t bytes = map_one(va, pa, len, rights);

        va += bytes;
        pa += bytes;
        len -= MIN(len, bytes);
    }
}

static uint64_t offset_of(const char *symbol)
{
    return (uint64_t)(symbol - _image_start);
}

static void map_part(uint64_t va, const char *from, const char *to, uint64_t rights)
{
    uint64_t at = offset_of(from);

    map_range(va + at, image_pa + at, offset_of(to) - at, rights);
}

uint64_t map_image(uint64_t load_pa, uint64_t fdt_pa)
{
    /* Not by an address relative to pc, which is physical now. */
    static const char *const volatile linked_start = _image_start;
    uint64_t va = (uint64_t)(uintptr_t)linked_start;
    uint64_t window = ALIGN_DOWN(fdt_pa, PAGE_2M);

    image_pa = load_pa;
    map_part(va, _image_start, _text_end, PTE_EXEC);
    map_part(va, _text_end, _rodata_end, PTE_READ);
    map_part(va, _rodata_end, _bss_start, PTE_WRITE);
    map_part(va, _bss_start + HAL_PAGE_SIZE, _image_end, PTE_WRITE); /* the guard page */
    map_range(MAP_DIRECT + window, window, FDT_WINDOW, PTE_READ);
    delta = va - load_pa;
    return map_satp(load_pa + offset_of((const char *)root));
}

/* ---- with the MMU on ---- */

static void map_direct(uint64_t from, uint64_t to, uint64_t rights)
{
    if (from < to)
        map_range(MAP_DIRECT + from, from, to - from, rights);
}

void map_ram(const struct hal_range *r)
{
    uint64_t base = r->base, end = r->base + r->len;
    uint64_t fixed_end = image_pa + offset_of(_rodata_end);

    /* Text and constants are written in neither view. */
    map_direct(base, MIN(end, image_pa), PTE_WRITE);
    map_direct(MAX(base, image_pa), MIN(end, fixed_end), PTE_READ);
    map_direct(MAX(base, fixed_end), end, PTE_WRITE);
}

volatile void *map_device(uint64_t pa, uint64_t len)
{
    uint64_t from = ALIGN_DOWN(pa, (uint64_t)HAL_PAGE_SIZE);

    if (pa >= MAP_PA_MAX || len > MAP_PA_MAX - pa)
        boot_die("a device lies at %#llx", (unsigned long long)pa);
    map_direct(from, ALIGN_UP(pa + len, (uint64_t)HAL_PAGE_SIZE), PTE_WRITE);
    __asm__ volatile("sfence.vma" : : : "memory");
    return (volatile void *)(uintptr_t)(MAP_DIRECT + pa);
}

void map_done(void)
{
    __asm__ volatile("sfence.vma" : : : "memory");
}

struct hal_range map_image_range(void)
{
    return (struct hal_range){image_pa, offset_of(_image_end)};
}

uint64_t hal_direct_map_offset(void)
{
    return MAP_DIRECT;
}

/* ---- spaces ---- */

uint64_t map_satp(uint64_t root_pa)
{
    return (uint64_t)SATP_MODE_SV48 << SATP_MODE_SHIFT | root_pa >> 12;
}

uint64_t map_kernel_root(void)
{
    return pa_of(root);
}

static uint64_t *root_at(uint64_t root_pa)
{
    return (uint64_t *)(uintptr_t)(MAP_DIRECT + root_pa);
}

/* The few entries of the upper half that are used do not change any more. */
void map_kernel_into(uint64_t root_pa)
{
    uint64_t *other = root_at(root_pa);

    for (unsigned i = ENTRIES / 2; i < ENTRIES; i++)
        other[i] = root[i];
}

void map_kernel_out_of(uint64_t root_pa)
{
    uint64_t *other = root_at(root_pa);

    for (unsigned i = ENTRIES / 2; i < ENTRIES; i++)
        other[i] = 0;
}
