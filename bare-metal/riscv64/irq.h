/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of this CPU, and the controllers that bring it the console's: the platform-level one
 * (PLIC) or the advanced architecture's (AIA).
 *
 * Owner:   bare-metal/riscv64.
 * Context: interrupts masked; plic_find(), aia_find() at boot.
 * Locking: none: lines go to CPU 0 alone, which is the only one to claim.
 * Errors:  without a controller there are no lines; the console has no input then.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_IRQ_H
#define CLOUDOS_BARE_METAL_RISCV64_IRQ_H

#include "bare-metal/common/fdt.h"
#include "hal/hal.h"

#define IRQ_CLAIMS_MAX 64u /* at once: a line that never falls must not hang us */

struct irq_controller {
    void (*enable)(unsigned line);
    /* The line that waits, which then is not claimed any more once done() is called; 0: none. */
    unsigned (*claim)(void);
    void (*done)(unsigned line);
};

/* Is there such a controller for S-mode of `hart`?  Then the console's line goes through it. */
MUST_CHECK bool plic_find(const struct fdt *f, uint64_t hart, unsigned console_line);
MUST_CHECK bool aia_find(const struct fdt *f, uint64_t hart, unsigned console_line);

/* Where S-mode of `hart` stands in the list of what `node` is wired to. */
MUST_CHECK bool irq_context(const struct fdt *f, uint32_t node, uint64_t hart,
                            uint32_t *out);
void irq_controller_set(const struct irq_controller *c, unsigned console_line);

/* Interrupt `code` of scause has arrived. */
void irq_take(uint64_t code);

#endif /* CLOUDOS_BARE_METAL_RISCV64_IRQ_H */
