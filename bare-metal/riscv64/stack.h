/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks of the kernel: the window for those of threads (common/stacks.h), and each CPU's two.
 *
 * Owner:   bare-metal/riscv64.
 * Context: stacks_prepare(): boot; stacks_catch_up(): interrupts masked.
 * Locking: none.
 * Errors:  no memory at boot: boot_die().
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_STACK_H
#define CLOUDOS_BARE_METAL_RISCV64_STACK_H

#include "bare-metal/common/memmap.h"

/* The window for stacks in this RAM; the stacks that CPUs start on, and those on which they report
 * that they have none. */
void stacks_prepare(struct memmap *ram);
/* A CPU may remember that a page was not there: before it uses a stack that may be new. */
void stacks_catch_up(void);

#endif /* CLOUDOS_BARE_METAL_RISCV64_STACK_H */
