/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signal frame of x86-64 Linux, as C libraries and unwinders know it: from low to high the
 * return address, the ucontext, the siginfo, and, aligned to 64 bytes, the floating-point state
 * as XSAVE writes it (Intel SDM 1 13.4) with the kernel's marks in its reserved bytes.
 */
#include "abi/user.h"

#include "abi/errno.h"
#include "arch/sigframe.h"
#include "lib/base.h"
#include "lib/string.h"

#define FPU_ALIGN   64u
#define FRAME_ALIGN 16u
#define CODE_CS     0x33u /* the segment registers of a 64-bit program */
#define DATA_SS     0x2bu

/* Offsets in the legacy area: the "software reserved" bytes from 464 on. */
#define FPU_FCW     0u
#define FPU_MXCSR   24u
#define FPU_MAGIC1  464u
#define FPU_SIZE    480u /* of the XSAVE image, without the second magic number */
#define MAGIC1      0x46505853u
#define FCW_START   0x37fu
#define MXCSR_START 0x1f80u

/* What a program may set in rflags (AC, OF, DF, TF, SF, ZF, AF, PF, CF, RF); the rest is the
 * kernel's: interrupts on, and bit 1. */
#define RFLAGS_USER  0x00050dd5u
#define RFLAGS_FIXED 0x00000202u
#define RFLAGS_TF    0x00000100u
#define RFLAGS_DF    0x00000400u
#define RFLAGS_RF    0x00010000u

_Static_assert(sizeof(struct sigframe_context) == 256, "struct sigcontext");
_Static_assert(offsetof(struct sigframe, info) == 312, "rt_sigframe: siginfo");
_Static_assert(sizeof(struct sigframe) == 440, "rt_sigframe");

/* Programs of this instruction set always name their restorer. */
const void *arch_sigreturn_code(size_t *len)
{
    *len = 0;
    return NULL;
}

/* ---- floating-point state ---- */

static uint32_t fpu_u32(const void *fpu, size_t at)
{
    uint32_t v;

    memcpy(&v, (const uint8_t *)fpu + at, sizeof(v));
    return v;
}

bool arch_fpu_extended(const void *fpu, size_t len)
{
    return len > ARCH_FPU_LEGACY_BYTES && fpu_u32(fpu, FPU_MAGIC1) == MAGIC1 &&
           fpu_u32(fpu, FPU_SIZE) <= len;
}

void arch_fpu_legacy_only(void *fpu, size_t len)
{
    /* Without the mark the rest is not looked at; it must not hold old bytes either. */
    memset((uint8_t *)fpu + FPU_MAGIC1, 0, ARCH_FPU_LEGACY_BYTES - FPU_MAGIC1);
    if (len > ARCH_FPU_LEGACY_BYTES)
        memset((uint8_t *)fpu + ARCH_FPU_LEGACY_BYTES, 0, len - ARCH_FPU_LEGACY_BYTES);
}

void arch_fpu_initial(void *fpu, size_t len)
{
    const uint16_t fcw = FCW_START;
    const uint32_t mxcsr = MXCSR_START;

    memset(fpu, 0, len);
    memcpy((uint8_t *)fpu + FPU_FCW, &fcw, sizeof(fcw));
    memcpy((uint8_t *)fpu + FPU_MXCSR, &mxcsr, sizeof(mxcsr));
}

/* ---- into the handler ---- */

size_t arch_sigframe_bytes(size_t fpu_len)
{
    return sizeof(struct sigframe) + fpu_len + FPU_ALIGN + FRAME_ALIGN + sizeof(uint64_t);
}

static void context_save(struct sigframe_context *c, const struct user_regs *r,
                         const struct user_signal *sig)
{
    c->r8 = r->r8;
    c->r9 = r->r9;
    c->r10 = r->r10;
    c->r11 = r->r11;
    c->r12 = r->r12;
    c->r13 = r->r13;
    c->r14 = r->r14;
    c->r15 = r->r15;
    c->rdi = r->rdi;
    c->rsi = r->rsi;
    c->rbp = r->rbp;
    c->rbx = r->rbx;
    c->rdx = r->rdx;
    c->rax = r->rax;
    c->rcx = r->rcx;
    c->rsp = r->rsp;
    c->rip = r->rip;
    c->rflags = r->rflags;
    c->cs = CODE_CS;
    c->ss = DATA_SS;
    c->err = sig->fault_err;
    c->trapno = sig->fault_trapno;
    c->oldmask = sig->blocked;
    c->cr2 = sig->fault_addr;
}

