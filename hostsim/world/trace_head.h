/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of a trace: which run it is of, and what its events are.
 *
 * Owner:   hostsim/world.
 * Context: trace_head_make(): the main thread, before any CPU runs; the rest: any.
 * Locking: none; constant afterwards.
 * Errors:  ends the process if the host has no memory.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_TRACE_HEAD_H
#define CLOUDOS_HOSTSIM_WORLD_TRACE_HEAD_H

#include <stdbool.h>

#include "hostsim/hal/config.h"

/* Read the core's descriptions of its tracepoints. */
void trace_head_init(void);

/* Build, seed and machine, one "key value" a line: runs for which it is the same, and their
 * input, are the same.  malloc'd. */
char *trace_head_identity(const struct machine_config *config);
/* All of the head, up to its empty line.  malloc'd. */
char *trace_head_make(const struct machine_config *config);

/* The number of the tracepoint of that name; UINT_MAX: there is none. */
unsigned trace_head_find(const char *name);
/* How many arguments tracepoint `id` has; is its argument `i` a signed number? */
unsigned trace_head_args(unsigned id);
bool trace_head_signed(unsigned id, unsigned i);

#endif /* CLOUDOS_HOSTSIM_WORLD_TRACE_HEAD_H */
