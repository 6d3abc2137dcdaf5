/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: the process's standard streams.
 *
 * A host thread of its own reads standard input into a bounded buffer and stops reading while
 * that is full, so whoever writes to us is held up in turn.  The same thread takes the signals
 * that are sent to the process.  On a terminal it looks for the way out, Ctrl-A x, as every
 * other key belongs to the machine.
 *
 * Owner:   hostsim/hal.
 * Context: console_start(): the main thread, once everything else is ready.
 * Locking: inside.
 * Errors:  ends the process if the host has no threads or descriptors left.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_CONSOLE_H
#define CLOUDOS_HOSTSIM_HAL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

/* Block the signals that the console's thread will take; before any thread is created. */
void console_block_signals(void);
/* `reads`: standard input is the machine's input, as it comes. */
void console_start(bool reads);

/* Descriptors for the streams that do not go to the process's own; before any CPU runs. */
void console_streams_set(const int fds[HAL_STREAM_COUNT]);

/* Take up to `len` bytes that have come: count, 0 if none, HAL_CONSOLE_EOF after the last. */
int console_take(void *buf, size_t len);
/* For a world that asks instead of taking interrupts: is there something to take?  A look at
 * one flag. */
bool console_has_input(void);
/* Wait until there is, at most `ns` (HAL_NEVER: for ever); how long that took. */
uint64_t console_wait(uint64_t ns);

/* Filter typed bytes in place for the escape: how many are left for the machine.  *escaped
 * is set when the user wants out, *armed carries a lone Ctrl-A from one call to the next. */
unsigned console_filter_escape(unsigned char *buf, unsigned len, bool *armed,
                               bool *escaped);

#endif /* CLOUDOS_HOSTSIM_HAL_CONSOLE_H */
