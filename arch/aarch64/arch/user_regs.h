/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The integer registers of an aarch64 user program: struct user_pt_regs, then what it lacks.
 *
 * Owner:   arch/aarch64; the core treats it as opaque and uses abi/user.h.
 * Context: any.
 * Locking: the thread that owns it, or nobody while it does not run.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_USER_REGS_H
#define CLOUDOS_ARCH_USER_REGS_H

#include <stdint.h>

struct user_regs {
    uint64_t x[31];
    uint64_t sp, pc, pstate;
    uint64_t tpidr;   /* the thread pointer, TPIDR_EL0 */
    uint64_t orig_x0; /* x0 as the call found it: its result takes x0's place */
};

#endif /* CLOUDOS_ARCH_USER_REGS_H */
