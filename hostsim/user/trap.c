/* SPDX-License-Identifier: BSD-2-Clause */
/* From host signals to traps. */
#include "hostsim/user/trap.h"

#include <linux/audit.h>
#include <signal.h>

#include "hostsim/hal/mmu.h"
#include "hostsim/user/frame.h"
#include "hostsim/user/patch.h"
#include "hostsim/user/slot.h"
#include "hostsim/user/space.h"

#define SELECTOR_CS64 0x33
#define SYSCALL_LEN   2
#define NR_URETPROBE  335
#define ERR_WRITE     2 /* page-fault error code, Intel SDM 3A 4.7 */
#define ERR_FETCH     16

/* Exception vectors, Intel SDM 3A 6.15. */
enum vector {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_ALIGNMENT = 17,
};

bool trap_lost(struct native_thread *th, struct hal_trap *trap)
{
    space_kill(th->space);
    trap->kind = HAL_TRAP_LOST;
    return true;
}

static bool trap_syscall(struct user_regs *regs, struct hal_trap *trap)
{
    trap->kind = HAL_TRAP_SYSCALL;
    regs->orig_rax = regs->rax;
    return true;
}

static bool trap_exception(struct hal_trap *trap, enum hal_exception what, uint64_t addr)
{
    trap->kind = HAL_TRAP_EXCEPTION;
    trap->exception = what;
    trap->addr = addr;
    return true;
}

static bool trap_fault(struct native_thread *th, struct hal_trap *trap, uint64_t addr,
                       enum hal_access access)
{
    trap->kind = HAL_TRAP_FAULT;
    trap->addr = addr;
    trap->access = access;
    th->has_fault = true;
    th->fault_va = addr;
    th->fault_access = access;
    return true;
}

static bool is_engine_memory(uint64_t va)
{
    return va < NATIVE_USER_MIN || va >= NATIVE_USER_MAX;
}

/* The call of a trampoline, made here: nothing has happened yet but loads of registers. */
static void trampoline_finish(struct user_regs *regs, uint32_t nr, uint64_t ret)
{
    regs->rax = nr;
    regs->rip = ret;
    regs->rcx = ret;
    regs->r11 = regs->rflags;
}

bool trap_check_regs(struct native_thread *th, struct user_regs *regs,
                     struct hal_trap *trap)
{
    if (is_engine_memory(regs->rip)) {
        if (regs->rip >= 1ull << 47)
            trap_exception(trap, HAL_EXC_PROTECTION, regs->rip);
        else
            trap_fault(th, trap, regs->rip, HAL_EXEC);
        return false;
    }
    /* A restarted call lies where its instruction was before it was patched. */
    if (patch_is_old_syscall(th->space, regs->rip)) {
        regs->rip += SYSCALL_LEN;
        trap_syscall(regs, trap);
        return false;
    }
    return true;
}

static bool take_sigsys(struct native_thread *th, const struct host_frame *f,
                        struct user_regs *regs, struct hal_trap *trap)
{
    if (f->sys_arch != AUDIT_ARCH_X86_64) { /* int $0x80 from 64-bit code */
        regs->rip -= SYSCALL_LEN;
        return trap_exception(trap, HAL_EXC_PROTECTION, regs->rip);
    }
    /* The stub's own instructions and the host's vsyscall page are not mapped in the tables. */
    if (is_engine_memory(regs->rip))
        return trap_fault(th, trap, regs->rip, HAL_EXEC);
    patch_count(th->space, regs->rip, trap);
    return trap_syscall(regs, trap);
}

/* First what an MMU does: look into the tables.  If they allow it the stub just lacks the
 * mapping, which comes with the next resume. */
static bool take_page_fault(struct native_thread *th, const struct host_frame *f,
                            struct user_regs *regs, struct hal_trap *trap)
{
    enum hal_access access = f->err & ERR_FETCH   ? HAL_EXEC
                             : f->err & ERR_WRITE ? HAL_WRITE
                                                  : HAL_READ;
    struct mmu_leaf leaf;

    if (is_engine_memory(regs->rip)) /* it ran into the stub and got lost there */
        return trap_fault(th, trap, regs->rip, HAL_EXEC);
    if (space_low_came(th->space, f->cr2, access))
        return false;
    trap_fault(th, trap, f->cr2, access);
    return is_engine_memory(f->cr2) ||
           !mmu_walk(th->space->root_pa, f->cr2, access, &leaf);
}

