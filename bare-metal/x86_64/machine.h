/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of this machine, put together by start.c.
 *
 * Owner:   bare-metal/x86_64.
 * Context: boot, one CPU, unless it says otherwise.
 * Locking: none.
 * Errors:  what cannot work ends the machine.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_MACHINE_H
#define CLOUDOS_BARE_METAL_X86_64_MACHINE_H

#include "bare-metal/common/acpi.h"
#include "bare-metal/common/boot.h"

/* What firmware said of this machine; constant after boot. */
extern struct acpi machine_acpi;

void serial_init(void);

/* ---- apic.c ---- */

void apic_init(struct boot *b);
/* Each CPU for itself. */
void apic_cpu_setup(void);
uint32_t apic_id(void);
void apic_eoi(void);
/* To another CPU, by its APIC's number. */
void apic_send_init(uint32_t apic);
void apic_send_start(uint32_t apic, uint32_t page);
void apic_send_nmi(uint32_t apic);
/* To all others; arrives also where interrupts are masked. */
void apic_send_nmi_to_others(void);
/* Interrupt this CPU after `ticks` of its timer, 0: do not. */
void apic_timer_start(uint64_t ticks);
/* What is left of what was started last. */
uint32_t apic_timer_left(void);
void apic_route_isa(unsigned isa, unsigned vector);

/* ---- clock.c ---- */

/* Measure the counters against a clock of known frequency. */
void clock_init(struct boot *b);
/* The timer's interrupt. */
void clock_interrupt(void);
void clock_delay_us(uint64_t us);

/* ---- smp.c ---- */

/* Number the CPUs and find a place for their first instructions. */
void smp_init(struct boot *b);
/* Park here if the machine is to stop. */
void smp_on_nmi(void);

#endif /* CLOUDOS_BARE_METAL_X86_64_MACHINE_H */
