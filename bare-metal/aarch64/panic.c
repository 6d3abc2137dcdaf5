/* SPDX-License-Identifier: BSD-2-Clause */
/* What a panic tells (ADR 12): registers and return addresses, by frame pointers. */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/trap.h"
#include "lib/base.h"
#include "lib/format.h"

#define FRAME_BYTES_MAX 16384u /* between one link and the next */
#define KERNEL_HALF     (UINT64_C(0xffff) << 48)

struct link {
    uint64_t fp, pc;
};

static size_t walk(uint64_t fp, uint64_t *pc, size_t max)
{
    size_t n = 0;

    while (n < max && fp >= KERNEL_HALF && fp % 16 == 0) {
        const struct link *l = (const struct link *)fp;

        if (!l->pc)
            break;
        pc[n++] = l->pc;
        if (l->fp <= fp || l->fp - fp > FRAME_BYTES_MAX)
            break;
        fp = l->fp;
    }
    return n;
}

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

/* Other CPUs do not say where they are. */
size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    const struct trap_frame *f = cpu_self()->fault;

    if (cpu != hal_cpu_id() || max == 0)
        return 0;
    if (!f)
        return walk((uint64_t)(uintptr_t)__builtin_frame_address(0), pc, max);
    pc[0] = f->pc;
    return 1 + walk(f->x[29], pc + 1, max - 1);
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    return ctx->sp < KERNEL_HALF || ctx->sp % 16 ? 0 : walk(ctx->sp, pc, max);
}
