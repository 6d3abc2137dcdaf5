/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of the run that is going on: its hash, and a file if one was asked for.
 *
 * Owner:   hostsim/world.
 * Context: any host thread; a CPU, for events of a CPU.
 * Locking: inside, one lock for the whole stream: time stamps only grow.
 * Errors:  a file that cannot be written any more ends the machine with a message.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_TRACE_WRITE_H
#define CLOUDOS_HOSTSIM_WORLD_TRACE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"
#include "hostsim/hal/config.h"

/* Record from now on; to config->trace if that is not NULL.  False: that file cannot be
 * created, errno says why. */
bool trace_start(const struct machine_config *config);
/* The machine ends; the first call counts. */
void trace_stop(void);
/* How many events so far. */
uint64_t trace_count(void);

/* ---- events; nothing happens unless trace_start() was called ---- */

void trace_event_cpu(unsigned cpu, unsigned before, uint64_t points);
void trace_event_input(uint64_t points, const void *bytes, size_t len);
void trace_event_output(enum hal_stream stream, const void *bytes, size_t len);
void trace_event_interrupt(uint32_t pending, bool timer);
void trace_event_tlb_flush(uint64_t space, uint64_t va, uint64_t len);

#endif /* CLOUDOS_HOSTSIM_WORLD_TRACE_WRITE_H */
