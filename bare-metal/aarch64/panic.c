/* SPDX-License-Identifier: BSD-2-Clause */
/* What a panic is told of this machine (ADR 12). */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/trap.h"
#include "bare-metal/common/backtrace.h"
#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/format.h"

size_t hal_registers(struct hal_register *out, size_t max)
{
    const struct trap_frame *f = cpu_self()->fault;
    size_t n = 0;

    if (!f)
        return 0;
    for (unsigned i = 0; i < ARRAY_SIZE(f->x) && n < max; i++) {
        ksnprintf(out[n].name, sizeof(out[n].name), "x%u", i);
        out[n++].value = f->x[i];
    }
    if (n + 4 > max)
        return n;
    out[n++] = (struct hal_register){"sp", f->sp};
    out[n++] = (struct hal_register){"pstate", f->pstate};
    out[n++] = (struct hal_register){"esr", f->esr};
    out[n++] = (struct hal_register){"far", f->far};
    return n;
}

static void interrupt(unsigned cpu)
{
    (void)gic_send_fiq(cpu);
}

size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct trap_frame *f = cpu_self()->fault;

    if (max == 0 || cpu >= hal_bootinfo()->cpu_count)
        return 0;
    if (cpu != hal_cpu_id())
        return atomic_load(&cpus[cpu].online) ? backtrace_ask(cpu, interrupt, pc, max)
                                              : 0;
    if (!f)
        return backtrace_walk((uint64_t)(uintptr_t)__builtin_frame_address(0), pc, 0,
                              max);
    pc[0] = f->pc;
    return backtrace_walk(f->x[29], pc, 1, max);
}

/* Frame pointer and return address are what context_swap() put at sp. */
size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    return backtrace_walk(ctx->sp, pc, 0, max);
}
