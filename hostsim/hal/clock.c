/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and the one timer of each CPU.
 *
 * The clock is the world's.  Asking "has my deadline passed?" must be cheaper than reading it,
 * so the deadline is also kept as a value of the host's cycle counter before which it cannot
 * have passed, estimated on the early side.  Once that is reached the clock decides; if it
 * was too early, the estimate for the rest is better.  Without a steady counter the clock is
 * read each time.
 */
#include "hostsim/hal/vcpu.h"

#include <cpuid.h>

#include "hostsim/world/world.h"

#define CALIBRATE_NS 200000u

/* Cycles in 1024 ns, a little less than measured; 0: the counter is not to be trusted. */
static uint64_t cycles_per_1024ns;

static bool counter_is_steady(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

void clock_init(void)
{
    uint64_t tsc, start;

    if (world->exact || !counter_is_steady())
        return;
    tsc = clock_tsc();
    start = world->time_ns();
    while (world->time_ns() - start < CALIBRATE_NS)
        __builtin_ia32_pause();
    cycles_per_1024ns = (clock_tsc() - tsc) * 1024 / (world->time_ns() - start);
    cycles_per_1024ns -= cycles_per_1024ns / 512;
}

static void look_again_in(struct vcpu *cpu, uint64_t ns)
{
    /* A deadline further away than this is looked at once an hour. */
    const uint64_t hour_ns = 3600ull * 1000000000u;

    if (ns > hour_ns)
        ns = hour_ns;
    cpu->look_tsc = cycles_per_1024ns ? clock_tsc() + (ns >> 10) * cycles_per_1024ns : 0;
}

bool clock_expired(struct vcpu *cpu)
{
    uint64_t now;

    if (cpu->deadline_ns == HAL_NEVER || clock_tsc() < cpu->look_tsc)
        return false;
    now = world->time_ns();
    if (now < cpu->deadline_ns) {
        look_again_in(cpu, cpu->deadline_ns - now);
        return false;
    }
    cpu->clock_credit = 1;
    return true;
}

/* ---- hal.h ---- */

uint64_t hal_time_ns(void)
{
    struct vcpu *cpu = vcpu_self();
    uint64_t now = world->time_ns();

    /* Nobody sees a time beyond the deadline and then misses the timer when unmasking. */
    if (unlikely(now >= cpu->deadline_ns))
        cpu->clock_credit = 1;
    return now;
}

uint64_t hal_wall_ns(void)
{
    return world->wall_ns();
}

uint64_t hal_cycles(void)
{
    return world->exact ? world->time_ns() : clock_tsc();
}

void hal_timer_set(uint64_t deadline_ns)
{
    struct vcpu *cpu = vcpu_self();
    uint64_t now;

    cpu->deadline_ns = deadline_ns;
    if (deadline_ns == HAL_NEVER)
        return;
    now = world->time_ns();
    if (now >= deadline_ns)
        cpu->clock_credit = 1;
    look_again_in(cpu, now < deadline_ns ? deadline_ns - now : 0);
}
