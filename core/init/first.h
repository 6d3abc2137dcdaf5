/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an empty root to the first program, and from its end to power-off.
 *
 * Owner:   init.
 * Context: the boot thread.
 * Locking: none.
 * Errors:  each ends the machine with a message and a status as a shell would give.
 */
#ifndef CLOUDOS_INIT_FIRST_H
#define CLOUDOS_INIT_FIRST_H

#include "init/cmdline.h"

enum first_status {
    FIRST_STATUS_USAGE = 2, /* command line, initramfs */
    FIRST_STATUS_CANNOT_RUN = 126,
    FIRST_STATUS_NOT_FOUND = 127,
    FIRST_STATUS_SIGNAL = 128, /* + the signal's number */
};

/* Unpack the initramfs, mount what programs expect, run the program, halt with its status. */
_Noreturn void first_run(const struct cmdline *c);

#endif /* CLOUDOS_INIT_FIRST_H */
