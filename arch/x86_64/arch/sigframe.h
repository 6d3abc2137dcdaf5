/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the x86-64 signal frame.  Programs see it through <ucontext.h>; the core sees only
 * abi/user.h.
 *
 * Owner:   arch/x86_64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_SIGFRAME_H
#define CLOUDOS_ARCH_SIGFRAME_H

#include "abi/signal.h"

/* struct sigcontext. */
struct sigframe_context {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2;
    uint64_t fpstate; /* user address, 64-byte aligned; 0: none */
    uint64_t reserved[8];
};

/* struct ucontext as the kernel writes it: a mask of 64 bits, where libraries have room for
 * 1024. */
struct sigframe_ucontext {
    uint64_t flags; /* SIGFRAME_* */
    uint64_t link;
    struct abi_stack stack;
    struct sigframe_context mcontext;
    uint64_t sigmask;
};

#define SIGFRAME_FP_XSTATE     1u /* the floating-point state is an XSAVE image */
#define SIGFRAME_SIGCONTEXT_SS 2u /* mcontext.ss is valid ... */
#define SIGFRAME_STRICT_SS     4u /* ... and will be restored */

struct sigframe {
    uint64_t restorer; /* the handler returns to it; it calls rt_sigreturn */
    struct sigframe_ucontext uc;
    struct abi_siginfo info;
};

#endif /* CLOUDOS_ARCH_SIGFRAME_H */
