/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces of programs: what the rest of the machine has to know of them.
 *
 * Owner:   bare-metal/riscv64/space.c.
 * Context: boot.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_SPACE_H
#define CLOUDOS_BARE_METAL_RISCV64_SPACE_H

/* Are there address space identifiers?  Before the first space is. */
void space_prepare(void);

#endif /* CLOUDOS_BARE_METAL_RISCV64_SPACE_H */
