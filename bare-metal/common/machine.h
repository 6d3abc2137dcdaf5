/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare machine provides for common/, beside its part of hal.h.
 *
 * Owner:   bare-metal/<arch>.
 * Context: any, interrupts masked; also while the kernel panics.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_MACHINE_H
#define CLOUDOS_BARE_METAL_COMMON_MACHINE_H

#include "hal/hal.h"

/* Stop every other CPU where it is, also with interrupts masked; waits a bounded time. */
void machine_stop_others(void);
/* Power off, reset, or at least stop.  `status` reaches a virtual machine's owner if there is a
 * way; for a panic it is never 0. */
_Noreturn void machine_end(enum hal_halt why, int status);

#endif /* CLOUDOS_BARE_METAL_COMMON_MACHINE_H */
