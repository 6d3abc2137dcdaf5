/* SPDX-License-Identifier: BSD-2-Clause */
/* Two CPUs and a counter: one takes its lock, the other does not.  For ThreadSanitizer. */
#include <pthread.h>
#include <stdio.h>

#include "hal_fake.h"
#include "lib/spinlock.h"

static struct {
    struct spinlock lock;
    uint64_t value; /* under `lock` */
} counter = {.lock = SPINLOCK_INIT("planted.counter")};

static void counter_add(void)
{
    spin_lock(&counter.lock);
    counter.value++; /* mark: locked */
    spin_unlock(&counter.lock);
}

static NOINLINE void counter_add_carelessly(void)
{
    counter.value++; /* mark: unlocked */
}

static void *second_cpu(void *arg)
{
    hal_fake_set_cpu(1);
    for (int i = 0; i < 1000; i++)
        counter_add_carelessly();
    return arg;
}

int main(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, second_cpu, NULL))
        return 1;
    for (int i = 0; i < 1000; i++)
        counter_add();
    pthread_join(thread, NULL);
    printf("counted to %llu\n", (unsigned long long)counter.value);
    return 0;
}
