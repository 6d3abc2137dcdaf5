/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of virtual time.
 *
 * The seed is not asked at every point: it decides for how many points (or instructions of user
 * code) the chosen CPU goes on, and when they are used up, who is next.  Run lengths are spread
 * over powers of two, so that both a CPU that is overtaken between two neighbouring locks and
 * one that is left alone for long are common.
 */
#include "hostsim/world/seeded.h"

#include <string.h>

#include "hostsim/hal/arena.h"
#include "hostsim/hal/fiber.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/probe.h"
#include "hostsim/world/input.h"
#include "hostsim/world/repeat.h"
#include "hostsim/world/seed.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

#define POINT_NS        50u /* what the kernel does between two points, on average */
#define CLOCK_READ_NS   20u
#define INSTRUCTION_NS  1u
#define RUN_POINTS_BITS 8  /* at most 256 points in a row */
#define RUN_USER_BITS   15 /* at most 32768 instructions in a row */
#define FLIGHT_POINTS   4u /* an interrupt between CPUs arrives within so many points */
#define WALL_BASE_NS    UINT64_C(1735689600000000000) /* 2025-01-01 00:00:00 UTC */

enum stream { STREAM_CHOICE = 1, STREAM_ENTROPY = 2 };

static struct {
    struct seed choice, entropy;
    uint64_t seed;
    uint64_t now_ns;
    uint64_t debt_ns; /* time that has passed on single CPUs, less than `running` */
    uint64_t points;
    uint32_t run_left;  /* points until the next choice */
    uint32_t user_left; /* instructions until the next choice */
    unsigned cpus, running;
} s;

void seeded_init(uint64_t seed, unsigned cpus)
{
    memset(&s, 0, sizeof(s));
    s.seed = seed;
    s.choice = seed_make(seed, STREAM_CHOICE);
    s.entropy = seed_make(seed, STREAM_ENTROPY);
    s.cpus = cpus;
    s.running = 1;
    s.run_left = seed_run_length(&s.choice, RUN_POINTS_BITS);
    s.user_left = seed_run_length(&s.choice, RUN_USER_BITS);
}

uint64_t seeded_now_ns(void)
{
    return s.now_ns;
}

uint64_t seeded_points(void)
{
    return s.points;
}

uint64_t seeded_seed(void)
{
    return s.seed;
}

void seeded_entropy(void *buf, size_t len)
{
    uint8_t *at = buf;

    while (len) {
        uint64_t r = seed_next(&s.entropy);
        size_t n = len < sizeof(r) ? len : sizeof(r);

        memcpy(at, &r, n);
        at += n;
        len -= n;
    }
}

/* ---- time ---- */

/* CPUs run side by side: what takes one of N running ones 1 ns moves the clock by 1/N ns. */
static void charge(uint64_t ns)
{
    unsigned n = s.running ? s.running : 1;

    s.debt_ns += ns;
    s.now_ns += s.debt_ns / n;
    s.debt_ns %= n;
}

static uint64_t seeded_time_ns(void)
{
    charge(CLOCK_READ_NS);
    return s.now_ns;
}

static uint64_t seeded_wall_ns(void)
{
    charge(CLOCK_READ_NS);
    return WALL_BASE_NS + s.now_ns;
}

static bool seeded_may_spin(void)
{
    return false;
}

/* ---- who goes on ---- */

static uint32_t interrupts(const struct vcpu *cpu)
{
    return atomic_load_explicit(&cpu->pending, memory_order_relaxed) &
           ~(uint32_t)PENDING_WORLD;
}

/* Could `cpu` go on if it were chosen? */
static bool can_run(const struct vcpu *cpu)
{
    if (atomic_load_explicit(&cpu->state, memory_order_relaxed) != VCPU_RUNNING)
        return false;
    return !cpu->waiting || interrupts(cpu) || cpu->in_flight ||
           s.now_ns >= cpu->deadline_ns;
}

/* One of those that can run, by lot; NULL if none can. */
static struct vcpu *choose(void)
{
    struct vcpu *able[HAL_CPUS_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < s.cpus; i++) {
        if (can_run(&vcpus[i]))
            able[n++] = &vcpus[i];
    }
    s.run_left = seed_run_length(&s.choice, RUN_POINTS_BITS);
    s.user_left = seed_run_length(&s.choice, RUN_USER_BITS);
    return n ? able[n > 1 ? seed_below(&s.choice, n) : 0] : NULL;
}

