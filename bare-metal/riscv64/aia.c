/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The advanced interrupt architecture: RISC-V AIA specification 1.0.  An APLIC (chapter 4) takes
 * the lines of devices and either interrupts CPUs itself or sends messages to their IMSICs
 * (chapter 3), where the number of a message is that of the line.
 */
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/irq.h"
#include "bare-metal/riscv64/map.h"

/* Words of an APLIC. */
#define DOMAINCFG     0
#define DOMAIN_IE     0x100u
#define DOMAIN_MSI    0x4u
#define SOURCE(line)  (line)
#define SOURCE_LEVEL  6u /* high */
#define INPUT(line)   (0x1d00 / 4 + (line) / 32)
#define SETIE_NUMBER  (0x1edc / 4)
#define SETIP_NUMBER  (0x2000 / 4) /* little endian */
#define TARGET(line)  (0x3000 / 4 + (line))
#define TARGET_CPU(i) ((uint32_t)(i) << 18)
#define IDC(i)        ((0x4000 + 32 * (i)) / 4)
#define IDC_DELIVERY  0
#define IDC_THRESHOLD 2
#define IDC_CLAIM     7
#define CLAIM_SHIFT   16
#define CLAIM_LINES   0x3ffu

#define CPUS_MAX 16384u /* of an APLIC */

/* Of an IMSIC, indirectly; files of 64 numbers. */
#define CSR_SISELECT    "0x150"
#define CSR_SIREG       "0x151"
#define CSR_STOPEI      "0x15c"
#define SI_DELIVERY     0x70
#define SI_THRESHOLD    0x72
#define SI_ENABLE(file) (0xc0 + 2 * (file))

static struct {
    volatile uint32_t *regs;
    uint32_t cpu; /* CPU 0, as the APLIC counts */
} aplic;

static void imsic_set(uint64_t which, uint64_t bits)
{
    __asm__ volatile("csrw " CSR_SISELECT ", %0\n\tcsrs " CSR_SIREG ", %1"
                     :
                     : "r"(which), "r"(bits)
                     : "memory");
}

static void source_enable(unsigned line, uint32_t target)
{
    aplic.regs[SOURCE(line)] = SOURCE_LEVEL;
    aplic.regs[TARGET(line)] = TARGET_CPU(aplic.cpu) | target;
    aplic.regs[SETIE_NUMBER] = line;
}

/* ---- without messages ---- */

static void direct_enable(unsigned line)
{
    source_enable(line, 1); /* its priority */
}

static unsigned direct_claim(void)
{
    return aplic.regs[IDC(aplic.cpu) + IDC_CLAIM] >> CLAIM_SHIFT & CLAIM_LINES;
}

/* A line that is still up is pending again. */
static void direct_done(unsigned line)
{
    (void)line;
}

static void direct_start(void)
{
    aplic.regs[DOMAINCFG] = DOMAIN_IE;
    aplic.regs[IDC(aplic.cpu) + IDC_THRESHOLD] = 0;
    aplic.regs[IDC(aplic.cpu) + IDC_DELIVERY] = 1;
}

/* ---- with messages ---- */

static void message_enable(unsigned line)
{
    imsic_set(SI_ENABLE(line / 64), UINT64_C(1) << line % 64);
    source_enable(line, line);
}

static unsigned message_claim(void)
{
    uint64_t top;

    __asm__ volatile("csrrw %0, " CSR_STOPEI ", zero" : "=r"(top) : : "memory");
    return top >> CLAIM_SHIFT & CLAIM_LINES;
}

/* A message is sent when the line rises.  If it is still up, one is sent now (4.9.2); QEMU 7.2
 * would send one whatever the line is. */
static void message_done(unsigned line)
{
    if (aplic.regs[INPUT(line)] & 1u << line % 32)
        aplic.regs[SETIP_NUMBER] = line;
}

static void message_start(void)
{
    aplic.regs[DOMAINCFG] = DOMAIN_IE | DOMAIN_MSI;
    imsic_set(SI_DELIVERY, 1);
    __asm__ volatile("csrw " CSR_SISELECT ", %0\n\tcsrw " CSR_SIREG ", zero"
                     :
                     : "r"((uint64_t)SI_THRESHOLD)
                     : "memory");
}

/* ---- finding it ---- */

/* The APLIC of S-mode: it interrupts S-mode of `hart` itself, or its IMSICs do. */
static bool aplic_suits(const struct fdt *f, uint32_t node, uint64_t hart, unsigned line,
                        bool *by_message)
{
    uint32_t parent, numbers;

    *by_message = fdt_u32(f, node, "msi-parent", &parent);
    if (!*by_message)
        return irq_context(f, node, hart, &aplic.cpu);
    parent = fdt_by_phandle(f, parent);
    return parent != FDT_NONE && fdt_u32(f, parent, "riscv,num-ids", &numbers) &&
           line <= numbers && irq_context(f, parent, hart, &aplic.cpu);
}

bool aia_find(const struct fdt *f, uint64_t hart, unsigned line)
{
    static const struct irq_controller direct = {direct_enable, direct_claim,
                                                 direct_done};
    static const struct irq_controller message = {message_enable, message_claim,
                                                  message_done};
    uint32_t node = fdt_find_compatible(f, 0, "riscv,aplic"), lines = 0;
    uint64_t base, len;
    bool by_message;

    while (node != FDT_NONE && !aplic_suits(f, node, hart, line, &by_message))
        node = fdt_find_compatible(f, node, "riscv,aplic");
    if (node == FDT_NONE || !fdt_reg(f, node, 0, &base, &len) ||
        !fdt_u32(f, node, "riscv,num-sources", &lines))
        return false;
    if (aplic.cpu >= CPUS_MAX || line == 0 || line > MIN(lines, CLAIM_LINES) ||
        len < (by_message ? 0x4000 : 4 * (uint64_t)IDC(aplic.cpu + 1)))
        return false;
    aplic.regs = map_device(base, len);
    if (by_message)
        message_start();
    else
        direct_start();
    irq_controller_set(by_message ? &message : &direct, line);
    return true;
}
