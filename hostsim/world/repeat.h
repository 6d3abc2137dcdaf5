/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How to come back to this point: what a seeded machine prints when it goes wrong.
 *
 * Owner:   hostsim/world.
 * Context: any; the machine ends.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_REPEAT_H
#define CLOUDOS_HOSTSIM_WORLD_REPEAT_H

/* Print the one command that repeats this run, and at which event it is.  `args` is the
 * process's command line of `len` bytes with NULs between, or NULL. */
void repeat_print(const char *args, unsigned long len);
/* Nothing will ever happen again: every CPU waits, for no timer and no input. */
_Noreturn void repeat_stuck(void);

#endif /* CLOUDOS_HOSTSIM_WORLD_REPEAT_H */
