/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ends of the machine.  Exit status: the core's at power-off, else one of these.
 *
 * Owner:   hostsim/hal.
 * Context: any host thread.
 * Locking: the first end wins; later ones wait for the process to go.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_HALT_H
#define CLOUDOS_HOSTSIM_HAL_HALT_H

#include <stdbool.h>
#include <stdint.h>

enum machine_status {
    MACHINE_STATUS_HOST = 1,     /* the host failed us */
    MACHINE_STATUS_REQUEST = 2,  /* such a machine cannot be built */
    MACHINE_STATUS_ESCAPE = 130, /* ended from the keyboard */
    MACHINE_STATUS_PANIC = 134,
};

/* End the process as signal `sig` would have, with the terminal as it was. */
_Noreturn void halt_by_signal(int sig);
/* Pull the plug. */
_Noreturn void halt_now(int status);
/* On the main thread's or a CPU's own host stack, after hal_halt(HAL_HALT_POWEROFF). */
_Noreturn void halt_exit(void);

/* Print one word of a command line as a shell would want it. */
void halt_print_word(const char *word);

#endif /* CLOUDOS_HOSTSIM_HAL_HALT_H */
