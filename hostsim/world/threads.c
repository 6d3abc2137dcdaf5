/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of real time: a host thread for each virtual CPU.
 *
 * An idle CPU sleeps on the futex vcpu.pending.  It announces that in vcpu.sleeping, which
 * nobody else writes, and then sleeps only while pending is still 0; whoever sets a bit of
 * pending looks at `sleeping` afterwards.  Both orders are sequentially consistent, so one of
 * the two sees the other.
 */
#include "hostsim/world/world.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "hostsim/hal/engine.h"
#include "hostsim/hal/fault.h"
#include "hostsim/hal/machine.h"

#define SPIN_NS         15000 /* waking an idle host core costs more than this */
#define RELAX_PER_YIELD 256u
#define TIMER_SLACK_NS  1000ul

static uint64_t time_base;
static unsigned host_cores;
static _Atomic unsigned busy_cpus;

static uint64_t host_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t threads_time_ns(void)
{
    return host_ns(CLOCK_MONOTONIC) - time_base;
}

static uint64_t threads_wall_ns(void)
{
    return host_ns(CLOCK_REALTIME);
}

static bool threads_may_spin(void)
{
    return host_cores >= 2 * atomic_load_explicit(&busy_cpus, memory_order_relaxed);
}

static bool threads_may_yield(void)
{
    return host_cores >= atomic_load_explicit(&busy_cpus, memory_order_relaxed);
}

/* An idle CPU may burn the host core that it has been using, unless that is the only one.  While
 * all are in use nobody else spins, so no CPU needs a second one. */
static bool may_spin_idle(void)
{
    return host_cores > 1 && threads_may_yield();
}

static void cpu_entry(void *arg)
{
    (void)arg;
    core_cpu_main();
}

static void *cpu_thread(void *arg)
{
    struct vcpu *cpu = arg;

    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
    fault_thread_init();
    vcpu_run(cpu, cpu_entry);
}

static int threads_cpu_start(struct vcpu *cpu)
{
    pthread_attr_t attr;
    pthread_t thread;
    int err;

    atomic_fetch_add(&busy_cpus, 1);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    err = pthread_create(&thread, &attr, cpu_thread, cpu);
    pthread_attr_destroy(&attr);
    if (err)
        atomic_fetch_sub(&busy_cpus, 1);
    return -err;
}

/* True when there is something to do within the time that spinning is worth. */
static bool spin_until_pending(struct vcpu *cpu)
{
    uint64_t end = threads_time_ns() + SPIN_NS;

    do {
        for (int i = 0; i < 16; i++) {
            if (irq_pending(cpu))
                return true;
            __builtin_ia32_pause();
        }
    } while (may_spin_idle() && threads_time_ns() < end);
    return false;
}

static void sleep_until_pending(struct vcpu *cpu)
{
    struct timespec at;
    uint64_t until = cpu->deadline_ns;

    if (until != HAL_NEVER) {
        until += time_base;
        at = (struct timespec){.tv_sec = (time_t)(until / 1000000000u),
                               .tv_nsec = (long)(until % 1000000000u)};
    }
    atomic_store(&cpu->sleeping, 1);
    if (atomic_load(&cpu->pending) == 0)
        syscall(SYS_futex, &cpu->pending, FUTEX_WAIT_BITSET_PRIVATE, 0,
                until == HAL_NEVER ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
    atomic_store(&cpu->sleeping, 0);
}

static void threads_cpu_wait(struct vcpu *cpu)
{
    if (irq_pending(cpu) || (may_spin_idle() && spin_until_pending(cpu)))
        return;
    atomic_fetch_sub(&busy_cpus, 1);
    while (!irq_pending(cpu))
        sleep_until_pending(cpu);
    atomic_fetch_add(&busy_cpus, 1);
}

static void threads_cpu_wake(struct vcpu *cpu)
{
    if (atomic_load(&cpu->sleeping))
        syscall(SYS_futex, &cpu->pending, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    else
        engine->kick(cpu->id);
}

static void threads_cpu_relax(struct vcpu *cpu)
{
    __builtin_ia32_pause();
    /* The lock's owner may be waiting for this very host core. */
    if (++cpu->relax_count % RELAX_PER_YIELD == 0)
        sched_yield();
}

void world_threads_init(void)
{
    cpu_set_t set;

    time_base = host_ns(CLOCK_MONOTONIC);
    host_cores = sched_getaffinity(0, sizeof(set), &set) ? 1 : (unsigned)CPU_COUNT(&set);
    atomic_store(&busy_cpus, 1);
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

const struct world_ops world_threads = {
    .cpu_start = threads_cpu_start,
    .cpu_wait = threads_cpu_wait,
    .cpu_relax = threads_cpu_relax,
    .cpu_wake = threads_cpu_wake,
    .may_spin = threads_may_spin,
    .may_yield = threads_may_yield,
    .time_ns = threads_time_ns,
    .wall_ns = threads_wall_ns,
};
