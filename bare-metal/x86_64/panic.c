/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic is told of this machine (ADR 12).  A frame starts with the caller's frame pointer
 * and the return address.  A CPU that runs is asked by an interrupt that cannot be masked.
 */
#include "bare-metal/common/backtrace.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"
#include "bare-metal/x86_64/trap.h"
#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/string.h"

/* On the stack of a context that does not run, upwards: what context_swap() has pushed. */
#define CONTEXT_FP 5
#define CONTEXT_PC 6

static size_t walk_frame(const struct trap_frame *f, uint64_t *pc, size_t max)
{
    pc[0] = f->rip;
    return backtrace_walk(f->rbp, pc, 1, max);
}

void panic_on_nmi(const struct trap_frame *f)
{
    struct hal_fault fault = {.what = "stopped by a non-maskable interrupt"};

    smp_on_nmi();
    if (f) {
        fault.pc = f->rip;
        fault.fp = f->rbp;
    }
    if (!backtrace_answer(fault.pc, fault.fp) && !panic_in_progress()) {
        /* Nobody in here has sent it: somebody outside wants to know what goes on. */
        cpu_self()->fault = f;
        core_on_kernel_fault(&fault);
    }
}

static void interrupt(unsigned cpu)
{
    apic_send_nmi(cpus[cpu].apic_id);
}

size_t hal_registers(struct hal_register *out, size_t max)
{
    const struct trap_frame *f = cpu_self()->fault;
    const struct hal_register all[] = {
        {"rip", f ? f->rip : 0},     {"rflags", f ? f->rflags : 0},
        {"rsp", f ? f->rsp : 0},     {"rbp", f ? f->rbp : 0},
        {"rax", f ? f->rax : 0},     {"rbx", f ? f->rbx : 0},
        {"rcx", f ? f->rcx : 0},     {"rdx", f ? f->rdx : 0},
        {"rsi", f ? f->rsi : 0},     {"rdi", f ? f->rdi : 0},
        {"r8", f ? f->r8 : 0},       {"r9", f ? f->r9 : 0},
        {"r10", f ? f->r10 : 0},     {"r11", f ? f->r11 : 0},
        {"r12", f ? f->r12 : 0},     {"r13", f ? f->r13 : 0},
        {"r14", f ? f->r14 : 0},     {"r15", f ? f->r15 : 0},
        {"error", f ? f->error : 0}, {"vector", f ? f->vector : 0},
        {"cr2", insn_read_cr2()},    {"cr3", insn_read_cr3()},
        {"cr4", insn_read_cr4()},    {"kaslr", layout.image - IMAGE_LINKED},
    };
    size_t known = f ? ARRAY_SIZE(all) : 1; /* without a fault only where the image is */
    size_t count = MIN(max, known);

    memcpy(out, all + ARRAY_SIZE(all) - known, count * sizeof(*out));
    return count;
}

size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct cpu *self = cpu_self();

    if (max == 0 || cpu >= hal_bootinfo()->cpu_count)
        return 0;
    if (cpu != self->id)
        return atomic_load(&cpus[cpu].online) ? backtrace_ask(cpu, interrupt, pc, max)
                                              : 0;
    if (self->fault)
        return walk_frame(self->fault, pc, max);
    return backtrace_walk((uint64_t)(uintptr_t)__builtin_frame_address(0), pc, 0, max);
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    const uint64_t *saved = (const uint64_t *)(uintptr_t)ctx->sp;
    uint64_t fp;

    if (max == 0 || !IS_ALIGNED(ctx->sp, sizeof(uint64_t)) ||
        !load_if_mapped(saved + CONTEXT_PC, &pc[0]) ||
        !load_if_mapped(saved + CONTEXT_FP, &fp))
        return 0;
    return backtrace_walk(fp, pc, 1, max);
}
