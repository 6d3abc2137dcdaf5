/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts, and what goes wrong in the kernel. */
#include "bare-metal/aarch64/trap.h"

#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/paging.h"
#include "bare-metal/common/console.h"
#include "lib/base.h"

_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "layout.h");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "layout.h");
_Static_assert(sizeof(struct trap_frame) == FRAME_BYTES, "layout.h");

struct fixup {
    uint64_t at, to;
};

extern const struct fixup __fixups_start[], __fixups_end[];

void trap_interrupt(void)
{
    unsigned intid = gic_acknowledge();

    if (intid >= GIC_SPECIAL)
        return;
    if (intid == clock_intid()) {
        gic_end(intid);
        clock_interrupt();
    } else if (intid == GIC_SGI_IPI) {
        gic_end(intid);
        core_on_ipi();
    } else if (intid == serial_intid()) {
        metal_console_interrupt();
        gic_end(intid);
    } else {
        gic_end(intid);
    }
}

static const char *fault_name(const struct trap_frame *f, unsigned which)
{
    if (which == TRAP_SERROR)
        return "system error";
    switch (ESR_EC(f->esr)) {
    case EC_UNKNOWN:
        return "invalid instruction";
    case EC_ILLEGAL_STATE:
        return "illegal execution state";
    case EC_FETCH:
        return "page fault (execute)";
    case EC_DATA:
        if (paging_is_guard(f->far))
            return "stack overflow";
        if ((f->esr & ESR_STATUS) == STATUS_ALIGN)
            return "unaligned access";
        return f->esr & ESR_WRITE ? "page fault (write)" : "page fault (read)";
    case EC_PC_ALIGN:
    case EC_SP_ALIGN:
        return "unaligned pc or sp";
    case EC_BRK:
        return (f->esr & ESR_BRK_NUMBER) == BRK_UNDEFINED ? "undefined behaviour"
                                                          : "breakpoint instruction";
    default:
        return "unexpected exception";
    }
}

static _Noreturn void fault_report(const struct trap_frame *f, uint64_t addr,
                                   const char *what)
{
    struct hal_fault fault = {
        .pc = f->pc,
        .addr = addr,
        .fp = f->x[29],
        .what = what,
    };

    cpu_self()->fault = f;
    core_on_kernel_fault(&fault);
}

/* What goes wrong in the report itself starts again at the top of this stack. */
void trap_without_stack(struct trap_frame *f)
{
    struct cpu *cpu = cpu_self();
    const char *what = !IS_ALIGNED(f->sp, 16)                 ? "unaligned sp"
                       : paging_is_guard(f->sp - FRAME_BYTES) ? "stack overflow"
                                                              : "sp is not on a stack";

    cpu->stack_low = cpu->fault_stack - STACK_BYTES;
    fault_report(f, f->sp, what);
}

void trap_fiq(struct trap_frame *f)
{
    struct cpu *cpu = cpu_self();
    uint64_t low = cpu->stack_low;

    cpu->stack_low = cpu->fiq_stack - STACK_BYTES;
    smp_on_fiq(f);
    cpu->stack_low = low;
}

/* An access to user memory that faulted goes on somewhere else. */
static bool fixup_apply(struct trap_frame *f)
{
    if (ESR_EC(f->esr) != EC_DATA && ESR_EC(f->esr) != EC_UNKNOWN)
        return false;
    for (const struct fixup *x = __fixups_start; x < __fixups_end; x++) {
        if (x->at == f->pc) {
            f->pc = x->to;
            return true;
        }
    }
    return false;
}

static bool has_address(const struct trap_frame *f)
{
    return ESR_EC(f->esr) == EC_DATA || ESR_EC(f->esr) == EC_FETCH;
}

void trap_in_kernel(struct trap_frame *f, unsigned which)
{
    switch (which) {
    case TRAP_IRQ:
        __asm__ volatile("msr daifclr, #1" : : : "memory");
        trap_interrupt();
        core_irq_exit();
        __asm__ volatile("msr daifset, #1" : : : "memory");
        return;
    default:
        if (which == TRAP_SYNC && fixup_apply(f))
            return;
        fault_report(f, has_address(f) ? f->far : 0, fault_name(f, which));
    }
}

void hal_irq_enable_line(unsigned irq)
{
    if (irq != HAL_IRQ_CONSOLE)
        return;
    gic_enable(serial_intid());
    metal_console_enable_input();
}