/* The handler's registers: handler(signo, &info, &context). */
static void regs_for_handler(struct user_regs *r, const struct user_signal *sig,
                             uint64_t at)
{
    r->rip = sig->handler;
    r->rsp = at;
    r->rdi = (uint64_t)(uint32_t)sig->signo;
    r->rsi = at + offsetof(struct sigframe, info);
    r->rdx = at + offsetof(struct sigframe, uc);
    r->rax = 0; /* no vector arguments, for a handler without a prototype */
    r->rflags &= ~(uint64_t)(RFLAGS_TF | RFLAGS_DF | RFLAGS_RF);
    r->orig_rax = UINT64_MAX;
}

void arch_sigframe_push(struct user_regs *r, const struct user_signal *sig,
                        const void *fpu, size_t fpu_len, void *frame, uint64_t *at,
                        size_t *len)
{
    uint64_t fpu_at = ALIGN_DOWN(sig->sp - fpu_len, FPU_ALIGN);
    /* As if the handler had been called: 16-byte alignment before the return address. */
    uint64_t base =
        ALIGN_DOWN(fpu_at - sizeof(struct sigframe), FRAME_ALIGN) - sizeof(uint64_t);
    struct sigframe *f = frame;

    *at = base;
    *len = (size_t)(fpu_at + fpu_len - base);
    kassert(*len <= arch_sigframe_bytes(fpu_len));
    memset(frame, 0, (size_t)(fpu_at - base));
    f->restorer = sig->restorer;
    f->uc.flags = SIGFRAME_SIGCONTEXT_SS | SIGFRAME_STRICT_SS;
    if (arch_fpu_extended(fpu, fpu_len))
        f->uc.flags |= SIGFRAME_FP_XSTATE;
    f->uc.stack = sig->altstack;
    context_save(&f->uc.mcontext, r, sig);
    f->uc.mcontext.fpstate = fpu_at;
    f->uc.sigmask = sig->blocked;
    f->info = sig->info;
    memcpy((uint8_t *)frame + (fpu_at - base), fpu, fpu_len);
    regs_for_handler(r, sig, base);
}

/* ---- and back ---- */

uint64_t arch_sigframe_addr(const struct user_regs *r)
{
    return r->rsp - sizeof(uint64_t); /* the return has taken the restorer's address */
}

size_t arch_sigframe_fixed_bytes(void)
{
    return sizeof(struct sigframe);
}

int arch_sigframe_pop(struct user_regs *r, const void *frame, uint64_t *blocked,
                      struct abi_stack *altstack, uint64_t *fpu_va)
{
    const struct sigframe *f = frame;
    const struct sigframe_context *c = &f->uc.mcontext;

    /* A program may put other segments there, but only one pair is 64-bit code. */
    if (c->cs != CODE_CS || (c->ss != DATA_SS && c->ss != 0))
        return -EINVAL;
    r->r8 = c->r8;
    r->r9 = c->r9;
    r->r10 = c->r10;
    r->r11 = c->r11;
    r->r12 = c->r12;
    r->r13 = c->r13;
    r->r14 = c->r14;
    r->r15 = c->r15;
    r->rdi = c->rdi;
    r->rsi = c->rsi;
    r->rbp = c->rbp;
    r->rbx = c->rbx;
    r->rdx = c->rdx;
    r->rax = c->rax;
    r->rcx = c->rcx;
    r->rsp = c->rsp;
    r->rip = c->rip;
    r->rflags = (c->rflags & RFLAGS_USER) | RFLAGS_FIXED;
    r->orig_rax = UINT64_MAX;
    *blocked = f->uc.sigmask;
    *altstack = f->uc.stack;
    *fpu_va = c->fpstate;
    return 0;
}
