/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers in which the user ABI of aarch64 differs from others; every arch/<isa> has the same
 * names.  The functions that go with them: abi/user.h.
 *
 * Owner:   arch/aarch64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_USER_NUMBERS_H
#define CLOUDOS_ARCH_USER_NUMBERS_H

#define ARCH_ELF_MACHINE 183 /* EM_AARCH64 */
#define ARCH_UTS_MACHINE "aarch64"
#define ARCH_PLATFORM    "aarch64" /* AT_PLATFORM */
/* AT_HWCAP: floating point and Advanced SIMD, which every processor has; the machine adds what else
 * there is.  Identification registers are not for programs here (no HWCAP_CPUID). */
#define ARCH_HWCAP  UINT64_C(0x3)
#define ARCH_HWCAP2 UINT64_C(0)

/* si_code of an invalid instruction, as Linux has it here. */
#define ARCH_ILLEGAL_CODE ILL_ILLOPC
/* ... and of a breakpoint instruction; SI_KERNEL: without an address. */
#define ARCH_BREAKPOINT_CODE TRAP_BRKPT

/* Two calls that signal delivery must know by number. */
#define ARCH_NR_RT_SIGRETURN    139
#define ARCH_NR_RESTART_SYSCALL 128

/* Where clone(2) has its last two arguments. */
#define ARCH_CLONE_CHILD_TID_ARG 4
#define ARCH_CLONE_TLS_ARG       3

/* Bytes of red zone below the stack pointer that a frame must leave alone. */
#define ARCH_RED_ZONE 0

/* Bytes of the part of a frame's floating-point state that is always there. */
#define ARCH_FPU_LEGACY_BYTES 528u

#endif /* CLOUDOS_ARCH_USER_NUMBERS_H */
