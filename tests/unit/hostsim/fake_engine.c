/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine that runs nothing: it counts what the machine tells it. */
#include "tests/unit/hostsim/fake_engine.h"

#include "hostsim/user/native.h"
#include "hostsim/user/sim/engine.h"

struct fake_engine_counts fake_engine_counts;

static int fake_init(void)
{
    fake_engine_counts.inits++;
    return 0;
}

static void fake_fini(void)
{
    fake_engine_counts.finis++;
}

static void fake_kick(unsigned cpu)
{
    (void)cpu;
    __atomic_fetch_add(&fake_engine_counts.kicks, 1, __ATOMIC_RELAXED);
}

static void fake_flush(uint64_t space, uint64_t va, uint64_t len)
{
    (void)space;
    (void)va;
    (void)len;
    fake_engine_counts.flushes++;
}

#define FAKE_ENGINE(name_)                                                               \
    {                                                                                    \
        .name = name_, .init = fake_init, .fini = fake_fini, .kick = fake_kick,          \
        .flush = fake_flush, .user_min = NATIVE_USER_MIN, .user_max = NATIVE_USER_MAX    \
    }

const struct engine_ops engine_native = FAKE_ENGINE("native");
const struct engine_ops engine_sim = FAKE_ENGINE("sim");
