/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's terminal: raw while the machine has it, as it was before on every way out.
 *
 * Owner:   hostsim/hal/console.c.
 * Context: terminal_restore(): anything, signal handlers included; the rest: the main thread,
 *          then the console's host thread.
 * Locking: none.
 * Errors:  none; without a terminal nothing happens.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_TERMINAL_H
#define CLOUDOS_HOSTSIM_HAL_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* Remember the settings of standard input and make it raw, if it is a terminal. */
void terminal_take(void);
void terminal_restore(void);
/* After terminal_restore(), when the machine goes on. */
void terminal_take_again(void);
bool terminal_is_raw(void);

#endif /* CLOUDOS_HOSTSIM_HAL_TERMINAL_H */
