/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers: the local APIC of each CPU (Intel SDM 3A 11), as memory or as MSRs
 * (x2APIC), and the I/O APICs.
 */
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"

#define MSR_APIC_BASE 0x1b
#define BASE_ENABLE   (1u << 11)
#define BASE_X2APIC   (1u << 10)
#define MSR_X2APIC    0x800

#define REG_ID           0x20
#define REG_TPR          0x80
#define REG_EOI          0xb0
#define REG_SPURIOUS     0xf0
#define REG_ICR          0x300
#define REG_ICR_HIGH     0x310
#define REG_LVT_TIMER    0x320
#define REG_LVT_LINT0    0x350
#define REG_LVT_LINT1    0x360
#define REG_LVT_ERROR    0x370
#define REG_TIMER_START  0x380
#define REG_TIMER_LEFT   0x390
#define REG_TIMER_DIVIDE 0x3e0

#define SPURIOUS_ENABLE 0x100u
#define LVT_MASKED      0x10000u
#define LVT_NMI         0x400u
#define LVT_DEADLINE    0x40000u
#define DIVIDE_BY_1     0xbu
#define ICR_NMI         0x400u
#define ICR_INIT        0x500u
#define ICR_STARTUP     0x600u
#define ICR_PENDING     0x1000u
#define ICR_ASSERT      0x4000u
#define ICR_OTHERS      0xc0000u

#define ICR_SPINS 1000000u

#define IOAPIC_SELECT      0x00
#define IOAPIC_DATA        0x10
#define IOAPIC_REG_VERSION 1
#define IOAPIC_REG_TABLE   0x10
#define ENTRY_MASKED       0x10000u
#define ENTRY_LEVEL        0x8000u
#define ENTRY_ACTIVE_LOW   0x2000u

#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA  0xa1

static volatile uint8_t *lapic; /* NULL: x2APIC */
static volatile uint8_t *ioapics[ACPI_IOAPICS_MAX];

static uint32_t apic_read(unsigned reg)
{
    if (lapic)
        return mmio_read32(lapic + reg);
    return (uint32_t)insn_rdmsr(MSR_X2APIC + (reg >> 4));
}

static void apic_write(unsigned reg, uint32_t v)
{
    if (lapic)
        mmio_write32(lapic + reg, v);
    else
        insn_wrmsr(MSR_X2APIC + (reg >> 4), v);
}

/* Interrupts are masked: the two halves belong together. */
static void icr_write(uint32_t apic, uint32_t command)
{
    if (!lapic) {
        /* Stores before it are to be seen by who is interrupted: Intel SDM 3A 11.12.3. */
        __asm__ volatile("mfence; lfence" : : : "memory");
        insn_wrmsr(MSR_X2APIC + (REG_ICR >> 4), (uint64_t)apic << 32 | command);
        return;
    }
    for (unsigned i = 0; i < ICR_SPINS && (apic_read(REG_ICR) & ICR_PENDING); i++)
        insn_pause();
    apic_write(REG_ICR_HIGH, apic << 24);
    apic_write(REG_ICR, command);
}

static void send(uint32_t apic, uint32_t command)
{
    bool unmasked = hal_irq_save();

    icr_write(apic, command);
    hal_irq_restore(unmasked);
}

void apic_send_init(uint32_t apic)
{
    send(apic, ICR_INIT | ICR_ASSERT);
}

void apic_send_start(uint32_t apic, uint32_t page)
{
    send(apic, ICR_STARTUP | ICR_ASSERT | page >> 12);
}

void apic_send_nmi(uint32_t apic)
{
    send(apic, ICR_NMI | ICR_ASSERT);
}

void apic_send_nmi_to_others(void)
{
    send(0, ICR_NMI | ICR_ASSERT | ICR_OTHERS);
}

void hal_ipi_send(unsigned cpu)
{
    send(cpus[cpu].apic_id, VECTOR_IPI | ICR_ASSERT);
}

