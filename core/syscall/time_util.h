/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of the ABI to nanoseconds and back, and the clocks that programs may name.
 *
 * Owner:   syscall.
 * Context: thread context; those that take user addresses may fault.
 * Locking: none needed.
 * Errors:  -EINVAL for a time that is not normalized or negative, -EFAULT.
 */
#ifndef CLOUDOS_SYSCALL_TIME_UTIL_H
#define CLOUDOS_SYSCALL_TIME_UTIL_H

#include "abi/time.h"
#include "hal/hal.h"
#include "lib/base.h"
#include "proc/task.h"

#define TIME_NS UINT64_C(1000000000)

MUST_CHECK int time_get_timespec(struct abi_timespec *ts, uint64_t va);
MUST_CHECK int time_put_timespec(uint64_t va, uint64_t ns);
/* Times beyond what 64 bits of ns hold (584 years) are cut to HAL_NEVER - 1. */
MUST_CHECK int time_from_timespec(const struct abi_timespec *ts, uint64_t *ns);
MUST_CHECK int time_from_timeval(const struct abi_timeval *tv, uint64_t *ns);
struct abi_timespec time_to_timespec(uint64_t ns);
struct abi_timeval time_to_timeval(uint64_t ns); /* rounded down */

/* Saturates below HAL_NEVER. */
uint64_t time_add_ns(uint64_t a, uint64_t b);

/* Value of a clock id, of `t` where it is about the caller: -EINVAL. */
MUST_CHECK int clock_read(struct task *t, int32_t id, uint64_t *ns);
/* Whether one can sleep on it or time by it, and whether it counts wall time. */
bool clock_can_sleep(int32_t id);
bool clock_is_realtime(int32_t id);
bool clock_is_cpu(int32_t id);

/* ---- process timers: itimer.c, ptimer.c ---- */
/* What process.itimers points to; made when first needed: NULL without memory. */
struct process_timers;
struct process_timers *process_timers_get(struct process *p);
/* At exit of the last task all timers go, at exec those of timer_create(2): proc_hooks. */
/* Something counts the CPU time of `p` from now on (a timer, RLIMIT_CPU): its threads tick. */
void process_timers_tick_on(struct process *p);
void process_timers_exit(struct process *p);
void process_timers_exec(struct process *p);

#endif /* CLOUDOS_SYSCALL_TIME_UTIL_H */
