/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers: the frame on the user's stack, the alternate stack, and the way back. */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "abi/user.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/ucopy.h"

#define STACK_MIN 2048u /* MINSIGSTKSZ of old, which Linux still accepts */

/* ---- the alternate stack ---- */

static bool on_stack(const struct abi_stack *s, uint64_t sp)
{
    return s->size != 0 && sp > s->sp && sp - s->sp <= s->size;
}

/* A program that disarms its stack on delivery can never be on it. */
static bool on_altstack(const struct task *t, uint64_t sp)
{
    return !((uint32_t)t->altstack.flags & ABI_SS_AUTODISARM) &&
           on_stack(&t->altstack, sp);
}

struct abi_stack signal_stack(const struct task *t)
{
    struct abi_stack s = t->altstack;
    uint32_t keep = (uint32_t)s.flags & ABI_SS_AUTODISARM;

    if (s.size == 0)
        s.flags = SS_DISABLE;
    else
        s.flags = on_altstack(t, user_regs_sp(&t->user.regs)) ? SS_ONSTACK : 0;
    s.flags |= (int32_t)keep;
    return s;
}

static int stack_set(struct task *t, const struct abi_stack *ss, uint64_t sp)
{
    uint32_t mode = (uint32_t)ss->flags & ~ABI_SS_AUTODISARM;

    if (on_altstack(t, sp))
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        t->altstack = (struct abi_stack){.flags = ss->flags};
        return 0;
    }
    if (ss->size < STACK_MIN)
        return -ENOMEM;
    t->altstack = *ss;
    t->altstack.flags = (int32_t)((uint32_t)ss->flags & ABI_SS_AUTODISARM);
    t->altstack.pad = 0;
    return 0;
}

int signal_stack_set(struct task *t, const struct abi_stack *ss)
{
    return stack_set(t, ss, user_regs_sp(&t->user.regs));
}

/* ---- into the handler ---- */

/* Where the frame's upper end goes.  *top_of_alt: on the alternate stack from now on. */
static uint64_t frame_top(const struct task *t, const struct abi_sigaction *a,
                          bool *on_alt)
{
    uint64_t sp = user_regs_sp(&t->user.regs) - ARCH_RED_ZONE;

    *on_alt = on_altstack(t, user_regs_sp(&t->user.regs));
    if (!(a->flags & SA_ONSTACK) || *on_alt || t->altstack.size == 0)
        return sp;
    *on_alt = true;
    return t->altstack.sp + t->altstack.size;
}

/* Write the frame and turn the registers: 0, or -EFAULT with nothing changed. */
static int frame_write(struct task *t, const struct user_signal *sig, bool on_alt)
{
    size_t fpu_len = hal_user_fpu_bytes(), len;
    uint8_t *fpu = kmalloc(fpu_len), *frame = kmalloc(arch_sigframe_bytes(fpu_len));
    struct user_regs regs = t->user.regs;
    int err = -EFAULT;
    uint64_t at;

    if (fpu && frame) {
        hal_user_fpu_get(&t->user, fpu);
        arch_sigframe_push(&regs, sig, fpu, fpu_len, frame, &at, &len);
        /* Not below an alternate stack that is too small. */
        if (!on_alt || at >= t->altstack.sp)
            err = copy_to_user(at, frame, len);
    }
    /* A handler starts with a fresh FPU: with the exception that brought it here still pending
     * it would never get to its first x87 instruction. */
    if (!err) {
        arch_fpu_initial(fpu, fpu_len);
        err = hal_user_fpu_set(&t->user, fpu);
    }
    kfree(fpu);
    kfree(frame);
    if (!err)
        t->user.regs = regs;
    return err;
}

static void mask_for_handler(struct task *t, const struct abi_sigaction *a, int signo)
{
    uint64_t mask = t->blocked | a->mask;

    if (!(a->flags & SA_NODEFER))
        mask |= ABI_SIGMASK(signo);
    t->restore_blocked = false;
    signal_mask_set(t, mask);
}

void signal_frame_push(struct task *t, const struct abi_sigaction *a,
                       const struct abi_siginfo *info)
{
    bool on_alt;
    struct user_signal sig = {
        .signo = info->signo,
        .handler = a->handler,
        .restorer = a->flags & ABI_SA_RESTORER ? a->restorer : t->space->sigpage,
        .flags = a->flags,
        .info = *info,
        .blocked = t->restore_blocked ? t->saved_blocked : t->blocked,
        .altstack = t->altstack,
        .fault_addr = t->fault_addr,
        .fault_err = t->fault_err,
        .fault_trapno = t->fault_trapno,
    };

    sig.sp = frame_top(t, a, &on_alt);
    if ((!(a->flags & ABI_SA_RESTORER) && !sig.restorer) ||
        frame_write(t, &sig, on_alt)) {
        if (info->signo == SIGSEGV)
            signal_action_reset(t->process, SIGSEGV);
        signal_force(t, SIGSEGV,
                     &(struct abi_siginfo){.signo = SIGSEGV, .code = SI_KERNEL});
        return;
    }
    if ((uint32_t)t->altstack.flags & ABI_SS_AUTODISARM)
        t->altstack = (struct abi_stack){.flags = SS_DISABLE};
    mask_for_handler(t, a, info->signo);
}

/* ---- and back ---- */

/* Floating-point state from user address `va`; 0: the state of a new program. */
static int fpu_restore(struct task *t, uint64_t va)
{
    size_t len = hal_user_fpu_bytes();
    uint8_t *fpu = kzalloc(MAX(len, (size_t)ARCH_FPU_LEGACY_BYTES));
    int err = 0;

    if (!fpu)
        return -ENOMEM;
    if (va == 0) {
        arch_fpu_initial(fpu, len);
    } else {
        err = copy_from_user(fpu, va, ARCH_FPU_LEGACY_BYTES);
        if (!err && arch_fpu_extended(fpu, len))
            err = copy_from_user(fpu, va, len);
        else if (!err)
            arch_fpu_legacy_only(fpu, len);
    }
    if (!err)
        err = hal_user_fpu_set(&t->user, fpu);
    kfree(fpu);
    return err;
}

static int frame_read(struct task *t, struct user_regs *regs, uint64_t *blocked,
                      struct abi_stack *altstack)
{
    uint64_t at = arch_sigframe_addr(regs), fpu_va;
    size_t len = arch_sigframe_fixed_bytes();
    void *frame = kmalloc(len);
    int err;

    if (!frame)
        return -ENOMEM;
    err = copy_from_user(frame, at, len);
    if (!err)
        err = arch_sigframe_pop(regs, frame, blocked, altstack, &fpu_va);
    kfree(frame);
    return err ? err : fpu_restore(t, fpu_va);
}

int64_t signal_return(struct task *t)
{
    struct user_regs regs = t->user.regs;
    struct abi_stack altstack;
    uint64_t blocked;

    if (frame_read(t, &regs, &blocked, &altstack)) {
        signal_force(t, SIGSEGV,
                     &(struct abi_siginfo){.signo = SIGSEGV, .code = SI_KERNEL});
        return 0;
    }
    t->user.regs = regs;
    signal_mask_set(t, blocked);
    if (stack_set(t, &altstack, user_regs_sp(&regs)))
        altstack.flags =
            SS_DISABLE; /* still on it, or nonsense: the stack stays as it is */
    return user_regs_result(&regs);
}
