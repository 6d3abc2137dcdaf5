/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signal frame of aarch64 Linux, as C libraries and unwinders know it: siginfo, then the
 * ucontext, whose end is a list of records (floating point, cause of the trap), then a link for
 * those who follow frame pointers.  sp points to the frame, x30 to the code that calls
 * rt_sigreturn.
 */
#include "abi/user.h"

#include "abi/errno.h"
#include "arch/sigframe.h"
#include "lib/base.h"
#include "lib/string.h"

#define FRAME_ALIGN  16u
#define RECORD_ALIGN 16u
#define REG_FP       29
#define REG_LR       30

/* What a program may set: N, Z, C, V, TCO, DIT, SSBS, BTYPE (Arm ARM C5.2.19).  What must be
 * clear: AArch32, another exception level, masked interrupts. */
#define PSTATE_USER      UINT64_C(0xf3001c00)
#define PSTATE_FORBIDDEN UINT64_C(0x000003df)
#define PSTATE_CALL      UINT64_C(0x02000c00) /* TCO, BTYPE: not for a handler */

_Static_assert(sizeof(struct sigframe_fpsimd) == ARCH_FPU_LEGACY_BYTES, "fpsimd_context");
_Static_assert(offsetof(struct sigframe_ucontext, mcontext) == 176, "uc_mcontext");
_Static_assert(offsetof(struct sigframe_context, records) == 288,
               "sigcontext.__reserved");
_Static_assert(sizeof(struct sigframe) == 4688, "struct rt_sigframe");

/* mov x8, #139; svc #0: unwinders know a signal frame by these two instructions. */
static const uint32_t sigreturn_code[] = {0xd2801168, 0xd4000001};

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
    struct sigframe_fpsimd *f = fpu;

    memset(fpu, 0, len);
    f->head = (struct sigframe_record){SIGFRAME_FPSIMD_MAGIC, sizeof(*f)};
}

/* ---- into the handler ---- */

size_t arch_sigframe_bytes(size_t fpu_len)
{
    (void)fpu_len; /* inside */
    return sizeof(struct sigframe) + sizeof(struct sigframe_link) + FRAME_ALIGN;
}

/* The list's end is a record of zeros, which is there already. */
static void records_write(uint8_t *at, const struct user_signal *sig, const void *fpu)
{
    struct sigframe_esr esr = {
        .head = {SIGFRAME_ESR_MAGIC, sizeof(esr)},
        .esr = sig->fault_err,
    };

    memcpy(at, fpu, sizeof(struct sigframe_fpsimd));
    if (sig->fault_err)
        memcpy(at + sizeof(struct sigframe_fpsimd), &esr, sizeof(esr));
}

void arch_sigframe_push(struct user_regs *r, const struct user_signal *sig,
                        const void *fpu, size_t fpu_len, void *frame, uint64_t *at,
                        size_t *len)
{
    uint64_t link = ALIGN_DOWN(sig->sp - sizeof(struct sigframe_link), FRAME_ALIGN);
    uint64_t base = link - sizeof(struct sigframe);
    struct sigframe_link chain = {r->x[REG_FP], r->x[REG_LR]};
    struct sigframe *f = frame;

    kassert(fpu_len == sizeof(struct sigframe_fpsimd));
    *at = base;
    *len = sizeof(*f) + sizeof(chain);
    memset(f, 0, sizeof(*f));
    f->info = sig->info;
    f->uc.stack = sig->altstack;
    f->uc.sigmask = sig->blocked;
    f->uc.mcontext.fault_address = sig->fault_addr;
    memcpy(f->uc.mcontext.regs, r->x, sizeof(r->x));
    f->uc.mcontext.sp = r->sp;
    f->uc.mcontext.pc = r->pc;
    f->uc.mcontext.pstate = r->pstate;
    records_write(f->uc.mcontext.records, sig, fpu);
    memcpy(f + 1, &chain, sizeof(chain));
    r->pc = sig->handler;
    r->sp = base;
    r->pstate &= ~PSTATE_CALL;
    r->x[0] = (uint64_t)(uint32_t)sig->signo;
    r->x[1] = base + offsetof(struct sigframe, info);
    r->x[2] = base + offsetof(struct sigframe, uc);
    r->x[REG_FP] = link;
    r->x[REG_LR] = sig->restorer;
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

/* Where the floating-point record is.  A program may have moved it, or written others that we
 * know; one that we do not know is refused, as Linux does. */
static int records_find_fpu(const uint8_t *records, size_t *found)
{
    bool seen = false;
    size_t at = 0;

    while (SIGFRAME_RECORDS - at >= sizeof(struct sigframe_record)) {
        struct sigframe_record head;

        memcpy(&head, records + at, sizeof(head));
        if (head.magic == 0 && head.size == 0)
            return seen ? 0 : -EINVAL;
        if (head.size < sizeof(head) || head.size > SIGFRAME_RECORDS - at ||
            head.size % RECORD_ALIGN)
            return -EINVAL;
        if (head.magic == SIGFRAME_FPSIMD_MAGIC) {
            if (seen || head.size != sizeof(struct sigframe_fpsimd))
                return -EINVAL;
            seen = true;
            *found = at;
        } else if (head.magic != SIGFRAME_ESR_MAGIC) {
            return -EINVAL;
        }
        at += head.size;
    }
    return -EINVAL;
}

int arch_sigframe_pop(struct user_regs *r, const void *frame, uint64_t *blocked,
                      struct abi_stack *altstack, uint64_t *fpu_va)
{
    const struct sigframe *f = frame;
    const struct sigframe_context *c = &f->uc.mcontext;
    size_t fpu_at = 0;
    int err = records_find_fpu(c->records, &fpu_at);

    if (err)
        return err;
    if (c->pstate & PSTATE_FORBIDDEN)
        return -EINVAL;
    *fpu_va = r->sp + offsetof(struct sigframe, uc.mcontext.records) + fpu_at;
    memcpy(r->x, c->regs, sizeof(r->x));
    r->sp = c->sp;
    r->pc = c->pc;
    r->pstate = c->pstate & PSTATE_USER;
    r->orig_x0 = r->x[0];
    *blocked = f->uc.sigmask;
    *altstack = f->uc.stack;
    return 0;
}
