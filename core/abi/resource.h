/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits and usage: getrlimit(2), getrusage(2).
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_RESOURCE_H
#define CLOUDOS_ABI_RESOURCE_H

#include <stdint.h>

/* Hosted code keeps the host's names, which have the same values. */
#if __STDC_HOSTED__
#include <sys/resource.h>
#else
#define RLIMIT_CPU        0
#define RLIMIT_FSIZE      1
#define RLIMIT_DATA       2
#define RLIMIT_STACK      3
#define RLIMIT_CORE       4
#define RLIMIT_RSS        5
#define RLIMIT_NPROC      6
#define RLIMIT_NOFILE     7
#define RLIMIT_MEMLOCK    8
#define RLIMIT_AS         9
#define RLIMIT_LOCKS      10
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE   12
#define RLIMIT_NICE       13
#define RLIMIT_RTPRIO     14
#define RLIMIT_RTTIME     15

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2
#endif

#define ABI_RLIM_COUNT    16
#define ABI_RLIM_INFINITY UINT64_MAX

struct abi_rlimit {
    uint64_t cur, max; /* soft, hard */
};

struct abi_rusage {
    int64_t utime_sec, utime_usec;
    int64_t stime_sec, stime_usec;
    int64_t maxrss; /* KiB */
    int64_t ixrss, idrss, isrss;
    int64_t minflt, majflt, nswap;
    int64_t inblock, oublock;
    int64_t msgsnd, msgrcv, nsignals;
    int64_t nvcsw, nivcsw;
};
_Static_assert(sizeof(struct abi_rusage) == 144, "struct rusage is 144 bytes");

#endif /* CLOUDOS_ABI_RESOURCE_H */
