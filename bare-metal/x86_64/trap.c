/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts, and what goes wrong in the kernel. */
#include "bare-metal/x86_64/trap.h"

#include "bare-metal/common/console.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"
#include "lib/base.h"

#define ISA_COM1       4u
#define VECTOR_COM1    (VECTOR_LINES + ISA_COM1)
#define GATE_INTERRUPT UINT64_C(0x8e00)
#define GATE_USER      UINT64_C(0x6000)
#define ENTRY_BYTES    16u

/* Interrupt gates: Intel SDM 3A 6.14.1. */
struct gate {
    uint64_t low, high;
};

/* Each counted from where it is itself, so that the table moves with the code. */
struct fixup {
    int32_t at, to;
};

extern const uint8_t trap_entries[];
extern const struct fixup __fixups_start[], __fixups_end[];

static struct gate idt[256];

static unsigned ist_of(unsigned vector)
{
    switch (vector) {
    case VECTOR_DEBUG:
        return CPU_IST_DEBUG;
    case VECTOR_NMI:
        return CPU_IST_NMI;
    case VECTOR_DOUBLE:
        return CPU_IST_DOUBLE;
    case VECTOR_MCE:
        return CPU_IST_MCE;
    default:
        return CPU_IST_NONE;
    }
}

static void idt_fill(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint64_t at = (uint64_t)(uintptr_t)trap_entries + v * ENTRY_BYTES;
        uint64_t type = GATE_INTERRUPT | ist_of(v);

        if (v == VECTOR_BREAKPOINT)
            type |= GATE_USER;
        idt[v].low = (at & 0xffff) | (uint64_t)SEL_KERNEL_CODE << 16 | type << 32 |
                     (at >> 16 & 0xffff) << 48;
        idt[v].high = at >> 32;
    }
}

void trap_load(void)
{
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)(uintptr_t)idt};

    if (hal_cpu_id() == 0)
        idt_fill();
    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

void trap_interrupt(unsigned vector)
{
    switch (vector) {
    case VECTOR_TIMER:
        apic_eoi();
        clock_interrupt();
        break;
    case VECTOR_IPI:
        apic_eoi();
        core_on_ipi();
        break;
    case VECTOR_COM1:
        metal_console_interrupt();
        apic_eoi();
        break;
    case VECTOR_NMI:
        panic_on_nmi(NULL);
        break;
    case VECTOR_SPURIOUS: /* no end of interrupt: Intel SDM 3A 11.9 */
        break;
    default:
        apic_eoi();
    }
}

static const char *fault_name(const struct trap_frame *f, uint64_t addr)
{
    switch (f->vector) {
    case VECTOR_DIVIDE:
        return "divide error";
    case VECTOR_BREAKPOINT:
    case VECTOR_DEBUG:
        return "debug trap";
    case VECTOR_ILLEGAL:
        return "invalid instruction";
    case VECTOR_DOUBLE:
        return paging_is_guard(f->rsp - 1) ? "stack overflow" : "double fault";
    case VECTOR_PROTECTION:
        return "general protection fault";
    case VECTOR_PAGE_FAULT:
        if (paging_is_guard(addr))
            return "stack overflow";
        return f->error & FAULT_FETCH   ? "page fault (execute)"
               : f->error & FAULT_WRITE ? "page fault (write)"
                                        : "page fault (read)";
    case VECTOR_MCE:
        return "machine check";
    default:
        return "unexpected exception";
    }
}

static _Noreturn void fault_report(const struct trap_frame *f)
{
    uint64_t addr = f->vector == VECTOR_PAGE_FAULT || f->vector == VECTOR_DOUBLE
                        ? insn_read_cr2()
                        : 0;
    struct hal_fault fault = {
        .pc = f->rip,
        .addr = addr,
        .fp = f->rbp,
        .what = fault_name(f, addr),
    };

    cpu_self()->fault = f;
    core_on_kernel_fault(&fault);
}

/* An access to user memory that faulted goes on somewhere else. */
static bool fixup_apply(struct trap_frame *f)
{
    if (f->vector != VECTOR_PAGE_FAULT && f->vector != VECTOR_PROTECTION &&
        f->vector != VECTOR_STACK)
        return false;
    for (const struct fixup *x = __fixups_start; x < __fixups_end; x++) {
        if ((uintptr_t)&x->at + (uint64_t)x->at == f->rip) {
            f->rip = (uintptr_t)&x->to + (uint64_t)x->to;
            return true;
        }
    }
    return false;
}

void trap_in_kernel(struct trap_frame *f)
{
    if (cpu_features.smap)
        insn_clac();
    if (f->vector == VECTOR_NMI) {
        panic_on_nmi(f);
    } else if (f->vector < VECTOR_EXCEPTIONS) {
        if (!fixup_apply(f))
            fault_report(f);
    } else {
        trap_interrupt((unsigned)f->vector);
        core_irq_exit();
    }
}

void hal_irq_enable_line(unsigned irq)
{
    if (irq != HAL_IRQ_CONSOLE)
        return;
    apic_route_isa(ISA_COM1, VECTOR_COM1);
    metal_console_enable_input();
}
