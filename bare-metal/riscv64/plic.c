/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform-level interrupt controller: RISC-V PLIC specification 1.0, chapter 3. */
#include "bare-metal/riscv64/irq.h"
#include "bare-metal/riscv64/map.h"

/* Word offsets. */
#define ENABLE(line)   (0x2000 / 4 + plic.context * 0x80 / 4 + (line) / 32)
#define THRESHOLD      (0x200000 / 4 + plic.context * 0x1000 / 4)
#define CLAIM          (THRESHOLD + 1)
#define CONTEXT_END(c) (0x201000u + (uint64_t)(c)*0x1000u)
#define BYTES_MAX      0x4000000u

static struct {
    volatile uint32_t *regs;
    unsigned context;
} plic;

static void plic_enable(unsigned line)
{
    plic.regs[line] = 1; /* its priority */
    plic.regs[ENABLE(line)] |= 1u << line % 32;
}

static unsigned plic_claim(void)
{
    return plic.regs[CLAIM];
}

static void plic_done(unsigned line)
{
    plic.regs[CLAIM] = line;
}

bool plic_find(const struct fdt *f, uint64_t hart, unsigned console_line)
{
    static const struct irq_controller c = {plic_enable, plic_claim, plic_done};
    uint32_t node = fdt_find_compatible(f, 0, "riscv,plic0"), context, lines = 0;
    uint64_t base, len;

    if (node == FDT_NONE || !fdt_reg(f, node, 0, &base, &len) ||
        !fdt_u32(f, node, "riscv,ndev", &lines) || !irq_context(f, node, hart, &context))
        return false;
    if (len > BYTES_MAX || len < CONTEXT_END(context) || console_line == 0 ||
        console_line > lines)
        return false;
    plic.regs = map_device(base, len);
    plic.context = context;
    plic.regs[THRESHOLD] = 0;
    irq_controller_set(&c, console_line);
    return true;
}
