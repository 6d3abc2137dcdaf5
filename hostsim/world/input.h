/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the console of a seeded machine reads, and when.
 *
 * A pipe or a file is read to its end before the machine starts, and all of it is there from
 * the beginning.  What is typed on a terminal comes when it comes: the moment is written into
 * the trace, and --replay takes it from there.
 *
 * Owner:   hostsim/world.
 * Context: input_init(), input_describe(): the main thread, before any CPU runs.  The rest: the
 *          one host thread of the seeded world.
 * Locking: none needed.
 * Errors:  input_init() ends the process: 2 for a recording that does not fit, 1 if the host
 *          fails.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_INPUT_H
#define CLOUDOS_HOSTSIM_WORLD_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hostsim/hal/config.h"

void input_init(const struct machine_config *config);
/* Once the trace has begun: take what is there before the machine starts. */
void input_start(void);
/* A line for the head of the trace. */
void input_describe(FILE *to);
/* Does the machine see a terminal?  (It may be a recorded one.) */
bool input_is_tty(void);
/* Is standard input to be read while the machine runs? */
bool input_is_live(void);

/* hal_console_read() and hal_console_size() */
int input_take(void *buf, size_t len);
void input_size(uint16_t *rows, uint16_t *cols);

/* `points` points have been passed: what arrives at this one arrives now. */
void input_poll(uint64_t points);
/* Nothing can happen before `deadline_ns` but input: the time at which to poll again, HAL_NEVER
 * if no input will ever come and there is no deadline. */
uint64_t input_wait(uint64_t points, uint64_t now_ns, uint64_t deadline_ns);

#endif /* CLOUDOS_HOSTSIM_WORLD_INPUT_H */
