/* SPDX-License-Identifier: BSD-2-Clause */
#include "init/leak.h"

#include "init/leak_sites.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "sched/thread.h"
#include "trace/log.h"

#define LEAK_END_NS    UINT64_C(5000000000) /* to end every program */
#define LEAK_SETTLE_NS UINT64_C(10000000) /* between looks whether the last one is gone */
#define LEAK_LOOKS_MAX 100
#define LEAK_RECLAIM   4096 /* frames to ask for at a time */

static struct {
    struct slab_stats caches[SLAB_CACHES_MAX];
    unsigned count;
} leak_before;

void leak_baseline(void)
{
    unsigned n = 0;

    while (n < SLAB_CACHES_MAX && slab_stats_at(n, &leak_before.caches[n]))
        n++;
    leak_before.count = n;
    leak_sites_baseline();
}

static uint64_t leak_active_before(const char *cache)
{
    for (unsigned i = 0; i < leak_before.count; i++) {
        if (str_eq(leak_before.caches[i].name, cache))
            return leak_before.caches[i].active;
    }
    return 0;
}

/* A thread takes its stack and its page tables along a little later than its number. */
static void leak_settle(void)
{
    struct frame_stats f;

    for (unsigned looks = 0; looks < LEAK_LOOKS_MAX; looks++) {
        if (thread_sleep(LEAK_SETTLE_NS, NULL))
            break;
        frame_stats(&f);
        if (f.used[FRAME_ANON] + f.used[FRAME_PGTABLE] == 0)
            break;
    }
}

void leak_report(void)
{
    unsigned left = proc_end_all(LEAK_END_NS);
    struct frame_stats f;
    struct slab_stats s;
    unsigned rounds = 0;

    leak_settle();
    /* What is only remembered is no leak: names that do not exist, for one, keep the directory
     * that they do not exist in. */
    while (frame_reclaim(LEAK_RECLAIM) != 0 && ++rounds < LEAK_LOOKS_MAX)
        continue;
    log_notice("init", "leaks: %u processes left, %llu frames of programs", left,
               (unsigned long long)frame_leak_report());
    frame_stats(&f);
    log_notice("init", "leaks: kernel frames %llu",
               (unsigned long long)f.used[FRAME_KERNEL]);
    leak_sites_count();
    leak_sites_log(NULL);
    for (unsigned i = 0; slab_stats_at(i, &s); i++) {
        int64_t grown = (int64_t)(s.active - leak_active_before(s.name));

        if (grown == 0)
            continue;
        log_notice("init", "leaks: cache %s %+lld", s.name, (long long)grown);
        leak_sites_log(s.name);
    }
}
