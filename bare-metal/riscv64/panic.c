/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic is told of this machine (ADR 12).  A function's frame pointer points past the
 * caller's frame pointer and the return address: fp[-2] and fp[-1] (psABI, "Frame pointer
 * convention").
 */
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/trap.h"
#include "lib/base.h"
#include "lib/string.h"

#define STACK_FAR (UINT64_C(1) << 20) /* further apart, two frames are not of one stack */

/* Of context.S: ra and s0, first on the stack of a context that does not run. */
#define CONTEXT_RA 0
#define CONTEXT_FP 1

bool load_if_mapped(const uint64_t *at, uint64_t *out);

static size_t walk(uint64_t fp, uint64_t *pc, size_t count, size_t max)
{
    while (count < max && fp != 0 && IS_ALIGNED(fp, sizeof(uint64_t))) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;
        uint64_t up, ra;

        if (!load_if_mapped(frame - 1, &ra) || !load_if_mapped(frame - 2, &up) || ra == 0)
            break;
        pc[count++] = ra;
        if (up <= fp || up - fp > STACK_FAR)
            break;
        fp = up;
    }
    return count;
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

/* Another CPU has been stopped by an interrupt, whose frame it keeps. */
size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct cpu *c = &cpus[cpu];
    const struct trap_frame *frame = c == cpu_self() ? c->fault : c->interrupted;

    if (cpu >= cpu_count || max == 0)
        return 0;
    if (frame) {
        pc[0] = frame->regs[FRAME_PC];
        return walk(frame->regs[FRAME_FP], pc, 1, max);
    }
    return c == cpu_self()
               ? walk((uint64_t)(uintptr_t)__builtin_frame_address(0), pc, 0, max)
               : 0;
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    const uint64_t *saved = (const uint64_t *)(uintptr_t)ctx->sp;
    uint64_t fp;

    if (max == 0 || !IS_ALIGNED(ctx->sp, sizeof(uint64_t)) ||
        !load_if_mapped(saved + CONTEXT_RA, &pc[0]) ||
        !load_if_mapped(saved + CONTEXT_FP, &fp))
        return 0;
    return walk(fp, pc, 1, max);
}
