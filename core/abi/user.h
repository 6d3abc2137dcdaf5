/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a Linux program of the machine's instruction set sees: how calls pass arguments, how a
 * signal frame looks.  Each arch/<isa> implements these; the core knows only the names.
 *
 * Owner:   arch/<isa>; shared by every home that runs programs of that instruction set.
 * Context: thread context; pure functions over the registers given.
 * Locking: none.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_ABI_USER_H
#define CLOUDOS_ABI_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/signal.h"
#include "arch/user_numbers.h"
#include "arch/user_regs.h"
#include "lib/attr.h"

/* A call has trapped: remember its number. */
void user_regs_begin_call(struct user_regs *r);
/* Number and arguments of the call that trapped. */
uint64_t user_regs_syscall_nr(const struct user_regs *r);
void user_regs_args(const struct user_regs *r, uint64_t a[6]);
/* The result, as the program will see it; ends the call (restart is no longer possible). */
void user_regs_set_result(struct user_regs *r, int64_t result);
int64_t user_regs_result(const struct user_regs *r);
/* Execute the trapped call again, with number `nr` (restart_syscall has its own). */
void user_regs_restart(struct user_regs *r, uint64_t nr);

uint64_t user_regs_pc(const struct user_regs *r);
uint64_t user_regs_sp(const struct user_regs *r);
/* A program's first instruction: cleared registers, pc and sp set. */
void user_regs_start(struct user_regs *r, uint64_t pc, uint64_t sp);
/* clone(): the child's own stack and thread pointer. */
void user_regs_set_sp(struct user_regs *r, uint64_t sp);
void user_regs_set_tls(struct user_regs *r, uint64_t tls);

/* One signal to deliver. */
struct user_signal {
    int signo;
    uint64_t handler, restorer, flags; /* of the sigaction */
    struct abi_siginfo info;
    uint64_t blocked;          /* mask that sigreturn restores */
    struct abi_stack altstack; /* as ucontext reports it */
    uint64_t sp;               /* where the frame goes: below this, red zone excluded */
    uint64_t fault_addr, fault_err, fault_trapno; /* for sigcontext */
};

/* The code that a handler returns through when its program names none: the core maps it into
 * each program.  *len 0: there is none, a program has to name its own (SA_RESTORER). */
const void *arch_sigreturn_code(size_t *len);

/* Build the frame in `frame` (at least arch_sigframe_bytes(fpu_len)); *at is the user address
 * it must be copied to, *len its size; `fpu` is what hal_user_fpu_get() gave.  Then `r` is
 * changed to run the handler. */
size_t arch_sigframe_bytes(size_t fpu_len);
void arch_sigframe_push(struct user_regs *r, const struct user_signal *sig,
                        const void *fpu, size_t fpu_len, void *frame, uint64_t *at,
                        size_t *len);
/* rt_sigreturn: where the frame lies and how long its fixed part is ... */
uint64_t arch_sigframe_addr(const struct user_regs *r);
size_t arch_sigframe_fixed_bytes(void);
/* ... and what it says.  *fpu_va is 0 if it holds no floating-point state. */
MUST_CHECK int arch_sigframe_pop(struct user_regs *r, const void *frame,
                                 uint64_t *blocked, struct abi_stack *altstack,
                                 uint64_t *fpu_va);

/* Floating-point state in a frame: a legacy part of ARCH_FPU_LEGACY_BYTES, which may say that
 * more follows. */
/* `fpu` begins a state of `len` bytes, all of which are in the frame. */
bool arch_fpu_extended(const void *fpu, size_t len);
/* Only the legacy part is there: fill the rest, so that hal_user_fpu_set() takes it. */
void arch_fpu_legacy_only(void *fpu, size_t len);
/* What a program starts with. */
void arch_fpu_initial(void *fpu, size_t len);

/* How sigcontext describes a trap. */
void arch_fault_describe(unsigned access, uint64_t *err, uint64_t *trapno);
void arch_exception_describe(unsigned exception, uint64_t *err, uint64_t *trapno);

/* Arch-private calls (arch_prctl).  -EINVAL if `code` is unknown.  *out is the value to store
 * at `addr` when *store is set. */
MUST_CHECK int arch_prctl_apply(struct user_regs *r, int code, uint64_t addr,
                                uint64_t *out, bool *store);

/* What riscv_hwprobe(2) answers to `key`; false if the key is unknown. */
MUST_CHECK bool arch_hwprobe(int64_t key, uint64_t *value);

#endif /* CLOUDOS_ABI_USER_H */
