/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timers of a process: three interval timers and what timer_create(2) made.
 *
 * Owner:   process.itimers; made at first use, freed when the last task exits.
 * Context: system calls in thread context; expiry in timer-interrupt context.
 * Locking: process_timers.lock (irqsave) for all of it.  ptimer_owner_lock (irqsave), outside
 *          it, keeps process.itimers from going away under a tick.  Signals are sent with both
 *          held: signal_lock is inside them.
 * Errors:  none.
 */
#ifndef CLOUDOS_SYSCALL_PTIMER_PRIV_H
#define CLOUDOS_SYSCALL_PTIMER_PRIV_H

#include "lib/spinlock.h"
#include "sched/timer.h"
#include "syscall/time_util.h"

#define PTIMER_TICK_NS UINT64_C(4000000) /* how fine CPU-time timers are */
#define PTIMER_MAX     128               /* POSIX timers of one process */

enum { ITIMER_CPU_VIRTUAL, ITIMER_CPU_PROF, ITIMER_CPU_COUNT };

/* One that counts CPU time: looked at by the tick. */
struct cpu_itimer {
    uint64_t expires_ns; /* of CPU time; 0: not armed */
    uint64_t interval_ns;
};

/* One made by timer_create(2). */
struct ptimer {
    struct list_node link;
    struct process *process;
    struct timer timer;    /* of a clock that goes on by itself */
    struct task *cpu_task; /* of a thread's CPU clock: a reference */
    int32_t id, clock;
    int32_t notify, signo;
    struct task *target; /* ABI_SIGEV_THREAD_ID: a reference */
    uint64_t value;      /* sigval */
    uint64_t expires_ns; /* on hal_time_ns() or the CPU clock; 0: not armed */
    uint64_t interval_ns;
    uint32_t overrun; /* expiries since the last signal was queued */
};

struct process_timers {
    struct process *process;
    struct spinlock lock;
    struct timer real;
    uint64_t real_interval_ns;
    struct cpu_itimer cpu[ITIMER_CPU_COUNT];
    struct list_node posix; /* struct ptimer.link */
    uint32_t posix_count;
    int32_t next_id;
};

/* ---- ptimer.c ---- */
/* Expired CPU-time timers; true: some are armed.  Lock held. */
bool ptimer_tick_locked(struct process_timers *pt);
void ptimer_delete_all(struct process_timers *pt);
/* How many intervals fit between `expires` and `now`; *expires is the next one after `now`. */
uint64_t ptimer_forward(uint64_t *expires_ns, uint64_t interval_ns, uint64_t now_ns);

#endif /* CLOUDOS_SYSCALL_PTIMER_PRIV_H */
