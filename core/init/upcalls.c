/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine tells the core: device interrupts and faults of the kernel itself. */
#include "hal/hal.h"
#include "lib/panic.h"
#include "lib/preempt.h"
#include "trace/log.h"
#include "tty/tty.h"

void core_on_irq(unsigned irq)
{
    preempt_irq_enter();
    switch (irq) {
    case HAL_IRQ_CONSOLE:
        console_irq();
        break;
    default:
        log_warn("init", "interrupt %u has no driver", irq);
    }
    preempt_irq_exit();
}

_Noreturn void core_on_kernel_fault(const struct hal_fault *fault)
{
    kpanic("kernel %s at pc 0x%llx, address 0x%llx", fault->what,
           (unsigned long long)fault->pc, (unsigned long long)fault->addr);
}
