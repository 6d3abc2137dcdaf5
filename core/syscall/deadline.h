/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timeouts of calls: from what a program gives to a point on the monotonic clock and back.
 *
 * Owner:   the caller.
 * Context: any.
 * Locking: none.
 * Errors:  -EINVAL for a time that is none.
 */
#ifndef CLOUDOS_SYSCALL_DEADLINE_H
#define CLOUDOS_SYSCALL_DEADLINE_H

#include "abi/errno.h"
#include "abi/time.h"
#include "hal/hal.h"
#include "lib/base.h"

#define DEADLINE_NS_PER_SEC UINT64_C(1000000000)
/* Longer ones count as this: some 146 years. */
#define DEADLINE_SEC_MAX INT64_C(4611686018)

/* `ns` from now; 0 means "do not wait", which stays 0. */
static inline uint64_t deadline_after(uint64_t ns)
{
    uint64_t now = hal_time_ns();

    if (ns == 0)
        return 0;
    return ns >= HAL_NEVER - 1 - now ? HAL_NEVER - 1 : now + ns;
}

MUST_CHECK static inline int deadline_span(int64_t sec, int64_t nsec, uint64_t *out_ns)
{
    if (sec < 0 || nsec < 0 || nsec >= (int64_t)DEADLINE_NS_PER_SEC)
        return -EINVAL;
    *out_ns = (uint64_t)MIN(sec, DEADLINE_SEC_MAX) * DEADLINE_NS_PER_SEC + (uint64_t)nsec;
    return 0;
}

static inline uint64_t deadline_left(uint64_t deadline_ns)
{
    uint64_t now = hal_time_ns();

    return deadline_ns > now ? deadline_ns - now : 0;
}

#endif /* CLOUDOS_SYSCALL_DEADLINE_H */
