/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler's CPUs: start, switch, preempt, statistics.
 *
 * Owner:   sched.
 * Context: as each function says.
 * Locking: one lock per run queue; two are taken in CPU order.
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_SCHED_H
#define CLOUDOS_SCHED_SCHED_H

#include "sched/thread.h"

void sched_init(void);                /* CPU 0; the caller becomes its boot thread */
_Noreturn void sched_start_cpu(void); /* become this CPU's idle loop */
void sched_start_others(void);        /* start every other CPU; returns when they run */
unsigned sched_cpu_count(void);
struct cpumask sched_cpus(void);

/* Give the CPU away; the current thread's state says whether it stays runnable. */
void schedule(void);
/* Switch if a reschedule is due.  Preemption allowed, interrupts on. */
void sched_preempt_point(void);
bool sched_need_resched(void);
/* Run fn(arg) on every CPU of `mask` (this one included) and wait; fn runs with interrupts
 * masked.  Thread context, interrupts on, no spinlock held that fn or an irq handler takes. */
void sched_call_cpus(struct cpumask mask, void (*fn)(void *arg), void *arg);

struct sched_cpu_stats {
    uint64_t user_ns, nice_ns, system_ns, idle_ns, irq_ns;
    uint64_t switches;
    uint32_t runnable;
};
void sched_cpu_stats(unsigned cpu, struct sched_cpu_stats *out);
/* Load averages over 1, 5 and 15 minutes, fixed point with 11 fraction bits. */
void sched_loadavg(uint32_t out[3]);
uint64_t sched_context_switches(void);
/* What leaving user threads for one that has no on_switch_in takes; interrupts masked.  Once, at
 * boot. */
void sched_set_kernel_switch(void (*fn)(void));
void sched_set_slice(uint64_t ns); /* base slice; default 3 ms */
uint64_t sched_slice(void);

#endif /* CLOUDOS_SCHED_SCHED_H */
