/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running programs: what the rest of the machine has to know of it.
 *
 * Owner:   bare-metal/riscv64/user.c.
 * Context: interrupts masked.
 * Locking: none; this CPU's.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_USER_H
#define CLOUDOS_BARE_METAL_RISCV64_USER_H

#include "arch/sigframe.h"
#include "hal/hal.h"

/* Floating-point state of one thread of a program, as its signal frame has it. */
struct fpu {
    struct sigframe_fpu state;
    unsigned
        cpu; /* whose registers have the same or newer state, if it is that CPU's `fpu` */
};

#define FPU_NO_CPU HAL_CPUS_MAX

/* Before another thread runs on this CPU: what the registers hold goes to memory. */
void user_fpu_save(void);

#endif /* CLOUDOS_BARE_METAL_RISCV64_USER_H */
