/* SPDX-License-Identifier: BSD-2-Clause */
/* The storage behind the preemption counters, and the scheduler's hook. */
#include "lib/preempt.h"

struct preempt_cpu preempt_cpus[HAL_CPUS_MAX];

static void (*resched_hook)(void);

void preempt_set_resched_hook(void (*hook)(void))
{
    atomic_store_release(&resched_hook, hook);
}

void preempt_call_resched_hook(void)
{
    void (*hook)(void) = atomic_load_acquire(&resched_hook);

    if (hook != NULL)
        hook();
}
