/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversions of time, and the clocks of clock_gettime(2). */
#include "syscall/time_util.h"

#include "abi/errno.h"
#include "sched/clock.h"
#include "vm/ucopy.h"

#define NS_MAX (HAL_NEVER - 1)

int time_get_timespec(struct abi_timespec *ts, uint64_t va)
{
    return copy_from_user(ts, va, sizeof(*ts));
}

int time_put_timespec(uint64_t va, uint64_t ns)
{
    struct abi_timespec ts = time_to_timespec(ns);

    return copy_to_user(va, &ts, sizeof(ts));
}

static uint64_t join(uint64_t sec, uint64_t ns)
{
    if (sec >= NS_MAX / TIME_NS)
        return NS_MAX;
    return sec * TIME_NS + ns;
}

int time_from_timespec(const struct abi_timespec *ts, uint64_t *ns)
{
    if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= ABI_NSEC_PER_SEC)
        return -EINVAL;
    *ns = join((uint64_t)ts->sec, (uint64_t)ts->nsec);
    return 0;
}

int time_from_timeval(const struct abi_timeval *tv, uint64_t *ns)
{
    if (tv->sec < 0 || tv->usec < 0 || tv->usec >= 1000000)
        return -EINVAL;
    *ns = join((uint64_t)tv->sec, (uint64_t)tv->usec * 1000);
    return 0;
}

struct abi_timespec time_to_timespec(uint64_t ns)
{
    return (struct abi_timespec){(int64_t)(ns / TIME_NS), (int64_t)(ns % TIME_NS)};
}

struct abi_timeval time_to_timeval(uint64_t ns)
{
    return (struct abi_timeval){(int64_t)(ns / TIME_NS), (int64_t)(ns % TIME_NS / 1000)};
}

uint64_t time_add_ns(uint64_t a, uint64_t b)
{
    return b < NS_MAX - a ? a + b : NS_MAX;
}

static uint64_t sum_of(const struct thread_times *times, unsigned which)
{
    return times->user_ns + (which == 1 ? 0 : times->system_ns);
}

/* A negative id: ~pid << 3, what it counts, and whether the number is a thread's. */
static int read_cpu_clock(struct task *t, int32_t id, uint64_t *ns)
{
    unsigned which = (unsigned)id & ABI_CPUCLOCK_WHICH;
    int32_t nr = ~(id >> 3);
    struct thread_times times;

    if (which == ABI_CPUCLOCK_WHICH)
        return -EINVAL; /* a descriptor's clock */
    if (id & ABI_CPUCLOCK_THREAD) {
        struct task *other = nr == 0 ? t : task_find(nr);

        if (!other)
            return -EINVAL;
        thread_times(other->thread, &times);
        if (other != t)
            task_put(other);
    } else {
        struct process *p = nr == 0 ? t->process : process_find(nr);

        if (!p)
            return -EINVAL;
        process_times(p, &times);
        if (p != t->process || nr != 0)
            process_put(p);
    }
    *ns = sum_of(&times, which);
    return 0;
}

int clock_read(struct task *t, int32_t id, uint64_t *ns)
{
    switch (id) {
    case ABI_CLOCK_REALTIME:
    case ABI_CLOCK_REALTIME_COARSE:
    case ABI_CLOCK_REALTIME_ALARM:
    case ABI_CLOCK_TAI: /* nobody has told us of leap seconds: the offset is 0 */
        *ns = clock_wall_ns();
        return 0;
    case ABI_CLOCK_MONOTONIC:
    case ABI_CLOCK_MONOTONIC_RAW:
    case ABI_CLOCK_MONOTONIC_COARSE:
    case ABI_CLOCK_BOOTTIME:
    case ABI_CLOCK_BOOTTIME_ALARM:
        *ns = hal_time_ns();
        return 0;
    case ABI_CLOCK_PROCESS_CPUTIME_ID:
        return read_cpu_clock(t, (int32_t)((~0u << 3) | 2), ns);
    case ABI_CLOCK_THREAD_CPUTIME_ID:
        return read_cpu_clock(t, (int32_t)((~0u << 3) | ABI_CPUCLOCK_THREAD | 2), ns);
    default:
        return id < 0 ? read_cpu_clock(t, id, ns) : -EINVAL;
    }
}

bool clock_is_realtime(int32_t id)
{
    return id == ABI_CLOCK_REALTIME || id == ABI_CLOCK_TAI;
}

bool clock_can_sleep(int32_t id)
{
    return clock_is_realtime(id) || id == ABI_CLOCK_MONOTONIC || id == ABI_CLOCK_BOOTTIME;
}

bool clock_is_cpu(int32_t id)
{
    return id < 0 || id == ABI_CLOCK_PROCESS_CPUTIME_ID ||
           id == ABI_CLOCK_THREAD_CPUTIME_ID;
}
