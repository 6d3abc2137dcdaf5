/* SPDX-License-Identifier: BSD-2-Clause */
/* A core that nobody starts, for tests of parts of the machine. */
#include <stdio.h>
#include <stdlib.h>

#include "hal/hal.h"

static _Noreturn void unexpected(const char *what)
{
    fprintf(stderr, "unexpected: %s\n", what);
    abort();
}

_Noreturn void core_main(void)
{
    unexpected("core_main");
}

_Noreturn void core_cpu_main(void)
{
    unexpected("core_cpu_main");
}

void core_on_irq(unsigned irq)
{
    (void)irq;
    unexpected("core_on_irq");
}

void core_on_timer(void)
{
    unexpected("core_on_timer");
}

void core_on_ipi(void)
{
    unexpected("core_on_ipi");
}

void core_irq_exit(void)
{
    unexpected("core_irq_exit");
}

/* A test of bad tables expects this status. */
_Noreturn void core_on_kernel_fault(const struct hal_fault *fault)
{
    fprintf(stderr, "%s\n", fault->what);
    _Exit(99);
}
