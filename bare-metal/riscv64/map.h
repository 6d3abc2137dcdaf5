/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space: its image at the top, each part with the rights it needs, and
 * all RAM and the devices in use at one offset.  Where the image lies, the second view has no
 * more rights than the first.  It begins in Sv39, which every CPU has that has Sv48; the tables
 * of Sv39 become a branch of those of Sv48 where there is that.
 *
 * Owner:   bare-metal/riscv64.
 * Context: boot, one CPU; constant afterwards, but for the window of stacks.
 * Locking: none.
 * Errors:  a machine that needs more tables than there are: boot_die().
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_MAP_H
#define CLOUDOS_BARE_METAL_RISCV64_MAP_H

#include "hal/hal.h"
#include "lib/base.h"

/* Entries of tables. */
#define MAP_PTE_V         BIT(0)
#define MAP_PTE_R         BIT(1)
#define MAP_PTE_W         BIT(2)
#define MAP_PTE_X         BIT(3)
#define MAP_PTE_G         BIT(5)
#define MAP_PTE_A         BIT(6)
#define MAP_PTE_D         BIT(7)
#define MAP_PTE_PPN_SHIFT 10
#define MAP_ENTRIES       512u

#define MAP_READ  (MAP_PTE_V | MAP_PTE_R | MAP_PTE_A | MAP_PTE_G)
#define MAP_WRITE (MAP_READ | MAP_PTE_W | MAP_PTE_D)
#define MAP_EXEC  (MAP_READ | MAP_PTE_X)
#define MAP_TABLE MAP_PTE_V

static inline uint64_t map_pte(uint64_t pa, uint64_t bits)
{
    return pa >> HAL_PAGE_SHIFT << MAP_PTE_PPN_SHIFT | bits;
}

static inline uint64_t map_pte_pa(uint64_t pte)
{
    return pte >> MAP_PTE_PPN_SHIFT << HAL_PAGE_SHIFT;
}

/* log2 of the bytes that an entry of that level maps. */
static inline unsigned map_level_shift(unsigned level)
{
    return HAL_PAGE_SHIFT + 9 * level;
}

/* Where the device tree is seen, from the 2 MiB page on that it begins in. */
#define MAP_FDT       UINT64_C(0xfffffff000000000)
#define MAP_FDT_ALIGN (UINT64_C(2) << 20)

/* What the two formats have room for. */
struct map_layout {
    enum hal_mmu mmu;
    unsigned levels;
    uint64_t user_max;
    uint64_t direct, pa_max;     /* the direct map, and what it has room for */
    uint64_t stacks, stacks_ram; /* the window of common/stacks.h */
    uint64_t satp;               /* the mode */
};

extern struct map_layout map_layout;

#define MAP_USER_MIN UINT64_C(0x10000)

/* With the MMU off: map the image loaded at `load_pa`, and for reading whatever begins at
 * `fdt_pa`.  What satp has to be. */
uint64_t map_image(uint64_t load_pa, uint64_t fdt_pa);
/* Change to Sv48 if the CPU has it. */
void map_choose_sv48(void);
/* RAM, and registers of a device: where they are. */
void map_ram(const struct hal_range *r);
volatile void *map_device(uint64_t pa, uint64_t len);
/* After all of that. */
void map_done(void);
/* The whole image, and where something in it lies. */
struct hal_range map_image_range(void);
uint64_t map_pa_of_image(const void *at);

/* The table of the last 512 GiB, which in Sv39 is the root. */
uint64_t *map_last_table(void);

uint64_t map_satp(uint64_t root_pa);
uint64_t map_kernel_root(void);
void map_kernel_into(uint64_t root_pa);
void map_kernel_out_of(uint64_t root_pa);

#endif /* CLOUDOS_BARE_METAL_RISCV64_MAP_H */
