/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of hal.h that bare machines answer alike. */
#include "bare-metal/common/machine.h"

_Noreturn void hal_halt(enum hal_halt why, int status)
{
    (void)hal_irq_save();
    machine_stop_others();
    machine_end(why, status & 0xff);
}

/* Nothing looks over this machine's shoulder: no checker of memory, no seed, no record. */
void hal_mem_mark(const void *addr, size_t len, enum hal_mem state)
{
    (void)addr, (void)len, (void)state;
}

/* No names and no stacks yet: ADR 12. */
size_t hal_registers(struct hal_register *out, size_t max)
{
    (void)out, (void)max;
    return 0;
}

size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max)
{
    (void)cpu, (void)pc, (void)max;
    return 0;
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    (void)ctx, (void)pc, (void)max;
    return 0;
}

size_t hal_symbol(uint64_t pc, bool after_call, char *buf, size_t len)
{
    (void)pc, (void)after_call, (void)buf, (void)len;
    return 0;
}

void hal_point(void)
{
}

void hal_trace(unsigned id, uint64_t a, uint64_t b, uint64_t c)
{
    (void)id, (void)a, (void)b, (void)c;
}
