/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the time went: per thread, per CPU, load averages.
 *
 * A thread's times are written by the CPU that runs it, with interrupts masked, and read by
 * anybody: `acct_seq` is odd while they change, and a reader adds what has not been charged yet.
 *
 * Time is charged by the slice, from one switch or timer interrupt to the next.  Which part of
 * a slice was user code is measured in cycles, which cost less to read than the time: programs
 * enter and leave the kernel far more often than slices end.
 */
#include "lib/spinlock.h"
#include "sched/sched_priv.h"

#define LOAD_FRACTION_BITS 11
#define LOAD_ONE           (1u << LOAD_FRACTION_BITS)
#define LOAD_INTERVAL_NS   UINT64_C(5000000000)
#define LOAD_CATCH_UP_MAX  720 /* an hour of samples */

static struct {
    struct spinlock lock;
    uint64_t next_ns; /* atomic hint outside the lock */
    uint32_t avg[3];
} loadavg = {.lock = SPINLOCK_INIT("sched.loadavg")};

/* 2048 * exp(-5 s / 1, 5 and 15 min), rounded. */
static const uint32_t load_decay[3] = {1884, 2014, 2037};

/* What of `ns` was user code, if it was `user` of `total` cycles. */
static uint64_t user_share(uint64_t ns, uint64_t user, uint64_t total)
{
    while (total > UINT32_MAX >> 8) {
        total >>= 1;
        user >>= 1;
    }
    if (user >= total)
        return user ? ns : 0;
    return ns / total * user + ns % total * user / total;
}

/* Cycles of user code in the slice, which is `total` long so far. */
static uint64_t user_cycles(int64_t user_clock, uint64_t total)
{
    uint64_t kernel = (uint64_t)(-1 - user_clock);

    if (user_clock >= 0)
        return MIN((uint64_t)user_clock, total);
    return total > kernel ? total - kernel : 0;
}

/* Of a slice of `ns` that has not been charged. */
static uint64_t slice_user_ns(const struct thread *t, uint64_t ns)
{
    int64_t user_clock = atomic_load_relaxed(&t->se->user_clock);
    uint64_t start = atomic_load_relaxed(&t->se->slice_cycles);
    uint64_t now = hal_cycles(); /* after both: it may be another CPU's slice */
    uint64_t total = now > start ? now - start : 0;

    if (total == 0)
        return user_clock < 0 ? ns : 0;
    return user_share(ns, user_cycles(user_clock, total), total);
}

static void charge_cpu(struct run_queue *rq, const struct thread *t, uint64_t ns,
                       uint64_t user_ns)
{
    uint64_t *system = t->se->is_idle ? &rq->stats.idle_ns : &rq->stats.system_ns;
    uint64_t *user = t->se->nice > 0 ? &rq->stats.nice_ns : &rq->stats.user_ns;

    atomic_store_relaxed(system, *system + (ns - user_ns));
    atomic_store_relaxed(user, *user + user_ns);
}

void sched_charge_from(struct thread *t, uint64_t now_ns)
{
    atomic_store_relaxed(&t->se->acct_ns, now_ns);
    atomic_store_relaxed(&t->se->slice_cycles, hal_cycles());
    atomic_store_relaxed(&t->se->user_clock, t->user_mode ? -1 : 0);
}

void sched_charge(struct run_queue *rq, struct thread *t, uint64_t now_ns)
{
    struct sched_entity *se = t->se;
    uint64_t ns = now_ns - se->acct_ns;
    uint64_t user_ns;

    if ((int64_t)ns <= 0)
        return;
    user_ns = slice_user_ns(t, ns);
    atomic_store_relaxed(&se->acct_seq, se->acct_seq + 1);
    atomic_fence_release();
    atomic_store_relaxed(&se->times.user_ns, se->times.user_ns + user_ns);
    atomic_store_relaxed(&se->times.system_ns, se->times.system_ns + (ns - user_ns));
    sched_charge_from(t, now_ns);
    atomic_store_release(&se->acct_seq, se->acct_seq + 1);
    charge_cpu(rq, t, ns, user_ns);
}

void thread_enter_user(void)
{
    struct thread *t = sched_this_rq()->current;
    struct sched_entity *se = t->se;
    uint64_t total = hal_cycles() - se->slice_cycles;

    kassert(hal_irq_masked() && !t->user_mode);
    atomic_store_relaxed(&se->user_clock,
                         -1 - (int64_t)(total - (uint64_t)se->user_clock));
    t->user_mode = true;
}

void thread_leave_user(void)
{
    struct thread *t = sched_this_rq()->current;
    struct sched_entity *se = t->se;
    uint64_t total = hal_cycles() - se->slice_cycles;

    kassert(hal_irq_masked() && t->user_mode);
    atomic_store_relaxed(&se->user_clock, (int64_t)user_cycles(se->user_clock, total));
    t->user_mode = false;
}

