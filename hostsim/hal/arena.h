/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM: one memfd, mapped at an address that is a constant of the build.  Physical address ==
 * offset in the file.
 *
 *   0 .. image end       the core's own .data and .bss: these frames are also mapped over the
 *                        place where the program was linked to have them
 *   .. reserved end      boot stacks of the CPUs, then the boot information
 *   .. initrd base       free RAM
 *   .. end               the initrd
 *
 * So every byte that the kernel can change lies in the arena, and nothing else does: no state
 * of hostsim and no host pointer.
 *
 * Owner:   hostsim/hal.
 * Context: arena_create(): the main thread, before any core code ran.
 * Locking: none; the layout is constant.
 * Errors:  arena_create() explains what is wrong and leaves: status 2 if the request cannot be
 *          met, 1 if the host fails.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_ARENA_H
#define CLOUDOS_HOSTSIM_HAL_ARENA_H

#include "hostsim/hal/checker.h"
#include "hostsim/hal/config.h"
#include "hostsim/hal/machine.h"

/* AddressSanitizer owns everything around the usual place.  ThreadSanitizer accepts only what
 * lies below 512 GiB there, and valgrind keeps its own things from 64 GiB on. */
#if CHECKER_ASAN
#define ARENA_BASE 0x200000000000ull
#else
#define ARENA_BASE 0x400000000ull
#endif

/* Build RAM as `config` asks and put the core's image, the boot stacks, the initrd and the
 * boot information in it; fills in the parts of *info that say where. */
void arena_create(const struct machine_config *config, struct hal_bootinfo *info);
/* Where arena_create() left the room for the constant copy of the boot information. */
struct hal_bootinfo *arena_bootinfo(void);

void *arena_boot_stack(unsigned cpu);
uint32_t arena_kstack_bytes(void);

#endif /* CLOUDOS_HOSTSIM_HAL_ARENA_H */
