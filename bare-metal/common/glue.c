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

/* Weak: machines whose instruction fetches pass by what data writes do have their own. */
__attribute__((weak)) void hal_exec_sync(uint64_t pa)
{
    (void)pa;
}

void hal_point(void)
{
}

void hal_trace(unsigned id, uint64_t a, uint64_t b, uint64_t c)
{
    (void)id, (void)a, (void)b, (void)c;
}
