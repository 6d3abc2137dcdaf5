/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The integer registers of an x86-64 user program.
 *
 * Owner:   arch/x86_64; the core treats it as opaque and uses abi/user.h.
 * Context: any.
 * Locking: the thread that owns it, or nobody while it does not run.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_USER_REGS_H
#define CLOUDOS_ARCH_USER_REGS_H

#include <stdint.h>

struct user_regs {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp;
    uint64_t rip, rflags;
    uint64_t fs_base, gs_base;
    uint64_t orig_rax; /* the call's number while one is handled, else UINT64_MAX */
};

#endif /* CLOUDOS_ARCH_USER_REGS_H */