uint32_t apic_id(void)
{
    return lapic ? apic_read(REG_ID) >> 24 : apic_read(REG_ID);
}

void apic_eoi(void)
{
    apic_write(REG_EOI, 0);
}

void apic_timer_start(uint64_t ticks)
{
    apic_write(REG_TIMER_START, ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks);
}

uint32_t apic_timer_left(void)
{
    return apic_read(REG_TIMER_LEFT);
}

void apic_cpu_setup(void)
{
    uint64_t base = insn_rdmsr(MSR_APIC_BASE);

    insn_wrmsr(MSR_APIC_BASE, base | BASE_ENABLE);
    if (!lapic)
        insn_wrmsr(MSR_APIC_BASE, base | BASE_ENABLE | BASE_X2APIC);
    apic_write(REG_TPR, 0);
    apic_write(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    apic_write(REG_LVT_LINT0, LVT_MASKED);
    apic_write(REG_LVT_LINT1, LVT_NMI);
    apic_write(REG_LVT_ERROR, LVT_MASKED);
    apic_write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(REG_LVT_TIMER,
               VECTOR_TIMER | (cpu_features.tsc_deadline ? LVT_DEADLINE : 0));
    /* Intel SDM 3A 11.5.4.1: the mode before the first deadline. */
    __asm__ volatile("mfence" : : : "memory");
}

/* ---- I/O APICs ---- */

static uint32_t ioapic_read(volatile uint8_t *io, unsigned reg)
{
    mmio_write32(io + IOAPIC_SELECT, reg);
    return mmio_read32(io + IOAPIC_DATA);
}

static void ioapic_write(volatile uint8_t *io, unsigned reg, uint32_t v)
{
    mmio_write32(io + IOAPIC_SELECT, reg);
    mmio_write32(io + IOAPIC_DATA, v);
}

static unsigned ioapic_inputs(volatile uint8_t *io)
{
    return (ioapic_read(io, IOAPIC_REG_VERSION) >> 16 & 0xff) + 1;
}

/* An input to the boot CPU. */
static void route(uint32_t gsi, uint32_t entry)
{
    for (unsigned i = 0; i < machine_acpi.ioapic_count; i++) {
        uint32_t input = gsi - machine_acpi.ioapic[i].first_gsi;

        if (gsi < machine_acpi.ioapic[i].first_gsi || input >= ioapic_inputs(ioapics[i]))
            continue;
        ioapic_write(ioapics[i], IOAPIC_REG_TABLE + 2 * input + 1, cpus[0].apic_id << 24);
        ioapic_write(ioapics[i], IOAPIC_REG_TABLE + 2 * input, entry);
    }
}

void apic_route_isa(unsigned isa, unsigned vector)
{
    for (unsigned i = 0; i < machine_acpi.override_count; i++) {
        const struct acpi_override *o = &machine_acpi.override[i];

        if (o->isa == isa) {
            route(o->gsi, vector | (o->active_low ? ENTRY_ACTIVE_LOW : 0) |
                              (o->level ? ENTRY_LEVEL : 0));
            return;
        }
    }
    route(isa, vector);
}

void apic_init(struct boot *b)
{
    insn_outb(PIC_MASTER_DATA, 0xff); /* the old controllers stay silent */
    insn_outb(PIC_SLAVE_DATA, 0xff);
    if (!cpu_features.x2apic)
        lapic = paging_map_device(b, machine_acpi.lapic_pa, HAL_PAGE_SIZE);
    for (unsigned i = 0; i < machine_acpi.ioapic_count; i++) {
        ioapics[i] = paging_map_device(b, machine_acpi.ioapic[i].pa, HAL_PAGE_SIZE);
        for (unsigned input = 0; input < ioapic_inputs(ioapics[i]); input++)
            ioapic_write(ioapics[i], IOAPIC_REG_TABLE + 2 * input, ENTRY_MASKED);
    }
}
