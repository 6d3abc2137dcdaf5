/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling as a Linux program sees it (sched(7), sched_setattr(2), ioprio_set(2)).
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_SCHED_H
#define CLOUDOS_ABI_SCHED_H

#include <stdint.h>

#define ABI_SCHED_OTHER         0
#define ABI_SCHED_FIFO          1
#define ABI_SCHED_RR            2
#define ABI_SCHED_BATCH         3
#define ABI_SCHED_IDLE          5
#define ABI_SCHED_DEADLINE      6
#define ABI_SCHED_RESET_ON_FORK 0x40000000u

#define ABI_SCHED_FLAG_RESET_ON_FORK UINT64_C(0x01)
#define ABI_SCHED_FLAG_KEEP_POLICY   UINT64_C(0x08)
#define ABI_SCHED_FLAG_KEEP_PARAMS   UINT64_C(0x10)

#define ABI_SCHED_ATTR_BYTES_V0 48u

struct abi_sched_param {
    int32_t priority;
};

struct abi_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};
_Static_assert(sizeof(struct abi_sched_attr) == ABI_SCHED_ATTR_BYTES_V0, "version 0");

#define ABI_IOPRIO_WHO_PROCESS 1
#define ABI_IOPRIO_WHO_PGRP    2
#define ABI_IOPRIO_WHO_USER    3
#define ABI_IOPRIO_CLASS_SHIFT 13
#define ABI_IOPRIO_CLASS_NONE  0
#define ABI_IOPRIO_CLASS_RT    1
#define ABI_IOPRIO_CLASS_BE    2
#define ABI_IOPRIO_CLASS_IDLE  3
#define ABI_IOPRIO_LEVELS      8

#endif /* CLOUDOS_ABI_SCHED_H */
