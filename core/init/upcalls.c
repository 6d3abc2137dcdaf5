/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine tells the core: device interrupts and faults of the kernel itself. */
#include "hal/hal.h"
#include "lib/panic.h"
#include "lib/preempt.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "trace/counter.h"
#include "trace/log.h"
#include "tty/tty.h"

COUNTER_DEFINE(init_interrupts_device, "interrupts of devices");

void core_on_irq(unsigned irq)
{
    panic_check();
    preempt_irq_enter();
    counter_detail(&init_interrupts_device);
    switch (irq) {
    case HAL_IRQ_CONSOLE:
        console_irq();
        break;
    default:
        log_warn("init", "interrupt %u has no driver", irq);
    }
    preempt_irq_exit();
}

/* What such an address usually means. */
static const char *fault_hint(uint64_t addr)
{
    const struct hal_bootinfo *bi = hal_bootinfo();
    struct thread *t = thread_on_cpu(hal_cpu_id());

    if (addr < HAL_PAGE_SIZE)
        return ": a null pointer";
    if (t != NULL && t->space != NULL && addr >= bi->user_min && addr < bi->user_max &&
        !frame_is_ram(virt_to_phys((const void *)(uintptr_t)addr)))
        return ": memory of the user, which only copy_from_user() and its like may touch";
    return "";
}

_Noreturn void core_on_kernel_fault(const struct hal_fault *fault)
{
    if (fault->pc == 0)
        kpanic("the machine is stuck: %s", fault->what);
    kpanic("kernel %s at pc 0x%llx, address 0x%llx%s", fault->what,
           (unsigned long long)fault->pc, (unsigned long long)fault->addr,
           fault_hint(fault->addr));
}
