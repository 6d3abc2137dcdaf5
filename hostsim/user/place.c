/* SPDX-License-Identifier: BSD-2-Clause */
/* Pinning, from the cores that this process may use and the number of virtual CPUs. */
#include "hostsim/user/place.h"

#include <sched.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "hostsim/hal/machine.h"

#define SPIN_NS        50000.0 /* what it costs to wake an idle core of a virtual host */
#define SPIN_MEASURED  2000
#define SPIN_LOOPS_MAX 100000u
#define PLACE_YIELDS   16u
#define PLACE_CROWDED_NS                                                                 \
    200000ull /* who yielded for longer met others than its own tasks */
#define PLACE_RETRY_NS 5000000ull /* and sleeps instead, for so long */

static int cores[CPU_SETSIZE]; /* what we may use; starts elsewhere in each process */
static unsigned core_count;
static uint32_t spin_loops;

/* The core that the calling thread is bound to, if it is a virtual CPU. */
static __thread int bound_core = PLACE_ANYWHERE;
static __thread uint64_t crowded_until; /* hal_time_ns() */

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void place_init(void)
{
    unsigned start = (unsigned)getpid();
    double begin = seconds(), each;
    int found[CPU_SETSIZE];
    cpu_set_t set;

    core_count = 0;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        for (int i = 0; i < CPU_SETSIZE; i++)
            if (CPU_ISSET(i, &set))
                found[core_count++] = i;
    for (unsigned i = 0; i < core_count; i++)
        cores[i] = found[(i + start) % core_count];
    for (int i = 0; i < SPIN_MEASURED; i++)
        __builtin_ia32_pause();
    each = (seconds() - begin) * 1e9 / SPIN_MEASURED;
    spin_loops =
        each * SPIN_LOOPS_MAX < SPIN_NS ? SPIN_LOOPS_MAX : (uint32_t)(SPIN_NS / each);
}

/* Two cores for each virtual CPU? */
static bool place_in_pairs(void)
{
    return core_count >= 2 * hal_bootinfo()->cpu_count;
}

bool place_may_spin(void)
{
    return place_in_pairs() && machine_spin_allowed();
}

bool place_may_yield(void)
{
    return machine_yield_allowed() && hal_time_ns() >= crowded_until;
}

void place_yield(void)
{
    uint64_t before = hal_time_ns(), after;

    sched_yield();
    after = hal_time_ns();
    if (after - before > PLACE_CROWDED_NS)
        crowded_until = after + PLACE_RETRY_NS;
}

static void place(pid_t tid, int *now, int core)
{
    cpu_set_t set;

    if (*now == core)
        return;
    *now = core;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(tid, sizeof(set), &set);
}

/* Bind the calling virtual CPU, the first time; its deadlines are meant to the microsecond. */
static void place_self(unsigned cpu)
{
    if (bound_core == PLACE_ANYWHERE)
        prctl(PR_SET_TIMERSLACK, 1000ul);
    place(0, &bound_core, cores[place_in_pairs() ? 2 * cpu : cpu % core_count]);
}

void place_slot(struct native_space *space, struct native_slot *slot)
{
    unsigned cpu = machine_cpu();
    struct stub_control *c = space->mapper.control;
    uint32_t spin = place_may_spin() ? spin_loops : 0;
    uint32_t yield = spin == 0 && place_may_yield() ? PLACE_YIELDS : 0;

    /* Hints; the virtual CPUs of a space may disagree for a moment. */
    if (__atomic_load_n(&c->spin, __ATOMIC_RELAXED) != spin)
        __atomic_store_n(&c->spin, spin, __ATOMIC_RELAXED);
    if (__atomic_load_n(&c->yield, __ATOMIC_RELAXED) != yield)
        __atomic_store_n(&c->yield, yield, __ATOMIC_RELAXED);
    place_self(cpu);
    if (core_count < 2)
        return;
    place(slot->tid, &slot->core, place_in_pairs() ? cores[2 * cpu + 1] : bound_core);
}

bool place_is_bound(void)
{
    return bound_core != PLACE_ANYWHERE;
}

void place_mapper(struct stub_mapper *m, const struct native_slot *helper)
{
    if (core_count >= 2 && place_is_bound() && m->pid != 0)
        place(m->pid, &m->core, helper != NULL ? helper->core : bound_core);
}
