/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps of the kernel itself: interrupts, faults of copies, and mistakes.
 *
 * Owner:   bare-metal/riscv64.
 * Context: interrupts masked.
 * Locking: none.
 * Errors:  a fault that nothing expects goes to core_on_kernel_fault().
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_TRAP_H
#define CLOUDOS_BARE_METAL_RISCV64_TRAP_H

#include "hal/hal.h"

#define FRAME_PC 0
#define FRAME_RA 1
#define FRAME_SP 2
#define FRAME_FP 8 /* s0 */

/* What trap.S saves. */
struct trap_frame {
    uint64_t regs[32]; /* pc, then x1 .. x31 */
    uint64_t sstatus;
    uint64_t align;
    uint64_t link[2];
};

/* trap.S: code from the first to the second takes traps. */
void trap_entry(void);
void user_enter(struct user_regs *regs);

/* Called by trap.S. */
void trap_kernel(struct trap_frame *frame, uint64_t cause, uint64_t value);
_Noreturn void trap_no_stack(struct trap_frame *frame, uint64_t cause, uint64_t value);

#endif /* CLOUDOS_BARE_METAL_RISCV64_TRAP_H */
