/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wall clock: the machine's, plus what somebody has set it forward or back.
 *
 * Owner:   sched.
 * Context: any.
 * Locking: none needed; the offset is atomic.
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_CLOCK_H
#define CLOUDOS_SCHED_CLOCK_H

#include "lib/base.h"

uint64_t clock_wall_ns(void); /* since 1970-01-01 UTC */
void clock_wall_set(uint64_t wall_ns);
/* The hal_time_ns() at which the wall clock shows `wall_ns`, as it is set now; 0 if past. */
uint64_t clock_wall_to_time(uint64_t wall_ns);

#endif /* CLOUDOS_SCHED_CLOCK_H */
