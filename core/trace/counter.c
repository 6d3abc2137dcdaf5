/* SPDX-License-Identifier: BSD-2-Clause */
/* The cells of all counters, a row for each CPU. */
#include "trace/counter.h"

#include "lib/string.h"

uint64_t counter_cells[HAL_CPUS_MAX][COUNTERS_MAX] ALIGNED(64);

bool counter_detail_on;

void counter_detail_start(void)
{
    counter_detail_on = true;
}

uint64_t counter_sum(const struct counter *c)
{
    size_t index = counter_index(c);
    uint64_t sum = 0;

    kassert(index < COUNTERS_MAX);
    for (unsigned cpu = 0; cpu < HAL_CPUS_MAX; cpu++)
        sum += atomic_load_relaxed(&counter_cells[cpu][index]);
    return sum;
}

const struct counter *counter_find(const char *name)
{
    counter_for_each (c) {
        if (str_eq(c->name, name))
            return c;
    }
    return NULL;
}
