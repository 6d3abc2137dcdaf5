/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event counters, one cell per CPU each.
 *
 *     COUNTER_DEFINE(mm_frames_split, "free blocks split to serve a smaller order");
 *     ...
 *     counter_add(&mm_frames_split, 1);
 *
 * The descriptions are constants in one linker section; the place of a description in it
 * is the index of the counter's cells.
 *
 * Owner:   the file that defines one.
 * Context: any.
 * Locking: none.  Adding is atomic, so that neither an interrupt nor a migration between
 *          finding the CPU and adding loses a count; other CPUs' cells are cache lines away.
 * Errors:  none; counters wrap.
 */
#ifndef CLOUDOS_TRACE_COUNTER_H
#define CLOUDOS_TRACE_COUNTER_H

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/base.h"

#define COUNTERS_MAX 256

struct counter {
    const char *name;
    const char *help;
} ALIGNED(16);

/* The section's bounds, from the linker. */
extern const struct counter __start_core_counters[], __stop_core_counters[];

extern uint64_t counter_cells[HAL_CPUS_MAX][COUNTERS_MAX];

#define COUNTER_DEFINE(id, help_text)                                                    \
    static const struct counter id __attribute__((section("core_counters"), used)) = {   \
        .name = #id, .help = (help_text)}

static inline size_t counter_index(const struct counter *c)
{
    return (size_t)(c - __start_core_counters);
}

static inline void counter_add(const struct counter *c, uint64_t n)
{
    atomic_add_relaxed(&counter_cells[hal_cpu_id()][counter_index(c)], n);
}

static inline void counter_inc(const struct counter *c)
{
    counter_add(c, 1);
}

/* What only --stats wants to know: counted from counter_detail_start() on, and until then a
 * load and a predictable branch. */
extern bool counter_detail_on; /* written at boot only: counter_detail_start() */
void counter_detail_start(void);

static inline void counter_detail(const struct counter *c)
{
    if (unlikely(counter_detail_on))
        counter_inc(c);
}

/* Over all CPUs; a snapshot only while nobody adds. */
uint64_t counter_sum(const struct counter *c);
/* NULL if there is no counter of that name. */
const struct counter *counter_find(const char *name);

#define counter_for_each(c)                                                              \
    for (const struct counter *c = __start_core_counters; c < __stop_core_counters; c++)

#endif /* CLOUDOS_TRACE_COUNTER_H */
