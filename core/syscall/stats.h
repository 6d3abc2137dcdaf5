/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting calls, always, and measuring them, with --stats: what dispatch gives to stats.c.
 *
 * Owner:   syscall; read through syscall.h.
 * Context: any.
 * Locking: none; a row for each CPU, changed atomically: a task that migrates in between still
 *          counts, in the old row.
 * Errors:  none.
 */
#ifndef CLOUDOS_SYSCALL_STATS_H
#define CLOUDOS_SYSCALL_STATS_H

#include "hal/hal.h"
#include "lib/base.h"
#include "syscall/table.h"

/* Numbers beyond the table share the last element. */
struct syscall_counts {
    uint64_t calls[SYSCALL_NR_MAX + 1];
} ALIGNED(64);
extern struct syscall_counts syscall_counts[HAL_CPUS_MAX];

/* A call has returned; nothing happens unless calls are being measured. */
void syscall_stats_add(uint64_t nr, uint64_t spent_ns, int64_t result);

#endif /* CLOUDOS_SYSCALL_STATS_H */
