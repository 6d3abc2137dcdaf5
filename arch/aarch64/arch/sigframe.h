/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the aarch64 signal frame.  Programs see it through <ucontext.h>; the core sees only
 * abi/user.h.
 *
 * Owner:   arch/aarch64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_SIGFRAME_H
#define CLOUDOS_ARCH_SIGFRAME_H

#include "abi/signal.h"

/* The context ends with records: each begins with what it is and how long it is. */
struct sigframe_record {
    uint32_t magic, size;
};

#define SIGFRAME_FPSIMD_MAGIC 0x46508001u
#define SIGFRAME_ESR_MAGIC    0x45535201u
#define SIGFRAME_RECORDS      4096u

/* struct fpsimd_context, which is also what hal_user_fpu_get() gives. */
struct sigframe_fpsimd {
    struct sigframe_record head;
    uint32_t fpsr, fpcr;
    uint64_t v[64]; /* 32 registers of 128 bits */
};

/* Why the processor trapped; only in frames of signals that it caused. */
struct sigframe_esr {
    struct sigframe_record head;
    uint64_t esr;
};

/* struct sigcontext. */
struct sigframe_context {
    uint64_t fault_address;
    uint64_t regs[31];
    uint64_t sp, pc, pstate;
    uint8_t records[SIGFRAME_RECORDS] __attribute__((aligned(16)));
};

struct sigframe_ucontext {
    uint64_t flags;
    uint64_t link;
    struct abi_stack stack;
    uint64_t sigmask;
    uint8_t sigmask_room[120]; /* a mask of 1024 bits would fit */
    struct sigframe_context mcontext __attribute__((aligned(16)));
};

struct sigframe {
    struct abi_siginfo info;
    struct sigframe_ucontext uc;
};

/* Above the frame: the interrupted function's caller, as frame pointers are chained. */
struct sigframe_link {
    uint64_t fp, lr;
};

#endif /* CLOUDOS_ARCH_SIGFRAME_H */
