/* SPDX-License-Identifier: BSD-2-Clause */
/* How often each call was made, with what success, and how long it took. */
#include "syscall/stats.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "trace/log.h"

/* Of one call on one CPU; atomic. */
struct call_times {
    uint64_t done, errors, total_ns;
    uint64_t min_ns_inverted; /* so that 0 is "never" and larger is shorter */
    uint64_t max_ns;
};

struct syscall_counts syscall_counts[HAL_CPUS_MAX];
static struct call_times
    *times[HAL_CPUS_MAX]; /* written at boot only; NULL: not measured */

int syscall_stats_start(void)
{
    for (unsigned cpu = 0; cpu < hal_bootinfo()->cpu_count; cpu++) {
        times[cpu] = kcalloc(SYSCALL_NR_MAX + 1, sizeof(struct call_times));
        if (!times[cpu])
            return -ENOMEM;
    }
    syscall_watch();
    return 0;
}

static void raise_to(uint64_t *cell, uint64_t value)
{
    uint64_t old = atomic_load_relaxed(cell);

    while (value > old && !atomic_cmpxchg(cell, &old, value))
        continue;
}

void syscall_stats_add(uint64_t nr, uint64_t spent_ns, int64_t result)
{
    struct call_times *row = times[hal_cpu_id()];
    struct call_times *c = &row[MIN(nr, (uint64_t)SYSCALL_NR_MAX)];

    if (!row)
        return;
    atomic_add_relaxed(&c->done, 1);
    if (result < 0 && result >= -4095)
        atomic_add_relaxed(&c->errors, 1);
    atomic_add_relaxed(&c->total_ns, spent_ns);
    raise_to(&c->min_ns_inverted, ~spent_ns);
    raise_to(&c->max_ns, spent_ns);
}

static uint64_t count_of_slot(uint64_t slot)
{
    uint64_t sum = 0;

    for (unsigned cpu = 0; cpu < HAL_CPUS_MAX; cpu++)
        sum += atomic_load_relaxed(&syscall_counts[cpu].calls[slot]);
    return sum;
}

uint64_t syscall_calls(uint64_t nr)
{
    return nr < SYSCALL_NR_MAX ? count_of_slot(nr) : 0;
}

bool syscall_stats_at(uint64_t nr, struct syscall_stats *out)
{
    uint64_t shortest = 0;

    *out =
        (struct syscall_stats){.desc = syscall_describe(nr), .calls = count_of_slot(nr)};
    for (unsigned cpu = 0; cpu < HAL_CPUS_MAX && times[cpu]; cpu++) {
        const struct call_times *c = &times[cpu][nr];

        out->done += atomic_load_relaxed(&c->done);
        out->errors += atomic_load_relaxed(&c->errors);
        out->total_ns += atomic_load_relaxed(&c->total_ns);
        out->max_ns = MAX(out->max_ns, atomic_load_relaxed(&c->max_ns));
        shortest = MAX(shortest, atomic_load_relaxed(&c->min_ns_inverted));
    }
    out->min_ns = out->done ? ~shortest : 0;
    return out->calls != 0;
}

void syscall_report_missing(void)
{
    struct syscall_stats s;

    for (uint64_t nr = 0; nr <= SYSCALL_NR_MAX; nr++) {
        if (!syscall_stats_at(nr, &s) || (s.desc && s.desc->fn && !s.desc->refused))
            continue;
        if (s.desc)
            log_warn("syscall", "%s: %s (%lu), tried %lu times",
                     s.desc->fn ? "refused" : "missing", s.desc->name, (unsigned long)nr,
                     (unsigned long)s.calls);
        else
            log_warn("syscall", "missing: unknown number%s %lu, tried %lu times",
                     nr == SYSCALL_NR_MAX ? "s from" : "", (unsigned long)nr,
                     (unsigned long)s.calls);
    }
}
