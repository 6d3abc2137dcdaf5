/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the time went: per thread, per CPU, load averages.
 *
 * A thread's times are written by the CPU that runs it, with interrupts masked, and read by
 * anybody: `acct_seq` is odd while they change, and a reader adds what has not been charged yet.
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

static void charge_cpu(struct run_queue *rq, const struct thread *t, uint64_t ns)
{
    uint64_t *to = &rq->stats.system_ns;

    if (t->se->is_idle)
        to = &rq->stats.idle_ns;
    else if (t->user_mode)
        to = t->se->nice > 0 ? &rq->stats.nice_ns : &rq->stats.user_ns;
    atomic_store_relaxed(to, *to + ns);
}

void sched_charge(struct run_queue *rq, struct thread *t, uint64_t now_ns)
{
    struct sched_entity *se = t->se;
    uint64_t *to = t->user_mode ? &se->times.user_ns : &se->times.system_ns;
    uint64_t ns = now_ns - se->acct_ns;

    if ((int64_t)ns <= 0)
        return;
    atomic_store_relaxed(&se->acct_seq, se->acct_seq + 1);
    atomic_fence_release();
    atomic_store_relaxed(to, *to + ns);
    atomic_store_relaxed(&se->acct_ns, now_ns);
    atomic_store_release(&se->acct_seq, se->acct_seq + 1);
    charge_cpu(rq, t, ns);
}

void thread_enter_user(void)
{
    struct run_queue *rq = sched_this_rq();
    struct thread *t = rq->current;

    kassert(hal_irq_masked() && !t->user_mode);
    sched_charge(rq, t, hal_time_ns());
    atomic_store_relaxed(&t->user_mode, true);
}

void thread_leave_user(void)
{
    struct run_queue *rq = sched_this_rq();
    struct thread *t = rq->current;

    kassert(hal_irq_masked() && t->user_mode);
    sched_charge(rq, t, hal_time_ns());
    atomic_store_relaxed(&t->user_mode, false);
}

void thread_times(struct thread *t, struct thread_times *out)
{
    struct sched_entity *se = t->se;
    uint64_t acct_ns;
    uint32_t seq;
    bool user;

    do {
        seq = atomic_load_acquire(&se->acct_seq);
        out->user_ns = atomic_load_relaxed(&se->times.user_ns);
        out->system_ns = atomic_load_relaxed(&se->times.system_ns);
        acct_ns = atomic_load_relaxed(&se->acct_ns);
        user = atomic_load_relaxed(&t->user_mode);
        atomic_fence_acquire();
    } while ((seq & 1) || atomic_load_relaxed(&se->acct_seq) != seq);
    out->wait_ns = atomic_load_relaxed(&se->times.wait_ns);
    out->voluntary = atomic_load_relaxed(&se->times.voluntary);
    out->involuntary = atomic_load_relaxed(&se->times.involuntary);
    if (thread_is_running(t)) {
        uint64_t now_ns = hal_time_ns();

        if (now_ns > acct_ns && user)
            out->user_ns += now_ns - acct_ns;
        else if (now_ns > acct_ns)
            out->system_ns += now_ns - acct_ns;
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
        if (t->se->is_idle)
            out->idle_ns += now_ns - since_ns;
        else if (atomic_load_relaxed(&t->user_mode))
            *(t->se->nice > 0 ? &out->nice_ns : &out->user_ns) += now_ns - since_ns;
        else
            out->system_ns += now_ns - since_ns;
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
