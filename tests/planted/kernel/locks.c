/* SPDX-License-Identifier: BSD-2-Clause */
/* Bugs with locks, sleeping and stacks. */
#include "lib/atomic.h"
#include "lib/spinlock.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wait.h"
#include "tests/planted/kernel/planted.h"

static struct spinlock table_lock = SPINLOCK_INIT("planted.table");
static struct spinlock entry_lock = SPINLOCK_INIT("planted.entry");

static NOINLINE void entry_add(void)
{
    spin_lock(&table_lock);
    spin_lock(&entry_lock); /* mark: order-known */
    spin_unlock(&entry_lock);
    spin_unlock(&table_lock);
}

static NOINLINE void entry_remove(void)
{
    spin_lock(&entry_lock); /* mark: order-outer */
    spin_lock(&table_lock); /* mark: order-wrong */
    spin_unlock(&table_lock);
    spin_unlock(&entry_lock);
}

void plant_lock_order(void)
{
    entry_add();
    entry_remove();
}

void plant_sleep_in_spinlock(void)
{
    spin_lock(&table_lock);          /* mark: held */
    if (thread_sleep(1000000, NULL)) /* mark: sleeps */
        return;
    spin_unlock(&table_lock);
}

static struct wait_queue ready_wait;
static bool ready, done; /* atomic */

static NOINLINE void wait_until_ready(void)
{
    wait_event_uninterruptible(&ready_wait, atomic_load(&ready)); /* mark: never-woken */
}

static void waiter(void *arg UNUSED)
{
    wait_until_ready();
    atomic_store(&done, true);
}

void plant_lost_wakeup(void)
{
    struct thread_params p = {.name = "waiter", .entry = waiter};
    struct thread *t;

    wait_queue_init(&ready_wait);
    if (thread_create(&p, &t))
        return;
    thread_start(t);
    if (thread_sleep(1000000, NULL))
        return;
    atomic_store(&ready, true); /* and no wait_wake() */
    wait_event_idle(&ready_wait, atomic_load(&done));
    thread_put(t);
}

/* As deep as it takes to leave the stack, by not much. */
static NOINLINE uint64_t walk_deeper(uintptr_t end)
{
    volatile uint64_t frame[32];

    frame[0] = end;
    if ((uintptr_t)frame > end) {
        frame[1] = walk_deeper(end); /* mark: deeper */
        return frame[0] + frame[1];
    }
    thread_yield(); /* mark: too-deep */
    return frame[0];
}

void plant_stack_overflow(void)
{
    (void)walk_deeper((uintptr_t)thread_current()->stack);
}
