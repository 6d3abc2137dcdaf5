/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the address space, and what assembly and C have to agree on.
 *
 *   0xffff000000000000  direct map of RAM (not of the kernel's image)
 *   0xffffc00000000000  device registers
 *   0xffffd00000000000  stacks of the CPUs, with unmapped pages between them
 *   0xffffd80000000000  stacks of kernel threads: common/stacks.h
 *   0xffffffff80000000  the kernel's image
 *
 * Owner:   bare-metal/aarch64.
 * Context: compile time; also read by the assembler.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_LAYOUT_H
#define CLOUDOS_BARE_METAL_AARCH64_LAYOUT_H

#define DIRECT_MAP  0xffff000000000000
#define MMIO_WINDOW 0xffffc00000000000
#define STACKS      0xffffd00000000000
#define THREADS     0xffffd80000000000
#define KERNEL_BASE 0xffffffff80000000

/* MAIR_EL1: attribute 0 is what user pages use (core/mm/pgtable_aarch64.c). */
#define MAIR_VALUE 0x04ff /* 1: Device-nGnRE, 0: Normal, write-back */

/* struct user_regs */
#define REGS_X      0
#define REGS_SP     248
#define REGS_PC     256
#define REGS_PSTATE 264
#define REGS_TPIDR  272

/* struct trap_frame: what trap.S puts on the stack when the kernel itself is interrupted. */
#define FRAME_SP    248
#define FRAME_PC    256
#define FRAME_BYTES 304

/* struct cpu, TPIDR_EL1 in the kernel */
#define CPU_STACK_LOW   0
#define CPU_FAULT_STACK 8
#define CPU_FIQ_STACK   16

/* What user_enter() returns: which vector. */
#define TRAP_SYNC   0
#define TRAP_IRQ    1
#define TRAP_FIQ    2
#define TRAP_SERROR 3

/* Every stack is as large, so that trap.S can tell where one ends. */
#define STACK_SHIFT 14
#define STACK_BYTES (1 << STACK_SHIFT)

#endif /* CLOUDOS_BARE_METAL_AARCH64_LAYOUT_H */
