/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt controller: Arm GIC Architecture Specification v3 (IHI 0069), chapter 12.
 *
 * Everything is in group 1 and comes as IRQ, but for one: with which a CPU stops the others or
 * asks one for its stack is in group 0, comes as FIQ, and so also where interrupts are masked.
 */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/paging.h"

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_IPRIORITYR 0x0400
#define GICD_IGRPMODR   0x0d00
#define GICD_IROUTER    0x6000
#define GICD_BYTES      0x10000u

#define CTLR_GROUPS      0x03u
#define CTLR_ARE         0x10u
#define CTLR_ONE_STATE   0x40u
#define CTLR_RWP         0x80000000u
#define TYPER_LINES(v)   (32u * (((v)&31u) + 1))
#define LINES_MAX        1020u
#define REDIST_REGIONS   8u
#define GICR_WAKER       0x0014
#define GICR_TYPER       0x0008
#define GICR_FRAME       0x10000u
#define GICR_BYTES       (2 * GICR_FRAME)
#define GICR_SGI         GICR_FRAME /* the second frame: registers as of the distributor */
#define GICR_TYPER_VLPIS 0x02u
#define GICR_TYPER_LAST  0x10u
#define WAKER_SLEEP      0x2u
#define WAKER_ASLEEP     0x4u

#define PRIORITY     0x80u
#define PRIORITY_FIQ 0x00u
#define SPINS        1000000u

#define SGI_ID(sgi)    ((uint64_t)(sgi) << 24)
#define SGI_ALL_OTHERS (UINT64_C(1) << 40)

static volatile uint8_t *distributor;
static bool has_group0;
static unsigned lines;

/* Where the redistributors of CPUs are. */
static struct {
    volatile uint8_t *at;
    uint64_t len;
} region[REDIST_REGIONS];
static unsigned regions;

static void wait_clear(volatile uint8_t *reg, uint32_t bits)
{
    for (unsigned i = 0; i < SPINS; i++) {
        if (!(mmio_read32(reg) & bits))
            return;
    }
    boot_die("the interrupt controller does not answer");
}

static void distributor_init(void)
{
    uint64_t here = cpu_mpidr();

    mmio_write32(distributor + GICD_CTLR, 0);
    wait_clear(distributor + GICD_CTLR, CTLR_RWP);
    has_group0 = mmio_read32(distributor + GICD_CTLR) & CTLR_ONE_STATE;
    lines = TYPER_LINES(mmio_read32(distributor + GICD_TYPER));
    lines = lines < LINES_MAX ? lines : LINES_MAX;
    for (unsigned i = 32; i < lines; i += 32) {
        mmio_write32(distributor + GICD_ICENABLER + i / 8, UINT32_MAX);
        mmio_write32(distributor + GICD_IGROUPR + i / 8, UINT32_MAX);
        mmio_write32(distributor + GICD_IGRPMODR + i / 8, 0);
    }
    for (unsigned i = 32; i < lines; i += 4)
        mmio_write32(distributor + GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
    mmio_write32(distributor + GICD_CTLR, CTLR_ARE);
    wait_clear(distributor + GICD_CTLR, CTLR_RWP);
    for (unsigned i = 32; i < lines; i++)
        mmio_write64(distributor + GICD_IROUTER + 8 * (uint64_t)i, here);
    mmio_write32(distributor + GICD_CTLR, CTLR_ARE | CTLR_GROUPS);
    wait_clear(distributor + GICD_CTLR, CTLR_RWP);
}

void gic_init(const struct fdt *f)
{
    uint32_t node = fdt_find_compatible(f, 0, "arm,gic-v3"), count = 1;
    uint64_t base, len;

    if (node == FDT_NONE)
        boot_die("the device tree names no GICv3");
    (void)fdt_u32(f, node, "#redistributor-regions", &count);
    if (!fdt_reg(f, node, 0, &base, &len) || len < GICD_BYTES || count == 0 ||
        count > REDIST_REGIONS)
        boot_die("the device tree says no good about the GICv3");
    distributor = paging_map_device(base, GICD_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        if (!fdt_reg(f, node, 1 + i, &base, &len) || len < GICR_BYTES)
            boot_die("the GICv3's redistributors are not where they should be");
        len = len < GICR_BYTES * HAL_CPUS_MAX ? len : GICR_BYTES * HAL_CPUS_MAX;
        region[regions].at = paging_map_device(base, len);
        region[regions++].len = len;
    }
    distributor_init();
}

static volatile uint8_t *redistributor_find(uint64_t mpidr)
{
    uint64_t affinity = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);

    for (unsigned i = 0; i < regions; i++) {
        for (uint64_t at = 0; at + GICR_BYTES <= region[i].len;) {
            uint64_t type = mmio_read64(region[i].at + at + GICR_TYPER);

            if (type >> 32 == affinity)
                return region[i].at + at;
            if (type & GICR_TYPER_LAST)
                break;
            at += type & GICR_TYPER_VLPIS ? 2 * GICR_BYTES : GICR_BYTES;
        }
    }
    return NULL;
}

