/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic wants to see: registers and stacks.
 *
 * Stacks of the core lie in the arena, which can be read everywhere, so that a chain of frame
 * pointers is followed without fear.  A CPU that runs on another host thread is asked by a signal
 * and answers wherever it is, as real ones do to a non-maskable interrupt.
 */
#include "hostsim/hal/backtrace.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "hostsim/hal/arena.h"
#include "hostsim/hal/checker.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/world.h"

#define SAMPLE_SIGNAL      SIGUSR2
#define SAMPLE_PATIENCE_MS 50
#define STACK_STEP_MAX     65536u /* two frames further apart are not of one stack */

#define NO_CHECKER __attribute__((no_sanitize("address", "thread")))

/* What a CPU tells about itself. */
static struct sample {
    uint64_t pc[BACKTRACE_MAX];
    size_t count;
    _Atomic bool done;
} sample;

static bool frame_plausible(uint64_t fp, uint64_t last)
{
    if (fp % sizeof(uint64_t) || (last && (fp <= last || fp - last > STACK_STEP_MAX)))
        return false;
    return fp >= ARENA_BASE && arena_has(fp - ARENA_BASE, 2 * sizeof(uint64_t));
}

/* Return addresses of the frames from `fp` on. */
static NO_CHECKER size_t frames_walk(uint64_t fp, uint64_t *pc, size_t max)
{
    uint64_t last = 0;
    size_t n = 0;

    while (n < max && frame_plausible(fp, last)) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;

        if (frame[1] == 0)
            break;
        pc[n++] = frame[1];
        last = fp;
        fp = frame[0];
    }
    return n;
}

/* A function that faults may be a leaf without a frame of its own; then its caller is only to be
 * found on top of the stack. */
static NO_CHECKER size_t fault_walk(const struct vcpu *cpu, uint64_t *pc, size_t max)
{
    uint64_t sp = cpu->fault_sp, fp = cpu->fault.fp, top;
    char name[64];
    size_t n = 0;

    pc[n++] = cpu->fault.pc ? cpu->fault.pc : (uint64_t)(uintptr_t)machine_stuck;
    if (sp && frame_plausible(sp, 0)) {
        top = *(const uint64_t *)(uintptr_t)sp;
        if (hal_symbol(top, true, name, sizeof(name)) &&
            !(frame_plausible(fp, 0) && ((const uint64_t *)(uintptr_t)fp)[1] == top))
            pc[n++] = top;
    }
    return n + frames_walk(fp, pc + n, max - n);
}

static NO_CHECKER void on_sample(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    int saved = errno;

    (void)sig;
    (void)info;
    sample.pc[0] = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    sample.count = 1 + frames_walk((uint64_t)uc->uc_mcontext.gregs[REG_RBP],
                                   sample.pc + 1, BACKTRACE_MAX - 1);
    atomic_store(&sample.done, true);
    errno = saved;
}

void backtrace_init(void)
{
    struct sigaction act = {.sa_sigaction = on_sample,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

    sigfillset(&act.sa_mask);
    sigaction(SAMPLE_SIGNAL, &act, NULL);
}

static size_t sample_take(const struct vcpu *cpu, uint64_t *pc, size_t max)
{
    const struct timespec nap = {.tv_nsec = 100000};
    size_t n;

    atomic_store(&sample.done, false);
    if (cpu->tid == 0 ||
        syscall(SYS_tgkill, getpid(), (pid_t)cpu->tid, SAMPLE_SIGNAL) != 0)
        return 0;
    for (int i = 0; i < SAMPLE_PATIENCE_MS * 10 && !atomic_load(&sample.done); i++)
        nanosleep(&nap, NULL);
    n = atomic_load(&sample.done) ? sample.count : 0;
    n = n < max ? n : max;
    for (size_t i = 0; i < n; i++)
        pc[i] = sample.pc[i];
    return n;
}

/* ---- hal.h ---- */

size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct vcpu *self = vcpu_self(), *v = &vcpus[cpu];

    if (cpu >= HAL_CPUS_MAX || max < 2 || atomic_load(&v->state) == VCPU_OFF)
        return 0;
    if (v != self)
        return world->exact ? hal_backtrace_context(&v->resume, pc, max)
                            : sample_take(v, pc, max);
    if (v->fault_depth)
        return fault_walk(v, pc, max);
    return frames_walk((uint64_t)(uintptr_t)__builtin_frame_address(0), pc, max);
}

/* Above the saved registers of context.S. */
NO_CHECKER size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc,
                                        size_t max)
{
    const uint64_t *saved = (const uint64_t *)(uintptr_t)ctx->sp;
    enum { SAVED_RBP = 5, SAVED_RIP = 6 };

    if (max < 1 || ctx->sp % sizeof(uint64_t) || ctx->sp < ARENA_BASE ||
        !arena_has(ctx->sp - ARENA_BASE, (SAVED_RIP + 1) * sizeof(uint64_t)))
        return 0;
    pc[0] = saved[SAVED_RIP];
    return 1 + frames_walk(saved[SAVED_RBP], pc + 1, max - 1);
}

static const struct {
    char name[8];
    int index;
} names[] = {
    {"rip", REG_RIP}, {"rsp", REG_RSP},   {"rbp", REG_RBP},   {"rax", REG_RAX},
    {"rbx", REG_RBX}, {"rcx", REG_RCX},   {"rdx", REG_RDX},   {"rsi", REG_RSI},
    {"rdi", REG_RDI}, {"r8", REG_R8},     {"r9", REG_R9},     {"r10", REG_R10},
    {"r11", REG_R11}, {"r12", REG_R12},   {"r13", REG_R13},   {"r14", REG_R14},
    {"r15", REG_R15}, {"flags", REG_EFL}, {"error", REG_ERR}, {"cr2", REG_CR2},
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* What a call preserves is the caller's still. */
static size_t registers_here(struct hal_register *out, size_t max, uint64_t pc,
                             uint64_t frame)
{
    struct hal_register regs[] = {
        {"rip", pc}, {"rsp", frame + 2 * sizeof(uint64_t)},
        {"rbp", 0},  {"rbx", 0},
        {"r12", 0},  {"r13", 0},
        {"r14", 0},  {"r15", 0},
    };
    size_t n = sizeof(regs) / sizeof(regs[0]);

    regs[2].value = *(const uint64_t *)(uintptr_t)frame;
    __asm__ volatile("movq %%rbx, %0" : "=m"(regs[3].value));
    __asm__ volatile("movq %%r12, %0" : "=m"(regs[4].value));
    __asm__ volatile("movq %%r13, %0" : "=m"(regs[5].value));
    __asm__ volatile("movq %%r14, %0" : "=m"(regs[6].value));
    __asm__ volatile("movq %%r15, %0" : "=m"(regs[7].value));
    n = n < max ? n : max;
    for (size_t i = 0; i < n; i++)
        out[i] = regs[i];
    return n;
}

size_t hal_registers(struct hal_register *out, size_t max)
{
    const struct vcpu *cpu = vcpu_self();
    size_t n = 0;

    if (!cpu->fault_depth || !cpu->fault_registers)
        return registers_here(out, max, (uint64_t)(uintptr_t)__builtin_return_address(0),
                              (uint64_t)(uintptr_t)__builtin_frame_address(0));
    for (; n < NAMES && n < max; n++) {
        out[n].value = cpu->fault_registers[names[n].index];
        for (size_t i = 0; i < sizeof(out[n].name); i++)
            out[n].name[i] = names[n].name[i];
    }
    return n;
}
