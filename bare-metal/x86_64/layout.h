/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the address space, and what assembly and C have to agree on.
 *
 *   0xffff800000000000  direct map of RAM (not of the kernel's image)
 *   0xffffc00000000000  device registers, uncached
 *   0xffffd00000000000  stacks of the CPUs, with unmapped pages between them
 *   0xffffd80000000000  stacks of kernel threads: those of frame N have their place here, twice as
 *                       far apart as in memory, so that what is below each is unmapped
 *   0xffffe00000000000  the kernel's image
 *
 * Each lies somewhere in its window, which ends where the next begins: struct layout in paging.h.
 * With "nokaslr" each lies at the beginning and the image where it is linked, in the last 2 GiB.
 *
 * Owner:   bare-metal/x86_64.
 * Context: compile time; also read by the assembler.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_LAYOUT_H
#define CLOUDOS_BARE_METAL_X86_64_LAYOUT_H

#define DIRECT_MAP  0xffff800000000000
#define DEVICES     0xffffc00000000000
#define STACKS      0xffffd00000000000
#define THREADS     0xffffd80000000000
#define IMAGES      0xffffe00000000000
#define KERNEL_BASE 0xffffffff80000000 /* as kernel.ld has it */
#define KERNEL_LOAD 0x100000

#define RAM_BYTES_MAX 0x200000000000 /* what is more is not used */

/* Segment selectors.  SYSRET wants user data and code in this order (Intel SDM 2B, SYSRET). */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x2b
#define SEL_USER_CODE   0x33
#define SEL_SYSRET_BASE 0x20
#define SEL_TSS         0x38

/* struct cpu, through GS in the kernel */
#define CPU_SELF      0
#define CPU_KERNEL_SP 8
#define CPU_USER      16
#define CPU_SCRATCH   24
#define CPU_ID        32
#define CPU_TSS       36
#define CPU_TSS_RSP0  40

/* struct user_regs */
#define REGS_R8     0
#define REGS_R9     8
#define REGS_R10    16
#define REGS_R11    24
#define REGS_R12    32
#define REGS_R13    40
#define REGS_R14    48
#define REGS_R15    56
#define REGS_RDI    64
#define REGS_RSI    72
#define REGS_RBP    80
#define REGS_RBX    88
#define REGS_RDX    96
#define REGS_RAX    104
#define REGS_RCX    112
#define REGS_RSP    120
#define REGS_RIP    128
#define REGS_RFLAGS 136

/* What user_enter() returns for SYSCALL; else a vector. */
#define TRAP_SYSCALL 256

#define VECTOR_LINES    0x30 /* of the I/O APIC's inputs */
#define VECTOR_TIMER    0xf0
#define VECTOR_IPI      0xf1
#define VECTOR_SPURIOUS 0xff

#define MSR_GS_BASE 0xc0000101

/* How boot.S came to be: the first argument of machine_start(). */
#define BOOT_BY_PVH        0
#define BOOT_BY_MULTIBOOT2 1

#define BOOT_STACK_BYTES 16384
#define KSTACK_BYTES     16384 /* of a kernel thread */

#endif /* CLOUDOS_BARE_METAL_X86_64_LAYOUT_H */
