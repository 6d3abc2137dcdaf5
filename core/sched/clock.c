/* SPDX-License-Identifier: BSD-2-Clause */
/* The wall clock. */
#include "sched/clock.h"

#include "hal/hal.h"
#include "lib/atomic.h"

static uint64_t offset_ns; /* atomic; added modulo 2^64 */

uint64_t clock_wall_ns(void)
{
    return hal_wall_ns() + atomic_load_relaxed(&offset_ns);
}

void clock_wall_set(uint64_t wall_ns)
{
    atomic_store(&offset_ns, wall_ns - hal_wall_ns());
}

uint64_t clock_wall_to_time(uint64_t wall_ns)
{
    uint64_t now_ns = hal_time_ns();
    uint64_t wall_now_ns = clock_wall_ns();

    if (wall_ns >= wall_now_ns)
        return wall_ns - wall_now_ns < UINT64_MAX - now_ns
                   ? now_ns + (wall_ns - wall_now_ns)
                   : UINT64_MAX - 1;
    return wall_now_ns - wall_ns < now_ns ? now_ns - (wall_now_ns - wall_ns) : 0;
}
