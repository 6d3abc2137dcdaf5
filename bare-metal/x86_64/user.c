/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel contexts, and user code that runs between two traps. */
#include "bare-metal/x86_64/user.h"

#include "abi/errno.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/fpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/trap.h"
#include "lib/base.h"

_Static_assert(offsetof(struct hal_user, regs) == 0, "trap.S");
_Static_assert(offsetof(struct user_regs, rdi) == REGS_RDI, "layout.h");
_Static_assert(offsetof(struct user_regs, rcx) == REGS_RCX, "layout.h");
_Static_assert(offsetof(struct user_regs, rip) == REGS_RIP, "layout.h");
_Static_assert(offsetof(struct user_regs, rflags) == REGS_RFLAGS, "layout.h");

#define MSR_FS_BASE        0xc0000100
#define MSR_KERNEL_GS_BASE 0xc0000102

/* AC, OF, DF, TF, SF, ZF, AF, PF, CF, RF, ID are the program's; interrupts are on. */
#define RFLAGS_USER  UINT64_C(0x00250dd5)
#define RFLAGS_FIXED UINT64_C(0x202)
#define RFLAGS_TF_RF UINT64_C(0x10100)

/* ---- contexts ---- */

/* What context_swap() pops, from the stack pointer upwards. */
struct saved {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t rip;
    uint64_t end[2]; /* above context_start(): nothing, so that backtraces end */
};

void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg)
{
    struct saved *s = (struct saved *)(((uintptr_t)stack + len) & ~(uintptr_t)15) - 1;

    *s = (struct saved){
        .r12 = (uint64_t)(uintptr_t)entry,
        .r13 = (uint64_t)(uintptr_t)arg,
        .rip = (uint64_t)(uintptr_t)context_start,
    };
    ctx->sp = (uint64_t)(uintptr_t)s;
    ctx->tag = 0;
}

void hal_context_switch(struct hal_context *from, struct hal_context *to)
{
    fpu_leave(cpu_self());
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
    u->regs.rflags = RFLAGS_FIXED;
    return 0;
}

void hal_user_fini(struct hal_user *u)
{
    struct fpu *f = fpu_of(u);
    bool unmasked = hal_irq_save();
    struct cpu *cpu = cpu_self();

    if (cpu->fpu == f) {
        cpu->fpu = NULL;
        cpu->fpu_newer = false;
    }
    hal_irq_restore(unmasked);
    fpu_free(f);
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

static bool canonical_user(uint64_t va)
{
    return va < UINT64_C(1) << 47;
}

/* A program can change the base behind our back by loading a selector, which harms nobody but
 * itself as long as nobody else relies on what we think is there. */
static void bases_load(struct cpu *cpu, const struct hal_user *u)
{
    bool other = cpu->bases_of != fpu_of(u);

    if (other || cpu->fs_base != u->regs.fs_base)
        insn_wrmsr(MSR_FS_BASE, u->regs.fs_base);
    if (other || cpu->gs_base != u->regs.gs_base)
        insn_wrmsr(MSR_KERNEL_GS_BASE, u->regs.gs_base);
    cpu->fs_base = u->regs.fs_base;
    cpu->gs_base = u->regs.gs_base;
    cpu->bases_of = fpu_of(u);
}

static void take_exception(struct hal_trap *trap, enum hal_exception what, uint64_t addr)
{
    trap->kind = HAL_TRAP_EXCEPTION;
    trap->exception = what;
    trap->addr = addr;
    trap->code = 0;
}

static void take_page_fault(struct hal_trap *trap, uint32_t error, uint64_t addr)
{
    trap->kind = HAL_TRAP_FAULT;
    trap->addr = addr;
    trap->access = error & FAULT_FETCH   ? HAL_EXEC
                   : error & FAULT_WRITE ? HAL_WRITE
                                         : HAL_READ;
}

static void take_trap(struct hal_user *u, struct hal_trap *trap, unsigned vector,
                      uint32_t error)
{
    uint64_t pc = u->regs.rip;

    switch (vector) {
    case TRAP_SYSCALL:
        trap->kind = HAL_TRAP_SYSCALL;
        u->regs.orig_rax = u->regs.rax;
        break;
    case VECTOR_PAGE_FAULT:
        take_page_fault(trap, error, insn_read_cr2());
        break;
    case VECTOR_DIVIDE:
        take_exception(trap, HAL_EXC_DIVIDE, pc);
        break;
    case VECTOR_DEBUG:
        take_exception(trap, HAL_EXC_STEP, pc);
        break;
    case VECTOR_BREAKPOINT:
        take_exception(trap, HAL_EXC_BREAKPOINT, pc);
        break;
    case VECTOR_ILLEGAL:
        take_exception(trap, HAL_EXC_ILLEGAL, pc);
        break;
    case VECTOR_FPU:
    case VECTOR_SIMD:
        take_exception(trap, HAL_EXC_FPU, pc);
        trap->code = fpu_exception_code(vector);
        break;
    case VECTOR_ALIGNMENT:
        take_exception(trap, HAL_EXC_ALIGN, 0);
        break;
    default:
        if (vector < VECTOR_EXCEPTIONS && vector != VECTOR_NMI) {
            take_exception(trap, HAL_EXC_PROTECTION, pc);
            break;
        }
        trap->kind = HAL_TRAP_INTERRUPT;
        trap_interrupt(vector);
    }
}

/* SYSRET gives back what SYSCALL took: RCX and R11 as the program has seen them since, no trap
 * flag, and an address that is surely canonical (Intel SDM 2B, SYSRET). */
static bool fits_sysret(const struct user_regs *r)
{
    return r->rcx == r->rip && r->r11 == r->rflags && !(r->rflags & RFLAGS_TF_RF) &&
           r->rip < USER_MAX;
}

void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct cpu *cpu = cpu_self();
    uint64_t why;

    u->regs.rflags = (u->regs.rflags & RFLAGS_USER) | RFLAGS_FIXED;
    if (!canonical_user(u->regs.rip) || !canonical_user(u->regs.fs_base) ||
        !canonical_user(u->regs.gs_base)) {
        take_exception(trap, HAL_EXC_PROTECTION, u->regs.rip);
        return;
    }
    bases_load(cpu, u);
    fpu_load(cpu, fpu_of(u));
    why = user_enter(u, fits_sysret(&u->regs));
    take_trap(u, trap, (unsigned)(why & 0xffff), (uint32_t)(why >> 32));
}
