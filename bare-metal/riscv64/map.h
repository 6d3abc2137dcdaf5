/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space: its image at the top, each part with the rights it needs, and
 * all RAM and the devices in use at one offset.  Where the image lies, the second view has no
 * more rights than the first.
 *
 * Owner:   bare-metal/riscv64.
 * Context: boot, one CPU; constant afterwards.
 * Locking: none.
 * Errors:  a machine that needs more tables than there are: boot_die().
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_MAP_H
#define CLOUDOS_BARE_METAL_RISCV64_MAP_H

#include "hal/hal.h"

/* The lower half of Sv48 is the programs', the upper half begins with the direct map. */
#define MAP_USER_MIN UINT64_C(0x10000)
#define MAP_USER_MAX ((UINT64_C(1) << 47) - HAL_PAGE_SIZE)
#define MAP_DIRECT   UINT64_C(0xffff800000000000)
#define MAP_PA_MAX   (UINT64_C(1) << 46) /* what the direct map has room for */

/* With the MMU off: map the image loaded at `load_pa`, and for reading whatever begins at
 * `fdt_pa`.  What satp has to be. */
uint64_t map_image(uint64_t load_pa, uint64_t fdt_pa);
/* RAM, and registers of a device: where they are. */
void map_ram(const struct hal_range *r);
volatile void *map_device(uint64_t pa, uint64_t len);
/* After all of that. */
void map_done(void);

/* The whole image, and where something in it lies. */
struct hal_range map_image_range(void);
uint64_t map_pa_of_image(const void *at);

uint64_t map_satp(uint64_t root_pa);
uint64_t map_kernel_root(void);
void map_kernel_into(uint64_t root_pa);
void map_kernel_out_of(uint64_t root_pa);

#endif /* CLOUDOS_BARE_METAL_RISCV64_MAP_H */
