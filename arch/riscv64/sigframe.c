/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signal frame of riscv64 Linux, as C libraries and unwinders know it: siginfo, then the
 * ucontext, which ends with the registers and the floating-point state.  sp points to it, and
 * ra to the code that calls rt_sigreturn.
 */
#include "abi/user.h"

#include "arch/sigframe.h"
#include "lib/base.h"
#include "lib/string.h"

#define FRAME_ALIGN 16u

_Static_assert(sizeof(struct sigframe_fpu) == ARCH_FPU_LEGACY_BYTES, "__riscv_fp_state");
_Static_assert(offsetof(struct sigframe_ucontext, regs) == 176, "uc_mcontext");
_Static_assert(sizeof(struct sigframe_ucontext) == 960, "struct ucontext");
_Static_assert(sizeof(struct sigframe) == 1088, "struct rt_sigframe");
_Static_assert(offsetof(struct user_regs, orig_a0) == SIGFRAME_REGS * sizeof(uint64_t),
               "user_regs begins as user_regs_struct");

/* li a7, 139; ecall: unwinders know a signal frame by these two instructions. */
static const uint32_t sigreturn_code[] = {0x08b00893, 0x00000073};

const void *arch_sigreturn_code(size_t *len)
{
    *len = sizeof(sigreturn_code);
    return sigreturn_code;
}

/* ---- floating-point state: always whole ---- */

bool arch_fpu_extended(const void *fpu, size_t len)
{
    (void)fpu;
    (void)len;
    return false;
}

void arch_fpu_legacy_only(void *fpu, size_t len)
{
    (void)fpu;
    (void)len;
}

void arch_fpu_initial(void *fpu, size_t len)
{
    memset(fpu, 0, len);
}

/* ---- into the handler ---- */

size_t arch_sigframe_bytes(size_t fpu_len)
{
    (void)fpu_len; /* inside */
    return sizeof(struct sigframe) + FRAME_ALIGN;
}

void arch_sigframe_push(struct user_regs *r, const struct user_signal *sig,
                        const void *fpu, size_t fpu_len, void *frame, uint64_t *at,
                        size_t *len)
{
    uint64_t base = ALIGN_DOWN(sig->sp - sizeof(struct sigframe), FRAME_ALIGN);
    struct sigframe *f = frame;

    kassert(fpu_len == sizeof(f->uc.fpu));
    *at = base;
    *len = sizeof(*f);
    memset(f, 0, sizeof(*f));
    f->info = sig->info;
    f->uc.stack = sig->altstack;
    f->uc.sigmask = sig->blocked;
    memcpy(f->uc.regs, r, sizeof(f->uc.regs));
    memcpy(&f->uc.fpu, fpu, sizeof(f->uc.fpu));
    r->pc = sig->handler;
    r->ra = sig->restorer;
    r->sp = base;
    r->a0 = (uint64_t)(uint32_t)sig->signo;
    r->a1 = base + offsetof(struct sigframe, info);
    r->a2 = base + offsetof(struct sigframe, uc);
}

/* ---- and back ---- */

uint64_t arch_sigframe_addr(const struct user_regs *r)
{
    return r->sp;
}

size_t arch_sigframe_fixed_bytes(void)
{
    return sizeof(struct sigframe);
}

int arch_sigframe_pop(struct user_regs *r, const void *frame, uint64_t *blocked,
                      struct abi_stack *altstack, uint64_t *fpu_va)
{
    const struct sigframe *f = frame;

    *fpu_va = r->sp + offsetof(struct sigframe, uc.fpu);
    memcpy(r, f->uc.regs, sizeof(f->uc.regs));
    r->orig_a0 = r->a0;
    *blocked = f->uc.sigmask;
    *altstack = f->uc.stack;
    return 0;
}
