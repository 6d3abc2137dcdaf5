/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of every program, before the machine is turned off. */
#include "abi/signal.h"
#include "hal/hal.h"
#include "proc/proc_priv.h"
#include "sched/thread.h"

#define SHUTDOWN_LOOK_NS UINT64_C(5000000)

/* SIGKILL for each process but number 1; how many there were. */
static unsigned kill_round(void)
{
    unsigned count = 0;
    struct process *p;

    for (int32_t pid = 2; (p = process_next(pid)) != NULL; count++) {
        pid = p->pid + 1;
        (void)signal_send_process(p, SIGKILL, NULL);
        process_put(p);
    }
    return count;
}

unsigned proc_end_all(uint64_t timeout_ns)
{
    uint64_t end_ns = hal_time_ns() + timeout_ns;
    unsigned left;

    /* Again and again: one that was being cloned meanwhile has not heard of it. */
    while ((left = kill_round()) > 0 && hal_time_ns() < end_ns) {
        if (thread_sleep(SHUTDOWN_LOOK_NS, NULL))
            break;
    }
    return left;
}
