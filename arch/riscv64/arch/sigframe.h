/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the riscv64 signal frame.  Programs see it through <ucontext.h>; the core sees only
 * abi/user.h.
 *
 * Owner:   arch/riscv64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_SIGFRAME_H
#define CLOUDOS_ARCH_SIGFRAME_H

#include "abi/signal.h"

#define SIGFRAME_REGS 32u /* pc, x1 .. x31 */

/* union __riscv_fp_state: room for quadruple precision, of which double takes a part. */
struct sigframe_fpu {
    uint64_t f[32];
    uint32_t fcsr;
    uint8_t
        rest[528 - 256 - 4]; /* zero; the last twelve bytes say that no more follows */
} __attribute__((aligned(16)));

struct sigframe_ucontext {
    uint64_t flags;
    uint64_t link;
    struct abi_stack stack;
    uint64_t sigmask;
    uint8_t sigmask_room[120]; /* a mask of 1024 bits would fit */
    uint64_t regs[SIGFRAME_REGS] __attribute__((aligned(16)));
    struct sigframe_fpu fpu;
};

struct sigframe {
    struct abi_siginfo info;
    struct sigframe_ucontext uc;
};

#endif /* CLOUDOS_ARCH_SIGFRAME_H */
