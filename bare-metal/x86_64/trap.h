/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into and out of the kernel: what trap.S and C have in common.
 *
 * Owner:   bare-metal/x86_64.
 * Context: interrupts masked.
 * Locking: none.
 * Errors:  a trap of the kernel that nothing explains ends in core_on_kernel_fault().
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_TRAP_H
#define CLOUDOS_BARE_METAL_X86_64_TRAP_H

#include "hal/hal.h"

enum vector {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_NMI = 2,
    VECTOR_BREAKPOINT = 3,
    VECTOR_ILLEGAL = 6,
    VECTOR_DOUBLE = 8,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_FPU = 16,
    VECTOR_ALIGNMENT = 17,
    VECTOR_MCE = 18,
    VECTOR_SIMD = 19,
    VECTOR_EXCEPTIONS = 32, /* below: exceptions, from here on: interrupts */
};

/* Page-fault error code: Intel SDM 3A 4.7. */
#define FAULT_WRITE 2u
#define FAULT_FETCH 16u

/* What trap.S has put on the stack when the kernel itself is interrupted. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* This CPU takes its traps from now on. */
void trap_load(void);
/* An interrupt, wherever it came from: tell the core. */
void trap_interrupt(unsigned vector);
void trap_in_kernel(struct trap_frame *f);

/* ---- panic.c ---- */

/* The interrupt that cannot be masked: park if the machine is to stop, show the stack if another
 * CPU asks; from outside (a button, QEMU's monitor) it is a panic.  `f` is NULL where user code
 * was interrupted. */
void panic_on_nmi(const struct trap_frame *f);

/* ---- trap.S ---- */

void syscall_entry(void);
uint64_t user_enter(struct hal_user *u, bool by_sysret);
void context_swap(uint64_t *save_sp, uint64_t load_sp);
void context_start(void);
uint64_t user_copy(void *dst, const void *src, size_t len);
int user_cmpxchg(uint32_t *at, uint32_t *expected, uint32_t desired);

#endif /* CLOUDOS_BARE_METAL_X86_64_TRAP_H */