static bool take_fpu(const struct host_frame *f, struct hal_trap *trap)
{
    trap->code = f->code > 0 && f->code <= FPE_CONDTRAP ? (uint32_t)f->code : 0;
    return trap_exception(trap, f->trapno == VECTOR_DIVIDE ? HAL_EXC_DIVIDE : HAL_EXC_FPU,
                          f->gregs[16]);
}

/*
 * Two calls pass every filter: uretprobe since Linux 6.14 and uprobe since 6.18, which the host
 * itself puts into probed programs.  From anywhere else uprobe answers ENXIO, and there is
 * nothing to be done about it; uretprobe raises SIGILL, so at least its caller gets our answer.
 */
static bool is_probe_call(const struct host_frame *f)
{
    return f->code == SI_KERNEL;
}

static bool take_ill(struct native_thread *th, const struct host_frame *f,
                     struct user_regs *regs, struct hal_trap *trap)
{
    if (is_probe_call(f)) {
        regs->rax = NR_URETPROBE;
        return trap_syscall(regs, trap);
    }
    if (!patch_is_old_syscall(th->space, regs->rip))
        return trap_exception(trap, HAL_EXC_ILLEGAL, regs->rip);
    regs->rip += SYSCALL_LEN;
    regs->rcx = regs->rip;
    regs->r11 = regs->rflags;
    return trap_syscall(regs, trap);
}

static bool take_signal(struct native_thread *th, uint32_t signo,
                        const struct host_frame *f, struct user_regs *regs,
                        struct hal_trap *trap)
{
    uint64_t ret;
    uint32_t nr;

    if (f->cs != SELECTOR_CS64) /* this machine has no 32-bit mode */
        return trap_exception(trap, HAL_EXC_PROTECTION, regs->rip);
    if (patch_trampoline(th->space->patches, regs->rip, &nr, &ret)) {
        trampoline_finish(regs, nr, ret);
        return trap_syscall(regs, trap);
    }
    switch (signo) {
    case SIGSYS:
        return take_sigsys(th, f, regs, trap);
    case STUB_SIG_KICK:
        return false; /* the caller looks at the interrupts anyway */
    case SIGSEGV:
        if (f->trapno == VECTOR_PAGE_FAULT)
            return take_page_fault(th, f, regs, trap);
        return trap_exception(trap, HAL_EXC_PROTECTION, regs->rip);
    case SIGBUS:
        if (f->trapno == VECTOR_PAGE_FAULT)
            return trap_lost(th, trap); /* the host could not give us the frame */
        return trap_exception(
            trap, f->trapno == VECTOR_ALIGNMENT ? HAL_EXC_ALIGN : HAL_EXC_PROTECTION, 0);
    case SIGILL:
        return take_ill(th, f, regs, trap);
    case SIGFPE:
        return take_fpu(f, trap);
    case SIGTRAP:
        return trap_exception(
            trap, f->trapno == VECTOR_BREAKPOINT ? HAL_EXC_BREAKPOINT : HAL_EXC_STEP,
            regs->rip);
    default:
        return trap_lost(th, trap);
    }
}

bool trap_take(struct native_thread *th, struct user_regs *regs, struct hal_trap *trap)
{
    struct native_slot *slot = th->slot;
    uint32_t kind = __atomic_load_n(&slot->mem->kind, __ATOMIC_RELAXED);
    struct host_frame frame;

    if (kind == KIND_KICKED) {
        if (th->by_frame) /* the kick may have saved what the stub's last program left */
            slot_wipe_stack(slot);
        if (!slot->by_return) /* else the frame is still to be returned from */
            slot->stop = SLOT_STOP_REGS;
        return false;
    }
    th->by_frame = false;
    th->fpu_where = FPU_LIVE;
    if (kind == KIND_CALL) {
        frame_read_regs(slot, regs);
        return trap_syscall(regs, trap);
    }
    if (!frame_read_signal(slot, &frame, regs))
        return trap_lost(th, trap);
    slot->masked = kind == STUB_SIG_KICK;
    return take_signal(th, kind, &frame, regs, trap);
}
