/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/clock.h"

#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/sbi.h"

#define NS_PER_S UINT64_C(1000000000)

/* Frequencies that the arithmetic below holds for. */
#define TICKS_MIN UINT64_C(1000)
#define TICKS_MAX UINT64_C(4000000000)

/* Goldfish RTC: reading the low word latches the high one. */
#define RTC_LOW  0
#define RTC_HIGH 1

bool csr_probe_stimecmp(void);

static uint64_t start_ticks, wall_at_start_ns;
static uint64_t ns_per_tick, ticks_per_ns; /* with 32 bits of fraction */
static bool has_stimecmp;

bool clock_prepare(uint64_t ticks_per_s)
{
    if (ticks_per_s < TICKS_MIN || ticks_per_s > TICKS_MAX)
        return false;
    start_ticks = csr_read(time);
    ns_per_tick = (NS_PER_S << 32) / ticks_per_s;
    /* Rounded up: a deadline is never early, which would only make the core set it again. */
    ticks_per_ns = (ticks_per_s << 32) / NS_PER_S + 1;
    has_stimecmp = csr_probe_stimecmp();
    return true;
}

static uint64_t scale(uint64_t x, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)x * factor >> 32);
}

uint64_t hal_time_ns(void)
{
    return scale(csr_read(time) - start_ticks, ns_per_tick);
}

void clock_wall_prepare(volatile uint32_t *rtc)
{
    uint64_t low = rtc[RTC_LOW];

    wall_at_start_ns = ((uint64_t)rtc[RTC_HIGH] << 32 | low) - hal_time_ns();
}

uint64_t hal_wall_ns(void)
{
    return wall_at_start_ns + hal_time_ns();
}

uint64_t hal_cycles(void)
{
    return csr_read(time);
}

void clock_alarm_ticks(uint64_t ticks)
{
    if (has_stimecmp)
        csr_write(0x14d, ticks);
    else
        sbi_timer(ticks);
}

void hal_timer_set(uint64_t deadline_ns)
{
    uint64_t ticks = UINT64_MAX;

    if (deadline_ns < UINT64_MAX / 4)
        ticks = start_ticks + scale(deadline_ns, ticks_per_ns) + 1;
    clock_alarm_ticks(ticks);
}
