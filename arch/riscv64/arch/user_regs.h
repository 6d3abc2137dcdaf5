/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The integer registers of a riscv64 user program, in the order of struct user_regs_struct:
 * the place of x0 holds pc.
 *
 * Owner:   arch/riscv64; the core treats it as opaque and uses abi/user.h.
 * Context: any.
 * Locking: the thread that owns it, or nobody while it does not run.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_USER_REGS_H
#define CLOUDOS_ARCH_USER_REGS_H

#include <stdint.h>

struct user_regs {
    uint64_t pc, ra, sp, gp, tp;
    uint64_t t0, t1, t2, s0, s1;
    uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    uint64_t t3, t4, t5, t6;
    uint64_t orig_a0; /* a0 as the call found it: its result takes a0's place */
};

#endif /* CLOUDOS_ARCH_USER_REGS_H */
