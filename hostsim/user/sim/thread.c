/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest threads: hal.h's struct hal_user. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/user/sim/cpu.h"
#include "hostsim/user/sim/engine.h"
#include "hostsim/user/sim/fxsave.h"
#include "hostsim/user/sim/unknown.h"

#define THREADS_MAX 32768u

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sim_cpu *threads[THREADS_MAX]; /* 0 is nobody */
static uint32_t threads_next[THREADS_MAX];   /* of the free list */
static uint32_t threads_free, threads_used = 1;

static struct sim_cpu *thread_of(const struct hal_user *u)
{
    if (u->engine == 0 || u->engine >= THREADS_MAX || !threads[u->engine])
        machine_check("hal_user: no such thread", u->engine);
    return threads[u->engine];
}

static uint32_t thread_alloc(struct sim_cpu *cpu)
{
    uint32_t i = 0;

    pthread_mutex_lock(&threads_lock);
    if (threads_free) {
        i = threads_free;
        threads_free = threads_next[i];
    } else if (threads_used < THREADS_MAX) {
        i = threads_used++;
    }
    if (i)
        threads[i] = cpu;
    pthread_mutex_unlock(&threads_lock);
    return i;
}

int sim_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    struct sim_cpu *cpu = aligned_alloc(64, (sizeof(*cpu) + 63) & ~(size_t)63);
    uint32_t i;

    if (!cpu)
        return -ENOMEM;
    sim_cpu_reset(cpu);
    if (from) {
        const struct sim_cpu *parent = thread_of(from);

        memcpy(cpu->xmm, parent->xmm, sizeof(cpu->xmm));
        cpu->x87 = parent->x87;
        cpu->mxcsr = parent->mxcsr;
    }
    i = thread_alloc(cpu);
    if (i == 0) {
        free(cpu);
        return -EAGAIN;
    }
    memset(&u->regs, 0, sizeof(u->regs));
    u->space = space;
    u->engine = i;
    return 0;
}

void sim_user_fini(struct hal_user *u)
{
    free(thread_of(u));
    pthread_mutex_lock(&threads_lock);
    threads[u->engine] = NULL;
    threads_next[u->engine] = threads_free;
    threads_free = (uint32_t)u->engine;
    pthread_mutex_unlock(&threads_lock);
    u->engine = 0;
}

/* ---- registers ---- */

#define FOR_REGISTERS(M)                                                                 \
    M(rax, 0)                                                                            \
    M(rcx, 1)                                                                            \
    M(rdx, 2)                                                                            \
    M(rbx, 3)                                                                            \
    M(rsp, 4)                                                                            \
    M(rbp, 5)                                                                            \
    M(rsi, 6)                                                                            \
    M(rdi, 7)                                                                            \
    M(r8, 8)                                                                             \
    M(r9, 9)                                                                             \
    M(r10, 10)                                                                           \
    M(r11, 11)                                                                           \
    M(r12, 12)                                                                           \
    M(r13, 13)                                                                           \
    M(r14, 14)                                                                           \
    M(r15, 15)                                                                           \
    M(fs_base, SIM_FS)                                                                   \
    M(gs_base, SIM_GS)

static void regs_in(struct sim_cpu *cpu, const struct user_regs *regs)
{
#define IN(name, slot) cpu->r[slot] = regs->name;
    FOR_REGISTERS(IN)
    cpu->rip = regs->rip;
    sim_cpu_set_flags(cpu, regs->rflags);
}

static void regs_out(const struct sim_cpu *cpu, struct user_regs *regs)
{
#define OUT(name, slot) regs->name = cpu->r[slot];
    FOR_REGISTERS(OUT)
    regs->rip = cpu->rip;
    regs->rflags = sim_cpu_flags(cpu);
    regs->orig_rax = UINT64_MAX;
}

/* ---- running ---- */

static void trap_exception(const struct sim_cpu *cpu, struct hal_trap *trap)
{
    trap->kind = HAL_TRAP_EXCEPTION;
    trap->exception = cpu->exception;
    if (cpu->exception == HAL_EXC_FPU)
        trap->code = cpu->fpe_code;
    if (cpu->exception != HAL_EXC_ALIGN)
        trap->addr = cpu->rip;
    if (cpu->exception == HAL_EXC_ILLEGAL)
        sim_unknown_log(cpu);
}

/* Every timer tick or so is often enough: what is stale stays so until somebody notices. */
static void stale_check(const struct sim_core *core)
{
    uint64_t va;

    if (unlikely(sim_core_stale(core, &va)))
        machine_check(
            "the TLB leads a program to a frame that was freed since: a flush is "
            "missing",
            va);
}

static void trap_make(const struct sim_cpu *cpu, struct user_regs *regs,
                      struct hal_trap *trap)
{
    switch (cpu->stop) {
    case SIM_STOP_SYSCALL:
        trap->kind = HAL_TRAP_SYSCALL;
        regs->orig_rax = regs->rax;
        break;
    case SIM_STOP_FAULT:
        trap->kind = HAL_TRAP_FAULT;
        trap->addr = cpu->fault_va;
        trap->access = cpu->fault_access;
        break;
    case SIM_STOP_EXCEPTION:
        trap_exception(cpu, trap);
        break;
    default:
        trap->kind = HAL_TRAP_INTERRUPT;
        break;
    }
}

/* The CPU stays the same, also where others run before machine_*() returns. */
void sim_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct sim_cpu *cpu = thread_of(u);
    struct sim_core *core = sim_engine_core();
    uint64_t budget, before;

    memset(trap, 0, sizeof(*trap));
    regs_in(cpu, &u->regs);
    sim_core_load(core, mmu_space_tag(u->space));
    cpu->stop = SIM_STOP_BUDGET;
    do {
        budget = machine_quantum();
        if (budget == 0)
            break;
        before = cpu->retired;
        sim_run(core, cpu, budget);
        machine_executed(cpu->retired - before);
    } while (cpu->stop == SIM_STOP_BUDGET || cpu->stop == SIM_STOP_ATTENTION);
    regs_out(cpu, &u->regs);
    trap_make(cpu, &u->regs, trap);
    if (trap->kind == HAL_TRAP_INTERRUPT)
        stale_check(core);
}

/* ---- floating-point state ---- */

size_t sim_fpu_bytes(void)
{
    return SIM_XSAVE_BYTES;
}

void sim_fpu_get(struct hal_user *u, void *buf)
{
    sim_xsave_get(thread_of(u), buf);
}

int sim_fpu_set(struct hal_user *u, const void *buf)
{
    return sim_xsave_set(thread_of(u), buf) ? 0 : -EINVAL;
}