/* Suspend `from` here and continue `to` where that was suspended. */
static FIBER_SWITCHES void cpu_switch(struct vcpu *from, struct vcpu *to)
{
    if (from == to)
        return;
    trace_event_cpu(to->id, from->id, s.points);
    hal_context_switch(&from->resume, &to->resume);
    vcpu_current = from;
    from->fiber = from->resume.tag;
}

/* What is on its way to `cpu` comes a point nearer. */
static void flight_age(struct vcpu *cpu)
{
    if (cpu->in_flight == 0 || --cpu->flight_points)
        return;
    atomic_fetch_or(&cpu->pending, cpu->in_flight);
    cpu->in_flight = 0;
}

static void flight_land(struct vcpu *cpu)
{
    if (cpu->in_flight == 0)
        return;
    cpu->flight_points = 1;
    flight_age(cpu);
}

void seeded_send(struct vcpu *cpu, uint32_t bits)
{
    if (cpu->in_flight == 0)
        cpu->flight_points = 1 + seed_below(&s.choice, FLIGHT_POINTS);
    cpu->in_flight |= bits;
}

void seeded_point(struct vcpu *cpu)
{
    s.points++;
    charge(POINT_NS);
    if (unlikely(probe != NULL))
        probe->point(cpu, POINT_NS);
    flight_age(cpu);
    if (--s.run_left)
        return;
    input_poll(s.points);
    cpu_switch(cpu, choose());
}

static void seeded_cpu_relax(struct vcpu *cpu)
{
    s.run_left = 1; /* it waits for another one */
    seeded_point(cpu);
}

/* ---- nobody goes on ---- */

/* Every CPU waits: until the next deadline, or for somebody to type. */
static void time_advance(struct vcpu *cpu)
{
    uint64_t next = HAL_NEVER;

    for (unsigned i = 0; i < s.cpus; i++) {
        if (atomic_load(&vcpus[i].state) == VCPU_RUNNING && vcpus[i].deadline_ns < next)
            next = vcpus[i].deadline_ns;
    }
    next = input_wait(s.points, s.now_ns, next);
    if (next == HAL_NEVER) {
        cpu->waiting = false; /* it is the one that reports */
        s.running++;
        repeat_stuck();
    }
    s.now_ns = next > s.now_ns ? next : s.now_ns;
}

static void seeded_cpu_wait(struct vcpu *cpu)
{
    struct vcpu *next;

    cpu->waiting = true;
    s.running--;
    for (;;) {
        s.points++;
        flight_land(cpu);
        if (interrupts(cpu) || s.now_ns >= cpu->deadline_ns)
            break;
        input_poll(s.points);
        next = choose();
        if (next)
            cpu_switch(cpu, next);
        else
            time_advance(cpu);
    }
    cpu->waiting = false;
    s.running++;
}

/* ---- the rest ---- */

static void cpu_entry(void *arg)
{
    vcpu_current = arg;
    core_cpu_main();
}

static int seeded_cpu_start(struct vcpu *cpu)
{
    hal_context_init(&cpu->resume, arena_boot_stack(cpu->id), arena_kstack_bytes(),
                     cpu_entry, cpu);
    cpu->fiber = cpu->resume.tag;
    s.running++;
    return 0;
}

static void seeded_cpu_wake(struct vcpu *cpu)
{
    (void)cpu; /* choose() looks at `pending` */
}

uint64_t seeded_quantum(struct vcpu *cpu)
{
    uint64_t left_ns;

    seeded_point(cpu);
    if (interrupts(cpu) || s.now_ns >= cpu->deadline_ns)
        return 0;
    if (cpu->deadline_ns == HAL_NEVER)
        return s.user_left;
    /* Not far beyond the deadline: the clock moves slower than one CPU's instructions. */
    left_ns = (cpu->deadline_ns - s.now_ns) * s.running / INSTRUCTION_NS + 1;
    return left_ns < s.user_left ? left_ns : s.user_left;
}

void seeded_executed(struct vcpu *cpu, uint64_t instructions)
{
    charge(instructions * INSTRUCTION_NS);
    if (instructions < s.user_left) {
        s.user_left -= (uint32_t)instructions;
        return;
    }
    s.run_left = 1;
    seeded_point(cpu);
}

const struct world_ops world_seeded = {
    .exact = true,
    .cpu_start = seeded_cpu_start,
    .cpu_wait = seeded_cpu_wait,
    .cpu_relax = seeded_cpu_relax,
    .cpu_wake = seeded_cpu_wake,
    .may_spin = seeded_may_spin,
    .may_yield = seeded_may_spin,
    .time_ns = seeded_time_ns,
    .wall_ns = seeded_wall_ns,
};
