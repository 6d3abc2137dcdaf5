/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic is told of this machine (ADR 12).  A function's frame pointer points past the
 * caller's frame pointer and the return address: fp[-2] and fp[-1] (psABI, "Frame pointer
 * convention").
 */
#include "bare-metal/common/backtrace.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/trap.h"
#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/panic.h"
#include "lib/string.h"

#define STACK_FAR (UINT64_C(1) << 20) /* further apart, two frames are not of one stack */

/* Of context.S: ra and s0, first on the stack of a context that does not run. */
#define CONTEXT_RA 0
#define CONTEXT_FP 1

extern const char _image_start[], _text_end[]; /* kernel.ld */

/* Trap frames lie on the stack, too; their caller is the code that was interrupted. */
static bool is_text(uint64_t pc)
{
    return pc >= (uint64_t)(uintptr_t)_image_start && pc < (uint64_t)(uintptr_t)_text_end;
}

static bool is_trap_entry(uint64_t pc)
{
    return pc >= (uint64_t)(uintptr_t)trap_entry && pc < (uint64_t)(uintptr_t)user_enter;
}

/* A function that calls none keeps its return address in a register, of which only a trap frame
 * knows, and has its caller's frame pointer where others have the return address. */
static size_t walk(uint64_t fp, uint64_t leaf_ra, uint64_t *pc, size_t count, size_t max)
{
    uint64_t interrupted_ra = 0;

    while (count < max && fp != 0 && IS_ALIGNED(fp, sizeof(uint64_t))) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;
        uint64_t up, ra;

        if (!load_if_mapped(frame - 1, &ra) || !load_if_mapped(frame - 2, &up))
            break;
        if (!is_text(ra)) {
            up = ra;
            ra = leaf_ra;
        }
        if (is_text(ra))
            pc[count++] = ra;
        if (up <= fp || up - fp > STACK_FAR)
            break;
        leaf_ra = interrupted_ra;
        interrupted_ra = 0;
        if (is_trap_entry(ra))
            (void)load_if_mapped(
                &((const struct trap_frame *)(uintptr_t)up - 1)->regs[FRAME_RA],
                &interrupted_ra);
        fp = up;
    }
    return count;
}

/* From a fault on.  Where the code cannot have been, it has come from by a call. */
static size_t walk_frame(const struct trap_frame *frame, uint64_t *pc, size_t max)
{
    size_t count = 0;

    pc[count++] = frame->regs[FRAME_PC];
    if (count < max && !is_text(pc[0]) && is_text(frame->regs[FRAME_RA]))
        pc[count++] = frame->regs[FRAME_RA];
    return walk(frame->regs[FRAME_FP], frame->regs[FRAME_RA], pc, count, max);
}

static size_t walk_self(uint64_t *pc, size_t max)
{
    return walk((uint64_t)(uintptr_t)__builtin_frame_address(0), 0, pc, 0, max);
}

void panic_answer(void)
{
    if (unlikely(panic_in_progress()))
        (void)backtrace_answer_by(walk_self);
}

size_t hal_registers(struct hal_register *out, size_t max)
{
    static const char names[32][4] = {"pc", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                      "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                      "a6", "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                      "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    const struct trap_frame *frame = cpu_self()->fault;
    size_t count = frame ? MIN(max, ARRAY_SIZE(names)) : 0;

    for (size_t i = 0; i < count; i++) {
        strlcpy(out[i].name, names[i], sizeof(out[i].name));
        out[i].value = frame->regs[i];
    }
    return count;
}

/* Another CPU has been stopped, and waits, or it waits for a lock; else it does not answer. */
size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct cpu *c = &cpus[cpu];

    if (cpu >= cpu_count || max == 0)
        return 0;
    if (c != cpu_self())
        return atomic_load(&c->online) ? backtrace_ask(cpu, hal_ipi_send, pc, max) : 0;
    return c->fault ? walk_frame(c->fault, pc, max) : walk_self(pc, max);
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    const uint64_t *saved = (const uint64_t *)(uintptr_t)ctx->sp;
    uint64_t fp;

    if (max == 0 || !IS_ALIGNED(ctx->sp, sizeof(uint64_t)) ||
        !load_if_mapped(saved + CONTEXT_RA, &pc[0]) ||
        !load_if_mapped(saved + CONTEXT_FP, &fp))
        return 0;
    return walk(fp, 0, pc, 1, max);
}
