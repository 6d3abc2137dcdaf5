/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel contexts, and user code that runs between two traps. */
#include "abi/errno.h"
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/fpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/trap.h"
#include "lib/base.h"

_Static_assert(offsetof(struct hal_user, regs) == 0, "trap.S");
_Static_assert(offsetof(struct user_regs, sp) == REGS_SP, "layout.h");
_Static_assert(offsetof(struct user_regs, pc) == REGS_PC, "layout.h");
_Static_assert(offsetof(struct user_regs, pstate) == REGS_PSTATE, "layout.h");
_Static_assert(offsetof(struct user_regs, tpidr) == REGS_TPIDR, "layout.h");

/* N, Z, C, V, TCO, DIT, SSBS, BTYPE are the program's; the rest of 0 is EL0, nothing masked. */
#define PSTATE_USER UINT64_C(0xf3001c00)
#define TAG_SIGN    BIT(55) /* chooses the half of the address space, whatever the tag is */

/* ---- contexts ---- */

/* What context_swap() loads, from the stack pointer upwards. */
struct saved {
    uint64_t fp, lr;
    uint64_t x19, x20;
    uint64_t x21_to_x28[8];
};

_Static_assert(sizeof(struct saved) == 96, "trap.S");

void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg)
{
    struct saved *s = (struct saved *)(((uintptr_t)stack + len) & ~(uintptr_t)15) - 1;

    *s = (struct saved){
        .lr = (uint64_t)(uintptr_t)context_start,
        .x19 = (uint64_t)(uintptr_t)entry,
        .x20 = (uint64_t)(uintptr_t)arg,
    };
    ctx->sp = (uint64_t)(uintptr_t)s;
    ctx->tag = (uint64_t)(uintptr_t)stack;
}

/* The tag is where the stack ends; that of a CPU's first context is not ours to know. */
void hal_context_switch(struct hal_context *from, struct hal_context *to)
{
    struct cpu *cpu = cpu_self();

    fpu_leave(cpu);
    from->tag = cpu->stack_low;
    cpu->stack_low = to->tag;
    context_swap(&from->sp, to->sp);
}

void hal_context_fini(struct hal_context *ctx)
{
    ctx->sp = 0;
}

/* ---- user threads ---- */

static struct fpu *fpu_of(const struct hal_user *u)
{
    return (struct fpu *)(uintptr_t)u->engine;
}

int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    struct fpu *f = fpu_new(from ? fpu_of(from) : NULL);

    if (!f)
        return -ENOMEM;
    u->space = space;
    u->engine = (uint64_t)(uintptr_t)f;
    return 0;
}

void hal_user_fini(struct hal_user *u)
{
    fpu_free(fpu_of(u));
    u->engine = 0;
}

void hal_user_fpu_get(struct hal_user *u, void *buf)
{
    fpu_get(fpu_of(u), buf);
}

int hal_user_fpu_set(struct hal_user *u, const void *buf)
{
    return fpu_set(fpu_of(u), buf);
}

static void take_exception(struct hal_trap *trap, enum hal_exception what, uint64_t addr)
{
    trap->kind = HAL_TRAP_EXCEPTION;
    trap->exception = what;
    trap->addr = addr;
    trap->code = 0;
}

static uint64_t fault_address(void)
{
    uint64_t far = insn_read_sysreg(far_el1);

    return far & TAG_SIGN ? far : far & (TAG_SIGN - 1);
}

static void take_data_abort(struct hal_trap *trap, uint64_t esr)
{
    if ((esr & ESR_STATUS) == STATUS_ALIGN) {
        take_exception(trap, HAL_EXC_ALIGN, fault_address());
        return;
    }
    trap->kind = HAL_TRAP_FAULT;
    trap->addr = fault_address();
    trap->access = (esr & (ESR_WRITE | ESR_CACHE)) == ESR_WRITE ? HAL_WRITE : HAL_READ;
}

/* si_code of a floating-point exception that was made to trap: Arm ARM D17.2.37, ISS. */
static uint32_t fpu_code(uint64_t esr)
{
    static const uint8_t codes[] = {7 /* FLTINV */, 3 /* FLTDIV */, 4 /* FLTOVF */,
                                    5 /* FLTUND */, 6 /* FLTRES */};

    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        if ((esr & FPU_TRAP_INFO) && (esr >> i & 1))
            return codes[i];
    }
    return 0;
}

static void take_sync(struct hal_user *u, struct hal_trap *trap)
{
    uint64_t esr = insn_read_sysreg(esr_el1), pc = u->regs.pc;

    switch (ESR_EC(esr)) {
    case EC_SVC:
        trap->kind = HAL_TRAP_SYSCALL;
        break;
    case EC_DATA_USER:
        take_data_abort(trap, esr);
        break;
    case EC_FETCH_USER:
        trap->kind = HAL_TRAP_FAULT;
        trap->addr = fault_address();
        trap->access = HAL_EXEC;
        break;
    case EC_PC_ALIGN:
        take_exception(trap, HAL_EXC_ALIGN, pc);
        break;
    case EC_SP_ALIGN:
        take_exception(trap, HAL_EXC_ALIGN, u->regs.sp);
        break;
    case EC_FPU:
        take_exception(trap, HAL_EXC_FPU, pc);
        trap->code = fpu_code(esr);
        break;
    case EC_STEP_USER:
        take_exception(trap, HAL_EXC_STEP, pc);
        break;
    case EC_BRK:
        take_exception(trap, HAL_EXC_BREAKPOINT, pc);
        break;
    default:
        take_exception(trap, HAL_EXC_ILLEGAL, pc);
    }
}

void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    u->regs.pstate &= PSTATE_USER;
    fpu_load(cpu_self(), fpu_of(u));
    switch (user_enter(u)) {
    case TRAP_SYNC:
        take_sync(u, trap);
        break;
    case TRAP_IRQ:
        trap->kind = HAL_TRAP_INTERRUPT;
        trap_interrupt();
        break;
    case TRAP_FIQ:
        trap->kind = HAL_TRAP_INTERRUPT;
        smp_on_fiq(NULL);
        break;
    default:
        /* A bus error that the program caused, or that at least hit it. */
        take_exception(trap, HAL_EXC_PROTECTION, u->regs.pc);
    }
}
