/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the address space.
 *
 * Owner:   bare-metal/x86_64.
 * Context: built at boot by one CPU; constant afterwards.
 * Locking: none.
 * Errors:  ends the machine when memory for tables runs out.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_PAGING_H
#define CLOUDOS_BARE_METAL_X86_64_PAGING_H

#include "bare-metal/common/boot.h"
#include "bare-metal/x86_64/layout.h"

/* Where the parts are that layout.h has windows for.  kaslr.c decides; zero before that, when RAM
 * is where it is. */
struct layout {
    uint64_t image, direct_map, devices, stacks, threads;
};

extern struct layout layout; /* constant after kaslr_start() */

#define IMAGE_LINKED (KERNEL_BASE + KERNEL_LOAD)

/* Map image, RAM and the stacks of `cpus` CPUs, and go over to these tables. */
void paging_init(struct boot *b, unsigned cpus);
/* Device registers, uncached; after paging_init(), before the core runs. */
volatile void *paging_map_device(struct boot *b, uint64_t pa, uint64_t len);
uint64_t paging_root(void);

/* Tops of the stacks of a CPU. */
uint64_t paging_boot_stack(unsigned cpu);
uint64_t paging_ist_stack(unsigned cpu, unsigned ist);
/* Is `va` one of the pages between stacks? */
bool paging_is_guard(uint64_t va);

#endif /* CLOUDOS_BARE_METAL_X86_64_PAGING_H */
