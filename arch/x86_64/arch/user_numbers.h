/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers in which the user ABI of x86-64 differs from others; every arch/<isa> has the same
 * names.  The functions that go with them: abi/user.h.
 *
 * Owner:   arch/x86_64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_USER_NUMBERS_H
#define CLOUDOS_ARCH_USER_NUMBERS_H

#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */
#define ARCH_UTS_MACHINE "x86_64"
#define ARCH_PLATFORM    "x86_64" /* AT_PLATFORM */
/* AT_HWCAP is CPUID.1:EDX on x86; this much every x86-64 has (FPU to SSE2).  Programs ask the
 * processor itself for more. */
#define ARCH_HWCAP  UINT64_C(0x078bfbff)
#define ARCH_HWCAP2 UINT64_C(0)

/* si_code of an invalid instruction, as Linux has it here. */
#define ARCH_ILLEGAL_CODE ILL_ILLOPN
/* ... and of a breakpoint instruction; SI_KERNEL: without an address. */
#define ARCH_BREAKPOINT_CODE SI_KERNEL

/* Two calls that signal delivery must know by number. */
#define ARCH_NR_RT_SIGRETURN    15
#define ARCH_NR_RESTART_SYSCALL 219

/* Where clone(2) has its last two arguments. */
#define ARCH_CLONE_CHILD_TID_ARG 3
#define ARCH_CLONE_TLS_ARG       4

/* Bytes of red zone below the stack pointer that a frame must leave alone. */
#define ARCH_RED_ZONE 128

/* Bytes of the part of a frame's floating-point state that is always there. */
#define ARCH_FPU_LEGACY_BYTES 512u

#endif /* CLOUDOS_ARCH_USER_NUMBERS_H */
