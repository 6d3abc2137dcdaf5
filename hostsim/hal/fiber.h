/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tools must be told about stacks: valgrind always, a sanitizer when it is built in.
 *
 * A tool's handles stay in a host-side table; a context holds its index, hal_context.tag.
 *
 * Owner:   hostsim/hal.
 * Context: a virtual CPU, interrupts masked.
 * Locking: a host mutex around the table's free list.
 * Errors:  none; running out of entries ends the machine.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_FIBER_H
#define CLOUDOS_HOSTSIM_HAL_FIBER_H

#include "hal/hal.h"
#include "hostsim/hal/checker.h"

#if CHECKER_TSAN
/* Functions that leave on another stack than they entered on must not keep the tool's own
 * record of calls. */
#define FIBER_SWITCHES __attribute__((no_sanitize("thread"), noinline))
#else
#define FIBER_SWITCHES
#endif

uint64_t fiber_create(void *stack, size_t len);
void fiber_destroy(uint64_t fiber);

#if CHECKER_SANITIZER
/* Name the host thread's own stack. */
uint64_t fiber_adopt(void);
/* Around the switch: on the old stack before it, on the new one after it. */
void fiber_leave(struct hal_context *from, struct hal_context *to);
void fiber_arrive(void);
#else
static inline uint64_t fiber_adopt(void)
{
    return 0;
}

static inline void fiber_leave(struct hal_context *from, struct hal_context *to)
{
    (void)from;
    (void)to;
}

static inline void fiber_arrive(void)
{
}
#endif

#endif /* CLOUDOS_HOSTSIM_HAL_FIBER_H */
