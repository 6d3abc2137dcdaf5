/* SPDX-License-Identifier: BSD-2-Clause */
/* Bad moments for a panic. */
#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/panic.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "tests/planted/kernel/planted.h"

static void panic_here(void *arg UNUSED)
{
    kpanic("CPU %u has had enough", hal_cpu_id());
}

/* All at once: one of them reports, the others do not get into its way. */
void plant_panic_everywhere(void)
{
    sched_call_cpus(sched_cpus(), panic_here, NULL);
}

static uint32_t spinning; /* atomic */

static NOINLINE void spin_masked(void)
{
    (void)hal_irq_save();
    atomic_store(&spinning, 1);
    for (;;)
        (void)atomic_load(&spinning);
}

static void busy(void *arg UNUSED)
{
    spin_masked();
}

/* Another CPU does not listen: it is not waited for, and shown where it is. */
void plant_panic_while_busy(void)
{
    struct thread_params p = {.name = "busy", .entry = busy};
    struct thread *t;

    if (thread_create(&p, &t))
        return;
    thread_start(t);
    while (!atomic_load(&spinning))
        thread_yield();
    kpanic("while another CPU is deaf");
}

/* The list of threads leads nowhere: the report goes on behind it. */
void plant_panic_on_broken_lists(void)
{
    thread_current()->registered.next = (struct list_node *)0x10000;
    kpanic("and the lists are broken");
}
