/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own tables.  All of them exist before the first user space does; only their leaves
 * for devices and stacks are added during boot.
 *
 * Owner:   bare-metal/aarch64.
 * Context: boot, one CPU; the readers any.
 * Locking: none.
 * Errors:  what does not fit ends the machine.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_PAGING_H
#define CLOUDOS_BARE_METAL_AARCH64_PAGING_H

#include "bare-metal/common/boot.h"

#define FDT_WINDOW_BYTES (UINT64_C(2) << 20)

/* With the MMU off: the image in the upper half, and, where they lie physically, the code that
 * turns the MMU on and the device tree. */
void paging_early(uint64_t fdt_pa, uint64_t image_pa);
/* The MMU is on. */
void paging_begin(uint64_t image_pa);
/* Map free RAM and the initramfs; from now on tables come from `b->ram`. */
void paging_map_ram(struct boot *b);
void paging_map_stacks(struct boot *b, unsigned cpus);
volatile uint8_t *paging_map_device(uint64_t pa, uint64_t len);
/* This CPU needs no physical addresses any more: nothing is left where user addresses are. */
void paging_leave_identity(void);
/* The device tree is not needed any more, and no more tables are made. */
void paging_end(void);

uint64_t paging_image_pa(const void *in_image);
uint64_t paging_no_space_pa(void); /* a table without entries */
/* The top of one of a CPU's own stacks. */
enum paging_stack { PAGING_BOOT_STACK, PAGING_FAULT_STACK, PAGING_FIQ_STACK };
#define PAGING_STACKS 3u
uint64_t paging_stack(unsigned cpu, enum paging_stack which);
/* Is `va` in the unmapped room around stacks? */
bool paging_is_guard(uint64_t va);

#endif /* CLOUDOS_BARE_METAL_AARCH64_PAGING_H */
