/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that sleep without end where no signal reaches them: whoever should wake them has
 * forgotten it, or waits himself.
 *
 * There is no thread that watches.  Going to such a sleep arms one timer for the machine, if it
 * is not armed; when it expires, those that have slept too long are named, each sleep once, and
 * it is armed again as long as there are others that might.
 */
#include "sched/sched_priv.h"
#include "sched/timer.h"
#include "trace/log.h"

#define HUNG_REPORTS_MAX 16u
#define HUNG_LINE_BYTES  300

static struct timer hung_timer;
static bool hung_armed; /* atomic */
static uint64_t hung_ns = SCHED_HUNG_NS;
static unsigned hung_reports; /* by the timer only */

struct hung_walk {
    uint64_t now_ns;
    bool more; /* threads that sleep so, but not too long yet */
};

static void hung_look(struct thread *t, void *arg)
{
    struct hung_walk *w = arg;
    uint64_t since_ns = thread_left_ns(t);
    char line[HUNG_LINE_BYTES];

    if (atomic_load(&t->state) != THREAD_UNINTERRUPTIBLE ||
        atomic_load_relaxed(&t->se->on_cpu) || t->se->hung_ns == since_ns)
        return;
    if (w->now_ns < since_ns + hung_ns) {
        w->more = true;
        return;
    }
    t->se->hung_ns = since_ns;
    if (hung_reports++ >= HUNG_REPORTS_MAX)
        return;
    thread_describe(t, line, sizeof(line));
    log_err("sched", "hung: %s", line);
}

static void hung_expired(struct timer *timer)
{
    struct hung_walk w = {.now_ns = hal_time_ns()};

    /* First: who goes to sleep from now on arms it himself. */
    atomic_store(&hung_armed, false);
    thread_for_each(hung_look, &w);
    if (w.more && !atomic_xchg(&hung_armed, true))
        timer_arm(timer, w.now_ns + hung_ns / 2);
}

void hung_init(void)
{
    timer_init(&hung_timer, hung_expired);
}

void hung_watch(void)
{
    if (!atomic_load_relaxed(&hung_armed) && !atomic_xchg(&hung_armed, true))
        timer_arm(&hung_timer, hal_time_ns() + hung_ns);
}
