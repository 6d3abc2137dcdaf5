/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of this CPU, and the platform-level controller (RISC-V PLIC specification 1.0).
 *
 * Owner:   bare-metal/riscv64.
 * Context: interrupts masked; irq_plic_set() at boot.
 * Locking: none: lines go to CPU 0 alone, which is the only one to claim.
 * Errors:  without a controller there are no lines; the console has no input then.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_IRQ_H
#define CLOUDOS_BARE_METAL_RISCV64_IRQ_H

#include "hal/hal.h"

/* The controller's registers, its context of CPU 0 in S-mode, and the console's line. */
void irq_plic_set(volatile uint32_t *regs, unsigned context, unsigned console_line);
/* Interrupt `code` of scause has arrived. */
void irq_take(uint64_t code);

#endif /* CLOUDOS_BARE_METAL_RISCV64_IRQ_H */
