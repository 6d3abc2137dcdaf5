/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables come from a pool in the image, so they can be filled before the MMU is on, when the
 * image is still reached at the place where it was loaded: code addresses are relative to pc.
 * `delta` is what to subtract from such an address to get the physical one.
 */
#include "bare-metal/riscv64/map.h"

#include "bare-metal/common/boot.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "lib/base.h"

#define TABLES_MAX 24u
#define FDT_WINDOW (2 * MAP_FDT_ALIGN) /* wherever a blob begins in the first half */
#define PTE_LEAF   (MAP_PTE_R | MAP_PTE_W | MAP_PTE_X)
#define LEVEL_LEAF 2u /* the largest leaves: 1 GiB */

/* The linker script's. */
extern char _image_start[], _text_end[], _rodata_end[], _bss_start[], _image_end[];

/* The root of Sv39; with Sv48 the table of the last 512 GiB. */
static uint64_t root_sv39[MAP_ENTRIES] ALIGNED(4096);
static uint64_t root_sv48[MAP_ENTRIES] ALIGNED(4096);
static uint64_t tables[TABLES_MAX][MAP_ENTRIES] ALIGNED(4096);
static unsigned tables_used;
static uint64_t image_pa, delta;

extern uint64_t boot_satp; /* boot.S: what other CPUs load */

static const struct map_layout layout_sv48 = {
    .mmu = HAL_MMU_SV48,
    .levels = 4,
    .user_max = (UINT64_C(1) << 47) - HAL_PAGE_SIZE,
    .direct = UINT64_C(0xffff800000000000),
    .pa_max = UINT64_C(1) << 46,
    .stacks = UINT64_C(0xffffff8000000000),
    .stacks_ram = UINT64_C(1) << 37,
    .satp = (uint64_t)SATP_MODE_SV48 << SATP_MODE_SHIFT,
};

struct map_layout map_layout = {
    .mmu = HAL_MMU_SV39,
    .levels = 3,
    .user_max = (UINT64_C(1) << 38) - HAL_PAGE_SIZE,
    .direct = UINT64_C(0xffffffc000000000),
    .pa_max = UINT64_C(1) << 37,
    .stacks = UINT64_C(0xffffffe000000000),
    .stacks_ram = UINT64_C(1) << 35,
    .satp = (uint64_t)SATP_MODE_SV39 << SATP_MODE_SHIFT,
};

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
    return (uint64_t *)(uintptr_t)(map_pte_pa(pte) + delta);
}

static uint64_t *root_table(void)
{
    return map_layout.levels == 4 ? root_sv48 : root_sv39;
}

/* The table below an entry.  A larger page there makes room: who mapped it maps it again. */
static uint64_t *table_below(uint64_t *entry)
{
    if (!(*entry & MAP_PTE_V) || (*entry & PTE_LEAF)) {
        if (tables_used == TABLES_MAX)
            boot_die("the memory map needs more than %u page tables", TABLES_MAX);
        *entry = map_pte(pa_of(tables[tables_used++]), MAP_TABLE);
    }
    return table_of(*entry);
}

/* One page at `va`, as large as address and length allow: its size. */
static uint64_t map_one(uint64_t va, uint64_t pa, uint64_t len, uint64_t rights)
{
    uint64_t *table = root_table();

    for (unsigned level = map_layout.levels - 1;; level--) {
        uint64_t bytes = UINT64_C(1) << map_level_shift(level);
        uint64_t *entry = &table[va / bytes % MAP_ENTRIES];
        bool is_table = (*entry & MAP_PTE_V) && !(*entry & PTE_LEAF);

        if (level == 0 || (level <= LEVEL_LEAF && !is_table && len >= bytes &&
                           IS_ALIGNED(va | pa, bytes))) {
            *entry = map_pte(pa, rights);
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
    uint64_t window = ALIGN_DOWN(fdt_pa, MAP_FDT_ALIGN);

    image_pa = load_pa;
    map_part(va, _image_start, _text_end, MAP_EXEC);
    map_part(va, _text_end, _rodata_end, MAP_READ);
    map_part(va, _rodata_end, _bss_start, MAP_WRITE);
    map_part(va, _bss_start + KSTACK_BYTES, _image_end, MAP_WRITE); /* _boot_guard */
    map_range(MAP_FDT, window, FDT_WINDOW, MAP_READ);
    delta = va - load_pa;
    return map_satp(load_pa + offset_of((const char *)root_sv39));
}

/* ---- with the MMU on ---- */

/* A mode that the CPU does not have leaves satp as it is (privileged architecture 4.1.11). */
void map_choose_sv48(void)
{
    uint64_t satp = layout_sv48.satp | pa_of(root_sv48) >> 12;

    root_sv48[MAP_ENTRIES - 1] = map_pte(pa_of(root_sv39), MAP_TABLE);
    __asm__ volatile("sfence.vma" : : : "memory");
    csr_write(satp, satp);
    if (csr_read(satp) != satp)
        return;
    __asm__ volatile("sfence.vma" : : : "memory");
    map_layout = layout_sv48;
    boot_satp = satp;
}

static void map_direct(uint64_t from, uint64_t to, uint64_t rights)
{
    if (from < to)
        map_range(map_layout.direct + from, from, to - from, rights);
}

void map_ram(const struct hal_range *r)
{
    uint64_t base = r->base, end = r->base + r->len;
    uint64_t fixed_end = image_pa + offset_of(_rodata_end);

    /* Text and constants are written in neither view. */
    map_direct(base, MIN(end, image_pa), MAP_WRITE);
    map_direct(MAX(base, image_pa), MIN(end, fixed_end), MAP_READ);
    map_direct(MAX(base, fixed_end), end, MAP_WRITE);
}

volatile void *map_device(uint64_t pa, uint64_t len)
{
    uint64_t from = ALIGN_DOWN(pa, (uint64_t)HAL_PAGE_SIZE);

    if (pa >= map_layout.pa_max || len > map_layout.pa_max - pa)
        boot_die("a device lies at %#llx", (unsigned long long)pa);
    map_direct(from, ALIGN_UP(pa + len, (uint64_t)HAL_PAGE_SIZE), MAP_WRITE);
    __asm__ volatile("sfence.vma" : : : "memory");
    return (volatile void *)(uintptr_t)(map_layout.direct + pa);
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
    return map_layout.direct;
}

/* ---- spaces ---- */

uint64_t *map_last_table(void)
{
    return root_sv39;
}

uint64_t map_satp(uint64_t root_pa)
{
    return map_layout.satp | root_pa >> 12;
}

uint64_t map_kernel_root(void)
{
    return pa_of(root_table());
}

static uint64_t *table_at(uint64_t pa)
{
    return (uint64_t *)(uintptr_t)(map_layout.direct + pa);
}

/* The few entries of the upper half that are used do not change any more. */
void map_kernel_into(uint64_t root_pa)
{
    uint64_t *other = table_at(root_pa);

    for (unsigned i = MAP_ENTRIES / 2; i < MAP_ENTRIES; i++)
        other[i] = root_table()[i];
}

void map_kernel_out_of(uint64_t root_pa)
{
    uint64_t *other = table_at(root_pa);

    for (unsigned i = MAP_ENTRIES / 2; i < MAP_ENTRIES; i++)
        other[i] = 0;
}
