/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the scheduler: run queues and what a thread carries for them.
 *
 * Owner:   sched; one run queue for each CPU, in a static array.
 * Context: as each function says; "masked" means with interrupts masked.
 * Locking: run_queue.lock (irqsave) covers the queue and, for every thread whose `cpu` names
 *          it, state, cpu, on_rq, the entities, policy, nice and affinity.  `cpu` changes only
 *          under the lock of the queue it leaves.  No two of these locks are ever held at
 *          once: a thread that moves is for a moment on neither queue ("in flight").
 * Errors:  none.
 */
#ifndef CLOUDOS_SCHED_SCHED_PRIV_H
#define CLOUDOS_SCHED_SCHED_PRIV_H

#include "lib/atomic.h"
#include "lib/preempt.h"
#include "sched/fair.h"
#include "sched/rt.h"
#include "sched/sched.h"
#include "sched/thread.h"

#define SCHED_CANARY       UINT64_C(0x5bd1e995a7c3f10d)
#define SCHED_BALANCE_NS   UINT64_C(4000000) /* between two looks at the other CPUs */
#define SCHED_PUSH_NS      UINT64_C(1000000) /* look sooner when a CPU is idle */
#define SCHED_EVENT_MIN_NS UINT64_C(50000)   /* a slice timer is never shorter */
#define SCHED_SYNC_NS      UINT64_C(100000) /* wakers that sleep within this are in step */
#define SCHED_SYNC_ENOUGH  4
#define SCHED_SYNC_MAX     8
#define SCHED_HUNG_NS      UINT64_C(60000000000) /* an uninterruptible sleep should be over */
#define SCHED_RT_LOAD      2048u
#define SCHED_SCAN_MAX     32 /* threads a balancing looks at */

struct sched_entity {
    struct fair_entity fair;
    struct rt_entity rt;
    enum sched_policy policy;
    int nice;
    struct cpumask affinity;
    /* Atomic: its context is in use, no other CPU may run it.  Not beside the flags below,
     * which are read together. */
    uint32_t on_cpu;
    bool is_idle;   /* a CPU's idle thread: on no queue */
    bool on_rq;     /* queued, or running and runnable */
    bool in_flight; /* between two queues: awake, whatever `state` says (a thread may be
                        * preempted, and moved, between setting its state and sleeping) */
    bool counted;   /* in its queue's uninterruptible count */
    enum thread_state sleep_state; /* what wait_prepare() asked for; the thread's own */
    uint64_t hung_ns;              /* of the sleep that has been reported; the timer's */
    uint64_t ready_ns;             /* runnable since; valid while on_rq and not running */
    uint64_t last_wake_ns;         /* it woke somebody; the thread's own */
    uint32_t sync_score;           /* how reliably it sleeps after waking somebody */
    uint64_t next_tick_ns;         /* of on_tick */
    uint32_t acct_seq;             /* atomic; odd while the times change */
    uint64_t acct_ns;              /* times are charged up to here: the slice begins */
    /* What part of the slice was user code, by hal_cycles(): user_clock is the cycles so far,
     * or in user mode -1 - (the cycles it was in kernel mode until it was entered). */
    uint64_t slice_cycles;
    int64_t user_clock; /* atomic */
    struct thread_times times;
};

struct run_queue {
    struct spinlock lock;
    uint32_t cpu;
    bool online; /* atomic */
    /* Atomic copies for a look without the lock, kept by rq.c. */
    uint32_t nr;              /* runnable threads, idle excluded */
    int32_t rt_top;           /* highest real-time priority, 0: none */
    uint64_t load;            /* sum of weights */
    uint32_t uninterruptible; /* sleepers that left from here and count as load */
    struct fair_queue fair;
    struct rt_queue rt;
    struct thread *current; /* atomic; changed by this CPU, masked */
    struct thread *idle;
    uint64_t exec_start_ns; /* current is accounted to its class up to here */
    uint64_t next_balance_ns;
    uint64_t switches; /* atomic; changed by this CPU, masked */
    bool recalc;       /* atomic; another CPU wants the events computed anew */

    /* This CPU's own, masked. */
    struct thread *prev; /* being switched away from */
    bool prev_moves;     /* prev may not run here any more */
    uint64_t slice_event_ns, timer_event_ns, programmed_ns;
    struct sched_cpu_stats stats; /* atomic; this CPU alone writes, lock or not */
} ALIGNED(64);

extern struct run_queue sched_rqs[HAL_CPUS_MAX];
extern uint64_t sched_online;    /* atomic mask */
extern uint64_t sched_idle_mask; /* atomic mask of CPUs with nothing to run */

/* Masked or preemption off. */
static inline struct run_queue *sched_this_rq(void)
{
    return &sched_rqs[hal_cpu_id()];
}

