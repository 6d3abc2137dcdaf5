/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/irq.h"

#include "bare-metal/common/console.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/clock.h"

/* Word offsets: PLIC specification, chapter 3. */
#define PLIC_ENABLE(context, line) (0x2000 / 4 + (context)*0x80 / 4 + (line) / 32)
#define PLIC_THRESHOLD(context)    (0x200000 / 4 + (context)*0x1000 / 4)
#define PLIC_CLAIM(context)        (PLIC_THRESHOLD(context) + 1)
#define CLAIMS_MAX                 64u /* at once: a line that never falls must not hang us */

static struct {
    volatile uint32_t *regs; /* NULL: none */
    unsigned context, console_line;
} plic;

void irq_plic_set(volatile uint32_t *regs, unsigned context, unsigned console_line)
{
    plic.regs = regs;
    plic.context = context;
    plic.console_line = console_line;
    regs[PLIC_THRESHOLD(context)] = 0;
}

void hal_irq_enable_line(unsigned irq)
{
    unsigned line = plic.console_line;

    if (irq != HAL_IRQ_CONSOLE || !plic.regs)
        return;
    plic.regs[line] = 1; /* its priority */
    plic.regs[PLIC_ENABLE(plic.context, line)] |= 1u << line % 32;
    metal_console_enable_input();
}

static void lines_take(void)
{
    for (unsigned i = 0; plic.regs && i < CLAIMS_MAX; i++) {
        uint32_t line = plic.regs[PLIC_CLAIM(plic.context)];

        if (line == 0)
            return;
        if (line == plic.console_line)
            metal_console_interrupt();
        plic.regs[PLIC_CLAIM(plic.context)] = line;
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
