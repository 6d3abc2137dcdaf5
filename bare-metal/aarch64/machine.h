/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of this machine, put together by start.c.  What they need to know of the device tree
 * they read in their init function; it is gone after boot.
 *
 * Owner:   bare-metal/aarch64.
 * Context: boot, one CPU, unless it says otherwise.
 * Locking: none.
 * Errors:  what cannot work ends the machine.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_MACHINE_H
#define CLOUDOS_BARE_METAL_AARCH64_MACHINE_H

#include "bare-metal/common/boot.h"
#include "bare-metal/common/fdt.h"

/* ---- tree.c ---- */

/* RAM, command line, initramfs. */
void tree_read_boot(const struct fdt *f, struct boot *b);
/* Interrupt `i` of a node, as the GIC numbers it; 0: there is none. */
unsigned tree_interrupt(const struct fdt *f, uint32_t node, uint32_t i);
/* Registers `i` of the first enabled device of a kind. */
bool tree_device(const struct fdt *f, const char *kind, uint32_t i, uint64_t *base,
                 uint64_t *len);

/* ---- serial.c ---- */

/* Before the device tree has been read: a debugger's console, if one listens. */
void serial_init_early(void);
void serial_init(const struct fdt *f);
unsigned serial_intid(void);

/* ---- gic.c ---- */

#define GIC_SGI_FIQ 0u /* group 0, which comes as FIQ */
#define GIC_SGI_IPI 1u
#define GIC_SPECIAL 1020u

void gic_init(const struct fdt *f);
/* Each CPU for itself. */
void gic_cpu_setup(void);
void gic_enable(unsigned intid);
unsigned gic_acknowledge(void);
void gic_end(unsigned intid);
/* Interrupt one or all others even where they have interrupts masked; false where group 0 is not
 * ours. */
bool gic_send_fiq(unsigned cpu);
bool gic_send_fiq_to_others(void);
/* In the FIQ: was it one of these? */
bool gic_fiq_was_sent(void);

/* ---- clock.c ---- */

void clock_init(const struct fdt *f);
void clock_cpu_setup(void);
unsigned clock_intid(void);
void clock_interrupt(void);

/* ---- smp.c ---- */

void smp_init(const struct fdt *f, struct boot *b);
/* `f` is what the kernel was doing, NULL if user code ran. */
struct trap_frame;
void smp_on_fiq(const struct trap_frame *f);

/* ---- power.c ---- */

#define PSCI_CPU_ON 0xc4000003u

void power_init(const struct fdt *f);
int64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);

/* ---- hwcap.c ---- */

/* Bits of AT_HWCAP and AT_HWCAP2. */
void hwcap_read(uint64_t hwcap[2]);

/* ---- entropy.c ---- */

void entropy_init(const struct fdt *f);

#endif /* CLOUDOS_BARE_METAL_AARCH64_MACHINE_H */