static inline bool sched_is_rt(const struct sched_entity *se)
{
    return se->policy == SCHED_POLICY_FIFO || se->policy == SCHED_POLICY_RR;
}

static inline bool sched_allowed(const struct thread *t, unsigned cpu)
{
    return (t->se->affinity.bits & BIT(cpu)) != 0;
}

static inline uint64_t sched_load(const struct run_queue *rq)
{
    return atomic_load_relaxed(&rq->load);
}

static inline uint32_t sched_nr(const struct run_queue *rq)
{
    return atomic_load_relaxed(&rq->nr);
}

/* ---- rq.c: the classes behind one queue; rq->lock held ---- */
void rq_init(struct run_queue *rq, unsigned cpu);
/* The queue that `t` belongs to, locked. */
struct run_queue *rq_lock_thread(struct thread *t, bool *unmasked);
void rq_activate(struct run_queue *rq, struct thread *t);
void rq_deactivate(struct run_queue *rq, struct thread *t);
/* Charge the running thread's class up to now. */
void rq_update(struct run_queue *rq, uint64_t now_ns);
struct thread *rq_pick(struct run_queue *rq, uint64_t now_ns);
/* `t` has just been activated: does it run instead of the current thread? */
void rq_check_preempt(struct run_queue *rq, struct thread *t, uint64_t now_ns);
/* Ask rq's CPU to reschedule. */
void rq_resched(struct run_queue *rq);
/* After activate: the CPU must know when to look again. */
void rq_arm_slice(struct run_queue *rq, uint64_t now_ns);
uint64_t rq_next_event_ns(struct run_queue *rq, uint64_t now_ns);

/* ---- wake.c ---- */
/* Put `t`, in flight and bound for t->cpu, on a queue. */
void sched_place(struct thread *t, uint64_t now_ns);
unsigned sched_select_cpu(struct thread *t, bool is_new, uint64_t now_ns);
bool sched_wake_states(struct thread *t, uint32_t states);

/* ---- balance.c; no queue locked ---- */
/* This CPU runs out of work: fetch some.  Masked. */
void sched_pull(struct run_queue *rq);
/* Even out with the other CPUs.  From the timer interrupt. */
void sched_balance(struct run_queue *rq, uint64_t now_ns);

/* ---- account.c; masked ---- */
void sched_charge(struct run_queue *rq, struct thread *t, uint64_t now_ns);
/* `t` is charged from `now_ns` on: it begins to run, or an interrupt's time is nobody's. */
void sched_charge_from(struct thread *t, uint64_t now_ns);
void sched_loadavg_tick(uint64_t now_ns);

/* ---- cpu.c ---- */
/* Program the earlier of the two events, if the timer is set for later.  Masked. */
void sched_timer_program(struct run_queue *rq);

/* ---- timer.c ---- */
void timer_cpu_init(unsigned cpu);
/* Run what has expired on this CPU; the next deadline.  Masked. */
uint64_t timer_run_expired(uint64_t now_ns);
uint64_t timer_next_ns(unsigned cpu);
/* On rq's CPU or with an IPI there: compute both events anew. */
void sched_timer_recalc(struct run_queue *rq);

/* ---- call.c; masked ---- */
void sched_serve_calls(void);

/* ---- stack.c ---- */
void *stack_alloc(void);
void stack_free(void *stack);
void stack_check(const struct thread *t); /* the running one */

/* ---- thread.c ---- */
void thread_system_init(void);
void thread_setup(struct thread *t, const struct thread_params *p);
struct thread *thread_new_idle(unsigned cpu);
void thread_announce(struct thread *t); /* its name, for the event stream */
/* The CPU has left a dead thread. */
void thread_reap(struct thread *t);
_Noreturn void thread_first_switch(void *arg);

/* ---- registry.c ---- */
void registry_init(void);
void registry_add(struct thread *t);
void registry_remove(struct thread *t);

/* ---- hung.c ---- */
void hung_init(void);
/* The running thread goes to an uninterruptible sleep.  Masked, no lock held. */
void hung_watch(void);

/* ---- params.c ---- */
uint64_t sched_slice_of(enum sched_policy p); /* a fair thread's request */

/* ---- switch.c; masked ---- */
void sched_switch(bool preempted);
void sched_finish_switch(void);
_Noreturn void sched_idle_loop(void);

/* A thread and its entity share one allocation. */
struct thread_storage {
    struct thread thread;
    struct sched_entity se;
};

static inline struct thread *sched_of_se(struct sched_entity *se)
{
    return &container_of(se, struct thread_storage, se)->thread;
}

static inline struct thread *sched_of_fair(struct fair_entity *e)
{
    return sched_of_se(container_of(e, struct sched_entity, fair));
}

static inline struct thread *sched_of_rt(struct rt_entity *e)
{
    return sched_of_se(container_of(e, struct sched_entity, rt));
}

#endif /* CLOUDOS_SCHED_SCHED_PRIV_H */