static void redistributor_setup(volatile uint8_t *r)
{
    volatile uint8_t *own = r + GICR_SGI;

    mmio_write32(r + GICR_WAKER, mmio_read32(r + GICR_WAKER) & ~WAKER_SLEEP);
    wait_clear(r + GICR_WAKER, WAKER_ASLEEP);
    mmio_write32(own + GICD_ICENABLER, UINT32_MAX);
    mmio_write32(own + GICD_IGROUPR, has_group0 ? ~(1u << GIC_SGI_FIQ) : UINT32_MAX);
    mmio_write32(own + GICD_IGRPMODR, 0);
    for (unsigned i = 0; i < 32; i += 4)
        mmio_write32(own + GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
    own[GICD_IPRIORITYR + GIC_SGI_FIQ] = PRIORITY_FIQ;
    mmio_write32(own + GICD_ISENABLER, 1u << GIC_SGI_FIQ | 1u << GIC_SGI_IPI);
}

void gic_cpu_setup(void)
{
    struct cpu *cpu = cpu_self();

    cpu->redistributor = redistributor_find(cpu->mpidr);
    if (!cpu->redistributor)
        boot_die("CPU %u has no redistributor", cpu->id);
    redistributor_setup(cpu->redistributor);
    insn_write_sysreg(S3_0_C12_C12_5, 7); /* ICC_SRE_EL1 */
    insn_isb();
    insn_write_sysreg(S3_0_C4_C6_0, 0xff); /* ICC_PMR_EL1: every priority */
    insn_write_sysreg(S3_0_C12_C12_3, 0);  /* ICC_BPR1_EL1 */
    insn_write_sysreg(S3_0_C12_C12_4, 0);  /* ICC_CTLR_EL1: one write ends */
    if (has_group0)
        insn_write_sysreg(S3_0_C12_C12_6, 1); /* ICC_IGRPEN0_EL1 */
    insn_write_sysreg(S3_0_C12_C12_7, 1);     /* ICC_IGRPEN1_EL1 */
    insn_isb();
}

/* A private interrupt is that of the calling CPU. */
void gic_enable(unsigned intid)
{
    volatile uint8_t *at =
        intid < 32 ? cpu_self()->redistributor + GICR_SGI : distributor;

    if (intid != 0 && intid < lines)
        mmio_write32(at + GICD_ISENABLER + intid / 32 * 4, 1u << intid % 32);
}

unsigned gic_acknowledge(void)
{
    unsigned intid = (unsigned)insn_read_sysreg(S3_0_C12_C12_0) & 0xffffff;

    insn_dsb();
    return intid;
}

void gic_end(unsigned intid)
{
    insn_write_sysreg(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

/* What to write to an ICC_SGI*R_EL1 register. */
static uint64_t sgi_to(unsigned cpu, unsigned sgi)
{
    uint64_t m = cpus[cpu].mpidr;
    uint64_t aff0 = m & 0xff;

    return (m >> 32 & 0xff) << 48 | (aff0 >> 4) << 44 | (m >> 16 & 0xff) << 32 |
           SGI_ID(sgi) | (m >> 8 & 0xff) << 16 | UINT64_C(1) << (aff0 & 15);
}

void hal_ipi_send(unsigned cpu)
{
    __asm__ volatile("dsb ishst" : : : "memory"); /* what the other is to see */
    insn_write_sysreg(S3_0_C12_C11_5, sgi_to(cpu, GIC_SGI_IPI)); /* ICC_SGI1R_EL1 */
    insn_isb();
}

static bool fiq_send(uint64_t v)
{
    if (!has_group0)
        return false;
    insn_dsb();
    insn_write_sysreg(S3_0_C12_C11_7, v); /* ICC_SGI0R_EL1 */
    insn_isb();
    return true;
}

bool gic_send_fiq(unsigned cpu)
{
    return fiq_send(sgi_to(cpu, GIC_SGI_FIQ));
}

bool gic_send_fiq_to_others(void)
{
    return fiq_send(SGI_ALL_OTHERS | SGI_ID(GIC_SGI_FIQ));
}

bool gic_fiq_was_sent(void)
{
    unsigned intid = (unsigned)insn_read_sysreg(S3_0_C12_C8_0) & 0xffffff;

    if (intid < GIC_SPECIAL)
        insn_write_sysreg(S3_0_C12_C8_1, intid);
    return intid == GIC_SGI_FIQ;
}
