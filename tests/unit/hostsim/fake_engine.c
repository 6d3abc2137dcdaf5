/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine that runs nothing: it counts what the machine tells it. */
#include "tests/unit/hostsim/fake_engine.h"

#include "hostsim/user/native.h"

struct fake_engine_counts fake_engine_counts;

int native_init(void)
{
    fake_engine_counts.inits++;
    return 0;
}

void native_fini(void)
{
    fake_engine_counts.finis++;
}

void native_kick(unsigned cpu)
{
    (void)cpu;
    __atomic_fetch_add(&fake_engine_counts.kicks, 1, __ATOMIC_RELAXED);
}

void native_flush(uint64_t space, uint64_t va, uint64_t len)
{
    (void)space;
    (void)va;
    (void)len;
    fake_engine_counts.flushes++;
}
