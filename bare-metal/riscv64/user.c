/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running programs.  Their floating-point registers stay loaded until another thread needs them
 * or the thread moves on: the kernel itself does not use them.  A program starts with them off;
 * its first use traps, and from then on sstatus.FS tells whether they have changed.
 */
#include "bare-metal/riscv64/user.h"

#include "abi/errno.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/map.h"
#include "bare-metal/riscv64/sbi.h"
#include "bare-metal/riscv64/trap.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"

#define INSTRUCTION_BYTES 4u /* of ecall */
#define FCSR_BITS         0xffu

/* fpu.S */
void fpu_store(struct sigframe_fpu *to);
void fpu_load(const struct sigframe_fpu *from);

/* ---- floating point ---- */

static struct fpu *fpu_of(const struct hal_user *u)
{
    return (struct fpu *)(uintptr_t)u->engine;
}

void user_fpu_save(void)
{
    struct cpu *c = cpu_self();

    if (likely(!c->fpu_dirty))
        return;
    csr_set(sstatus, FS_CLEAN);
    fpu_store(&c->fpu->state);
    csr_clear(sstatus, SSTATUS_FS);
    c->fpu_dirty = false;
}

static bool fpu_is_loaded(const struct fpu *f)
{
    return cpu_self()->fpu == f && f->cpu == cpu_self()->id;
}

/* After this, memory has the state, and the registers do not count. */
static void fpu_take(struct fpu *f)
{
    bool unmasked = hal_irq_save();

    if (fpu_is_loaded(f)) {
        user_fpu_save();
        cpu_self()->fpu = NULL;
    }
    f->cpu = FPU_NO_CPU;
    hal_irq_restore(unmasked);
}

/* The program has used a register while they were off. */
static void fpu_give(struct fpu *f)
{
    struct cpu *c = cpu_self();

    user_fpu_save();
    csr_set(sstatus, FS_CLEAN);
    fpu_load(&f->state);
    csr_clear(sstatus, SSTATUS_FS);
    c->fpu = f;
    f->cpu = c->id;
}

size_t hal_user_fpu_bytes(void)
{
    return sizeof(struct sigframe_fpu);
}

void hal_user_fpu_get(struct hal_user *u, void *buf)
{
    fpu_take(fpu_of(u));
    memcpy(buf, &fpu_of(u)->state, sizeof(struct sigframe_fpu));
}

int hal_user_fpu_set(struct hal_user *u, const void *buf)
{
    struct sigframe_fpu state;

    memcpy(&state, buf, sizeof(state));
    /* Nothing may claim to follow, and only the defined bits of fcsr are kept. */
    for (size_t i = sizeof(state.rest) - 12; i < sizeof(state.rest); i++) {
        if (state.rest[i])
            return -EINVAL;
    }
    state.fcsr &= FCSR_BITS;
    memset(state.rest, 0, sizeof(state.rest));
    fpu_take(fpu_of(u));
    fpu_of(u)->state = state;
    return 0;
}

/* ---- life ---- */

int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    struct fpu *f = kzalloc(sizeof(*f));

    if (!f)
        return -ENOMEM;
    f->cpu = FPU_NO_CPU;
    if (from) {
        fpu_take(fpu_of(from));
        f->state = fpu_of(from)->state;
    }
    u->regs = (struct user_regs){0};
    u->space = space;
    u->engine = (uint64_t)(uintptr_t)f;
    return 0;
}

void hal_user_fini(struct hal_user *u)
{
    fpu_take(fpu_of(u));
    kfree(fpu_of(u));
    u->engine = 0;
}

/* ---- running ---- */

static void trap_fault(struct hal_trap *trap, enum hal_access access)
{
    trap->kind = HAL_TRAP_FAULT;
    trap->access = access;
    trap->addr = csr_read(stval);
}

static void trap_exception(struct hal_trap *trap, enum hal_exception exception)
{
    trap->kind = HAL_TRAP_EXCEPTION;
    trap->exception = exception;
    trap->addr = csr_read(stval);
}

static void trap_describe(struct hal_user *u, struct hal_trap *trap, uint64_t cause)
{
    switch (cause) {
    case 8:
        trap->kind = HAL_TRAP_SYSCALL;
        u->regs.pc += INSTRUCTION_BYTES;
        break;
    case 12:
        trap_fault(trap, HAL_EXEC);
        break;
    case 13:
        trap_fault(trap, HAL_READ);
        break;
    case 15:
        trap_fault(trap, HAL_WRITE);
        break;
    case 2:
        trap_exception(trap, HAL_EXC_ILLEGAL);
        break;
    case 3:
        trap_exception(trap, HAL_EXC_BREAKPOINT);
        break;
    case 0:
    case 4:
    case 6:
        trap_exception(trap, HAL_EXC_ALIGN);
        break;
    default: /* 1, 5, 7: no memory answers there */
        trap_exception(trap, HAL_EXC_PROTECTION);
        break;
    }
}

/* ---- code that has changed ----
 *
 * FENCE.I is for its own CPU only.  A CPU that is in the kernel catches up before it runs a program
 * again; one that runs a program is made to by firmware.  Whichever of the two stores comes
 * first, its CPU's or hal_exec_sync()'s, the other side sees it. */

void hal_exec_sync(uint64_t pa)
{
    (void)pa;
    for (unsigned i = 0; i < cpu_count; i++)
        atomic_store(&cpus[i].fetch_stale, true);
    for (unsigned i = 0; i < cpu_count; i++) {
        if (atomic_load(&cpus[i].in_user))
            sbi_remote_fence_i(cpus[i].hart);
    }
}

static void fetch_catch_up(struct cpu *c)
{
    atomic_store(&c->in_user, true);
    if (atomic_load(&c->fetch_stale)) {
        atomic_store(&c->fetch_stale, false);
        __asm__ volatile("fence.i" : : : "memory");
    }
}

void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct cpu *c = cpu_self();
    struct fpu *f = fpu_of(u);
    uint64_t cause;

    *trap = (struct hal_trap){0};
    for (;;) {
        uint64_t status = csr_read(sstatus) & ~(uint64_t)(SSTATUS_SPP | SSTATUS_FS);

        if (fpu_is_loaded(f))
            status |= c->fpu_dirty ? FS_DIRTY : FS_CLEAN;
        csr_write(sstatus, status | SSTATUS_SPIE);
        fetch_catch_up(c);
        user_enter(&u->regs);
        atomic_store_release(&c->in_user, false);
        cause = csr_read(scause);
        if ((csr_read(sstatus) & SSTATUS_FS) == FS_DIRTY)
            c->fpu_dirty = true;
        csr_clear(sstatus, SSTATUS_FS);
        /* An illegal instruction, or the first that needs what was off: try again. */
        if (cause != 2 || fpu_is_loaded(f))
            break;
        fpu_give(f);
    }
    if (cause & CAUSE_INTERRUPT)
        trap->kind = HAL_TRAP_INTERRUPT;
    else
        trap_describe(u, trap, cause);
}
