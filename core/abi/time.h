/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks and timers as a Linux program sees them (clock_gettime(2), setitimer(2),
 * timer_create(2), adjtimex(2)); 64-bit layout.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_TIME_H
#define CLOUDOS_ABI_TIME_H

#include <stdint.h>

#define ABI_CLOCK_REALTIME           0
#define ABI_CLOCK_MONOTONIC          1
#define ABI_CLOCK_PROCESS_CPUTIME_ID 2
#define ABI_CLOCK_THREAD_CPUTIME_ID  3
#define ABI_CLOCK_MONOTONIC_RAW      4
#define ABI_CLOCK_REALTIME_COARSE    5
#define ABI_CLOCK_MONOTONIC_COARSE   6
#define ABI_CLOCK_BOOTTIME           7
#define ABI_CLOCK_REALTIME_ALARM     8
#define ABI_CLOCK_BOOTTIME_ALARM     9
#define ABI_CLOCK_TAI                11

/* A CPU-time clock of a process or thread: ~id in the upper bits, then what it counts. */
#define ABI_CPUCLOCK_THREAD 4
#define ABI_CPUCLOCK_WHICH  3 /* mask: 0 user + system as profiled, 1 user, 2 scheduled */

#define ABI_TIMER_ABSTIME 1

#define ABI_ITIMER_REAL    0
#define ABI_ITIMER_VIRTUAL 1
#define ABI_ITIMER_PROF    2

#define ABI_SIGEV_SIGNAL    0
#define ABI_SIGEV_NONE      1
#define ABI_SIGEV_THREAD    2
#define ABI_SIGEV_THREAD_ID 4

#define ABI_NSEC_PER_SEC 1000000000
#define ABI_USER_HZ      100 /* ticks of times(2) and /proc */

#define ABI_TIME_OK            0
#define ABI_TIME_ERROR         5
#define ABI_STA_UNSYNC         0x0040
#define ABI_ADJ_OFFSET_SS_READ 0xa001u

struct abi_timespec {
    int64_t sec, nsec;
};

struct abi_timeval {
    int64_t sec, usec;
};

struct abi_timezone {
    int32_t minutes_west, dst_time;
};

struct abi_itimerspec {
    struct abi_timespec interval, value;
};

struct abi_itimerval {
    struct abi_timeval interval, value;
};

struct abi_tms {
    int64_t utime, stime, cutime, cstime; /* ticks */
};

struct abi_sigevent {
    uint64_t value;
    int32_t signo, notify;
    int32_t tid; /* ABI_SIGEV_THREAD_ID */
    int32_t pad[11];
};
_Static_assert(sizeof(struct abi_sigevent) == 64, "struct sigevent is 64 bytes");

struct abi_timex {
    uint32_t modes;
    int32_t pad0;
    int64_t offset, freq, maxerror, esterror;
    int32_t status;
    int32_t pad1;
    int64_t constant, precision, tolerance;
    struct abi_timeval time;
    int64_t tick, ppsfreq, jitter;
    int32_t shift;
    int32_t pad2;
    int64_t stabil, jitcnt, calcnt, errcnt, stbcnt;
    int32_t tai;
    int32_t pad3[11];
};
_Static_assert(sizeof(struct abi_timex) == 208, "struct timex is 208 bytes");

#endif /* CLOUDOS_ABI_TIME_H */
