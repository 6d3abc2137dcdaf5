/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which column of the system call table this instruction set uses.
 *
 * Owner:   arch/aarch64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_ABI_NR_H
#define CLOUDOS_ARCH_ABI_NR_H

#define ARCH_SYSCALL_NR(x86_64, generic) (generic)

/* A call that the generic table leaves to the instruction set, and RISC-V has. */
#define RISCV_NR(nr) (-1)

#endif /* CLOUDOS_ARCH_ABI_NR_H */
