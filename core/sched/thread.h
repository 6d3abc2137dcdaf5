/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel threads: the unit the scheduler runs.  A user thread is one of these too.
 *
 * Owner:   whoever created it holds one reference, the running thread another.
 * Context: thread context unless a function says "any".
 * Locking: run-queue lock inside; thread_wake() may be called from any context.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_SCHED_THREAD_H
#define CLOUDOS_SCHED_THREAD_H

#include "hal/hal.h"
#include "lib/base.h"
#include "lib/list.h"
#include "lib/lockdep.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "lib/spinlock.h"

struct vm_space;

enum thread_state {
    THREAD_NEW,
    THREAD_RUNNABLE, /* on a run queue or running */
    THREAD_SLEEPING, /* interruptible: thread_interrupt() wakes it */
    THREAD_UNINTERRUPTIBLE,
    THREAD_KILLABLE, /* only a fatal signal wakes it */
    THREAD_STOPPED,  /* job control */
    THREAD_DEAD
};

/* Values as in sched_setscheduler(2). */
enum sched_policy {
    SCHED_POLICY_NORMAL = 0,
    SCHED_POLICY_FIFO = 1,
    SCHED_POLICY_RR = 2,
    SCHED_POLICY_BATCH = 3,
    SCHED_POLICY_IDLE = 5,
};

struct cpumask {
    uint64_t bits; /* HAL_CPUS_MAX is 64 */
};

struct thread_times {
    uint64_t user_ns, system_ns;     /* CPU time */
    uint64_t wait_ns;                /* runnable but not running */
    uint64_t voluntary, involuntary; /* context switches */
};

struct thread {
    struct hal_context context;
    void *stack; /* lowest address; a canary stands there */
    char name[16];
    uint32_t id; /* unique; the tid of a user thread */
    struct refcount refs;
    enum thread_state state;
    bool interrupt; /* a signal is pending: interruptible sleeps end */
    bool fatal;     /* a fatal signal is pending: killable sleeps end too */
    bool user_mode; /* time is charged as user time */
    bool
        reset_on_fork; /* what inherits from this drops real-time policy and negative nice */
    uint16_t ioprio; /* ioprio_set(2): recorded only */
    uint32_t cpu;    /* where it runs or ran last */
    void (*entry)(void *arg);
    void *arg;
    void (*on_switch_in)(
        struct thread *t);             /* load the address space; interrupts masked */
    void (*on_free)(struct thread *t); /* the last reference is gone; any context */
    void *owner;                       /* struct task of a user thread */
    struct vm_space *space; /* vm's: what user addresses mean; NULL in a kernel thread */
    /* While it runs: call on_tick, in timer-interrupt context, about each tick_ns (0: never).
     * For timers that count CPU time; changed with thread_set_tick(). */
    void (*on_tick)(struct thread *t);
    uint64_t tick_ns;
    struct lockdep_thread lockdep;
    struct list_node registered; /* thread_for_each(): under the lock of its shard */
    uint32_t shard;
    struct sched_entity
        *se; /* opaque here; lives in the same allocation (sched_priv.h) */
};

struct thread *thread_current(void);

/* fn(t, arg) for every thread there is, in no order, a spinlock held: `t` does not go away
 * meanwhile.  In a panic a lock that is not to be had is not waited for. */
void thread_for_each(void (*fn)(struct thread *t, void *arg), void *arg);
/* What CPU `cpu` runs; a hint, unless the CPU has stopped.  NULL: it has not started. */
struct thread *thread_on_cpu(unsigned cpu);
/* hal_time_ns() of when a thread that does not run was left; a hint. */
uint64_t thread_left_ns(struct thread *t);
/* Who it is, its state, since when, and where in the code, in one line of `buf`. */
void thread_describe(struct thread *t, char *buf, size_t len);

struct thread_params {
    const char *name;
    void (*entry)(void *arg);
    void *arg;
    void (*on_switch_in)(struct thread *t);
    void (*on_free)(struct thread *t);
    void *owner;
    struct thread *inherit; /* scheduling parameters come from here; NULL: defaults */
};

/* Create, not yet runnable; thread_start() makes it run. */
MUST_CHECK int thread_create(const struct thread_params *p, struct thread **out);
void thread_start(struct thread *t);
void thread_get(struct thread *t);
void thread_put(struct thread *t);
_Noreturn void thread_exit(void);

void thread_yield(void);
/* Any context.  Wake a thread that sleeps in one of the states of wait.h; true if it did. */
bool thread_wake(struct thread *t);
/* Any context.  A signal is pending: end an interruptible (fatal: also a killable or stopped)
 * sleep; if it runs on another CPU, make it look (thread_kick()). */
void thread_interrupt(struct thread *t, bool fatal);
/* By the thread itself, when it has looked at its signals. */
void thread_interrupt_clear(void);
bool thread_interrupted(void); /* current has a signal to look at */
bool thread_fatal_pending(void);
/* If `t` runs on another CPU, make it come out of user mode soon. */
void thread_kick(struct thread *t);

/* Sleep for `ns` interruptibly: 0, or -EINTR with *left_ns set when not NULL. */
MUST_CHECK int thread_sleep(uint64_t ns, uint64_t *left_ns);

/* ---- parameters: -EINVAL outside the range; permission is the caller's ---- */
MUST_CHECK int thread_set_policy(struct thread *t, enum sched_policy p, int rt_priority);
void thread_get_policy(struct thread *t, enum sched_policy *p, int *rt_priority);
MUST_CHECK int thread_set_nice(struct thread *t, int nice); /* -20..19, clamped */
int thread_nice(struct thread *t);
MUST_CHECK int thread_set_affinity(struct thread *t, struct cpumask mask);
struct cpumask thread_affinity(struct thread *t);
void thread_times(struct thread *t, struct thread_times *out);
uint64_t thread_slice_ns(struct thread *t); /* for sched_rr_get_interval */
bool thread_is_running(struct thread *t);   /* on a CPU at this moment; a hint */
void thread_set_tick(struct thread *t, uint64_t tick_ns, void (*fn)(struct thread *t));
void thread_set_name(struct thread *t, const char *name);

/* User mode is entered and left: accounting. Interrupts masked. */
void thread_enter_user(void);
void thread_leave_user(void);

#endif /* CLOUDOS_SCHED_THREAD_H */