void thread_times(struct thread *t, struct thread_times *out)
{
    struct sched_entity *se = t->se;
    uint64_t acct_ns, pending_ns, user_ns;
    uint32_t seq;

    do {
        seq = atomic_load_acquire(&se->acct_seq);
        out->user_ns = atomic_load_relaxed(&se->times.user_ns);
        out->system_ns = atomic_load_relaxed(&se->times.system_ns);
        acct_ns = atomic_load_relaxed(&se->acct_ns);
        pending_ns = hal_time_ns() - acct_ns;
        user_ns = slice_user_ns(t, pending_ns);
        atomic_fence_acquire();
    } while ((seq & 1) || atomic_load_relaxed(&se->acct_seq) != seq);
    out->wait_ns = atomic_load_relaxed(&se->times.wait_ns);
    out->voluntary = atomic_load_relaxed(&se->times.voluntary);
    out->involuntary = atomic_load_relaxed(&se->times.involuntary);
    if (thread_is_running(t) && (int64_t)pending_ns > 0) {
        out->user_ns += user_ns;
        out->system_ns += pending_ns - user_ns;
    }
}

void sched_cpu_stats(unsigned cpu, struct sched_cpu_stats *out)
{
    struct run_queue *rq = &sched_rqs[cpu];
    bool unmasked = spin_lock_irqsave(&rq->lock);
    struct thread *t = rq->current;
    uint64_t now_ns = hal_time_ns();
    uint64_t since_ns = t ? atomic_load_relaxed(&t->se->acct_ns) : now_ns;

    out->user_ns = atomic_load_relaxed(&rq->stats.user_ns);
    out->nice_ns = atomic_load_relaxed(&rq->stats.nice_ns);
    out->system_ns = atomic_load_relaxed(&rq->stats.system_ns);
    out->idle_ns = atomic_load_relaxed(&rq->stats.idle_ns);
    out->irq_ns = atomic_load_relaxed(&rq->stats.irq_ns);
    out->switches = atomic_load_relaxed(&rq->stats.switches);
    out->runnable = rq->nr;
    if (t && now_ns > since_ns) {
        uint64_t ns = now_ns - since_ns;
        uint64_t user_ns = slice_user_ns(t, ns);

        *(t->se->is_idle ? &out->idle_ns : &out->system_ns) += ns - user_ns;
        *(t->se->nice > 0 ? &out->nice_ns : &out->user_ns) += user_ns;
    }
    spin_unlock_irqrestore(&rq->lock, unmasked);
}

uint64_t sched_context_switches(void)
{
    uint64_t sum = 0;

    for (unsigned cpu = 0; cpu < sched_cpu_count(); cpu++)
        sum += atomic_load_relaxed(&sched_rqs[cpu].stats.switches);
    return sum;
}

static uint64_t active_threads(void)
{
    int64_t sum = 0;

    for (unsigned cpu = 0; cpu < sched_cpu_count(); cpu++) {
        struct run_queue *rq = &sched_rqs[cpu];

        sum += sched_nr(rq) + atomic_load_relaxed(&rq->uninterruptible);
    }
    return sum > 0 ? (uint64_t)sum : 0;
}

static void loadavg_sample(uint64_t active)
{
    for (unsigned i = 0; i < 3; i++) {
        uint64_t avg = (uint64_t)loadavg.avg[i] * load_decay[i];

        avg += active * LOAD_ONE * (LOAD_ONE - load_decay[i]);
        loadavg.avg[i] = (uint32_t)(avg >> LOAD_FRACTION_BITS);
    }
}

/* There is no regular tick: samples that were due meanwhile are made up with the count of now;
 * on a machine that did nothing nobody came here, and now is representative of then. */
void sched_loadavg_tick(uint64_t now_ns)
{
    bool unmasked;

    if (now_ns < atomic_load_relaxed(&loadavg.next_ns))
        return;
    unmasked = spin_lock_irqsave(&loadavg.lock);
    for (unsigned i = 0; now_ns >= loadavg.next_ns; i++) {
        if (i == LOAD_CATCH_UP_MAX) {
            atomic_store_relaxed(&loadavg.next_ns, now_ns + LOAD_INTERVAL_NS);
            break;
        }
        if (loadavg.next_ns != 0)
            loadavg_sample(active_threads());
        else
            atomic_store_relaxed(&loadavg.next_ns, now_ns);
        atomic_store_relaxed(&loadavg.next_ns, loadavg.next_ns + LOAD_INTERVAL_NS);
    }
    spin_unlock_irqrestore(&loadavg.lock, unmasked);
}

void sched_loadavg(uint32_t out[3])
{
    bool unmasked;

    sched_loadavg_tick(hal_time_ns());
    unmasked = spin_lock_irqsave(&loadavg.lock);
    for (unsigned i = 0; i < 3; i++)
        out[i] = loadavg.avg[i];
    spin_unlock_irqrestore(&loadavg.lock, unmasked);
}
