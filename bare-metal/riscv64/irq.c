/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/irq.h"

#include "bare-metal/common/console.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/clock.h"

#define S_EXTERNAL   9u /* the interrupt of a CPU for lines, to S-mode */
#define CONTEXTS_MAX 15872u

static const struct irq_controller *controller; /* NULL: none */
static unsigned console_line;

bool irq_context(const struct fdt *f, uint32_t node, uint64_t hart, uint32_t *out)
{
    uint32_t phandle, irq;
    uint64_t reg, len;

    for (uint32_t i = 0; i < CONTEXTS_MAX; i++) {
        if (!fdt_cell(f, node, "interrupts-extended", 2 * i, &phandle) ||
            !fdt_cell(f, node, "interrupts-extended", 2 * i + 1, &irq))
            return false;
        uint32_t intc = fdt_by_phandle(f, phandle);
        uint32_t cpu = intc == FDT_NONE ? FDT_NONE : fdt_parent(f, intc);

        *out = i;
        if (irq == S_EXTERNAL && cpu != FDT_NONE && fdt_reg(f, cpu, 0, &reg, &len) &&
            reg == hart)
            return true;
    }
    return false;
}

void irq_controller_set(const struct irq_controller *c, unsigned line)
{
    controller = c;
    console_line = line;
}

void hal_irq_enable_line(unsigned irq)
{
    if (irq != HAL_IRQ_CONSOLE || !controller)
        return;
    controller->enable(console_line);
    metal_console_enable_input();
}

static void lines_take(void)
{
    for (unsigned i = 0; controller && i < IRQ_CLAIMS_MAX; i++) {
        unsigned line = controller->claim();

        if (line == 0)
            return;
        if (line == console_line)
            metal_console_interrupt();
        controller->done(line);
    }
}

void irq_take(uint64_t code)
{
    switch (code) {
    case IRQ_SOFT:
        csr_clear(sip, SIE_SOFT);
        cpu_check_stop();
        core_on_ipi();
        break;
    case IRQ_TIMER:
        clock_alarm_ticks(UINT64_MAX);
        core_on_timer();
        break;
    case IRQ_EXTERNAL:
        lines_take();
        break;
    default:
        break; /* no other is enabled */
    }
}

bool hal_irq_save(void)
{
    uint64_t before;

    __asm__ volatile("csrrci %0, sstatus, %1"
                     : "=r"(before)
                     : "i"(SSTATUS_SIE)
                     : "memory");
    return before & SSTATUS_SIE;
}

void hal_irq_restore(bool unmasked)
{
    if (unmasked)
        csr_set(sstatus, SSTATUS_SIE);
}

bool hal_irq_masked(void)
{
    return !(csr_read(sstatus) & SSTATUS_SIE);
}
