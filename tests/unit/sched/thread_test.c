/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads on one CPU: life and death, shares, classes, accounting. */
#include "machine.h"

#include <time.h>

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/slab.h"

static bool stop;
static unsigned freed;
static uint64_t spun[2];

static int setup(void **state)
{
    (void)state;
    stop = false;
    freed = 0;
    spun[0] = spun[1] = 0;
    return 0;
}

static void nothing(void *arg)
{
    (void)arg;
}

static void count_free(struct thread *t)
{
    (void)t;
    freed++;
}

static void ended_thread_leaves_nothing_behind(void **state)
{
    struct thread_params p = {.name = "short", .entry = nothing, .on_free = count_free};
    struct frame_stats before, after;
    struct thread *t;

    (void)state;
    machine_join(machine_spawn("warm-up", nothing, NULL));
    frame_stats(&before);
    for (unsigned i = 0; i < 500; i++) {
        assert_int_equal(thread_create(&p, &t), 0);
        thread_start(t);
        thread_put(t); /* it goes on without us */
        if (i % 4 == 3)
            machine_settle();
    }
    machine_settle();
    frame_stats(&after);
    assert_int_equal(freed, 500);
    /* Stacks stay in the CPU's cache, no more than that. */
    assert_true(before.free - after.free <=
                16 * hal_bootinfo()->kstack_bytes / PAGE_SIZE);
}

static void never_started_thread_can_be_dropped(void **state)
{
    struct thread_params p = {.name = "never", .entry = nothing, .on_free = count_free};
    struct thread *t;

    (void)state;
    assert_int_equal(thread_create(&p, &t), 0);
    thread_put(t);
    assert_int_equal(freed, 1);
}

/* A program's loop: interrupts come in, and with them the end of the slice. */
static void spin(void *arg)
{
    uint64_t *count = arg;

    while (!atomic_load_relaxed(&stop)) {
        (*count)++;
        (void)hal_irq_save();
        hal_irq_restore(true);
    }
}

/* Time that this machine has had of the host's processors: one of its threads always spins. */
static uint64_t had_ns(void)
{
    struct timespec ts;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Less than half of one processor since then says nothing about shares. */
static bool starved(uint64_t wall_ns, uint64_t cpu_ns)
{
    return (had_ns() - cpu_ns) * 2 < hal_time_ns() - wall_ns;
}

/* A host that is busy with other things takes its time from whoever is running, so each look has
 * more to go by; where the scheduler is wrong, none is right. */
static void shares_follow_nice(void **state)
{
    struct thread *a = machine_spawn("nice 0", spin, &spun[0]);
    struct thread *b = machine_spawn("nice 5", spin, &spun[1]);
    struct thread_times ta, tb;
    uint64_t wall = hal_time_ns(), cpu = had_ns();
    bool good = false;

    (void)state;
    assert_int_equal(thread_set_nice(b, 5), 0);
    for (unsigned look = 0; look < 10 && !good; look++) {
        assert_int_equal(thread_sleep(400 * MS, NULL), 0);
        thread_times(a, &ta);
        thread_times(b, &tb);
        /* 1.25^5 is 3.05; and the one waits while the other runs. */
        good = ta.system_ns * 100 >= tb.system_ns * 240 &&
               ta.system_ns * 100 <= tb.system_ns * 380 &&
               tb.wait_ns > ta.system_ns / 2 && ta.involuntary > 10 &&
               tb.involuntary > 10;
    }
    atomic_store(&stop, true);
    machine_join(a);
    machine_join(b);
    if (!good && starved(wall, cpu))
        skip();
    assert_true(good);
}

/* Three quarters of the time in user mode, in many short stays; read while it goes on. */
static void in_and_out(void *arg)
{
    (void)arg;
    while (!atomic_load_relaxed(&stop)) {
        bool irq = hal_irq_save();
        uint64_t start = hal_time_ns();

        thread_enter_user();
        while (hal_time_ns() - start < 30000)
            ;
        thread_leave_user();
        while (hal_time_ns() - start < 40000)
            ;
        hal_irq_restore(irq);
    }
}

static void user_and_system_time_are_told_apart(void **state)
{
    struct thread *t = machine_spawn("in and out", in_and_out, NULL);
    struct thread_times was = {0}, now;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(thread_sleep(2 * MS, NULL), 0);
        thread_times(t, &now);
        /* Measured by two clocks: what is not charged yet may be off by their rounding. */
        assert_true(now.user_ns + 10000 >= was.user_ns);
        assert_true(now.system_ns + 10000 >= was.system_ns);
        assert_true(now.user_ns + now.system_ns >= was.user_ns + was.system_ns);
        was = now;
    }
    atomic_store(&stop, true);
    thread_times(t, &now);
    machine_join(t);
    assert_in_range(now.user_ns * 100 / (now.user_ns + now.system_ns), 50, 95);
}

static void sleeper_is_served_while_others_spin(void **state)
{
    struct thread *a = machine_spawn("spin", spin, &spun[0]);
    uint64_t worst = 0;

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        uint64_t start = had_ns();

        assert_int_equal(thread_sleep(2 * MS, NULL), 0);
        worst = MAX(worst, had_ns() - start);
    }
    atomic_store(&stop, true);
    machine_join(a);
    assert_true(worst < 2 * MS + 20 * MS);
}

static void real_time_runs_before_fair_but_not_for_ever(void **state)
{
    uint64_t wall = hal_time_ns(), cpu = had_ns();
    struct thread *rt, *fair;
    struct thread_times t;

    (void)state;
    fair = machine_spawn("fair", spin, &spun[1]);
    rt = machine_spawn("rt", spin, &spun[0]);
    assert_int_equal(thread_set_policy(rt, SCHED_POLICY_FIFO, 50), 0);
    /* This thread is fair too: it comes back only because of the throttle. */
    assert_int_equal(thread_sleep(2500 * MS, NULL), 0);
    thread_times(fair, &t);
    atomic_store(&stop, true);
    machine_join(rt);
    machine_join(fair);
    if (starved(wall, cpu))
        skip();
    assert_in_range(t.system_ns, 50 * MS, 300 * MS);
}

static void policies_are_checked(void **state)
{
    struct thread *t = thread_current();
    enum sched_policy p;
    int priority;

    (void)state;
    assert_int_equal(thread_set_policy(t, SCHED_POLICY_FIFO, 0), -EINVAL);
    assert_int_equal(thread_set_policy(t, SCHED_POLICY_RR, 100), -EINVAL);
    assert_int_equal(thread_set_policy(t, SCHED_POLICY_NORMAL, 1), -EINVAL);
    assert_int_equal(thread_set_policy(t, (enum sched_policy)6, 0), -EINVAL);
    assert_int_equal(thread_set_policy(t, SCHED_POLICY_RR, 7), 0);
    thread_get_policy(t, &p, &priority);
    assert_int_equal(p, SCHED_POLICY_RR);
    assert_int_equal(priority, 7);
    assert_int_equal(thread_slice_ns(t), 100 * MS);
    assert_int_equal(thread_set_policy(t, SCHED_POLICY_NORMAL, 0), 0);
    assert_int_equal(thread_set_affinity(t, (struct cpumask){2}), -EINVAL);
    assert_int_equal(thread_set_affinity(t, (struct cpumask){3}), 0);
}

static void child_inherits_unless_told_otherwise(void **state)
{
    struct thread *self = thread_current();
    struct thread_params p = {.name = "child", .entry = nothing, .inherit = self};
    struct thread *t;

    (void)state;
    assert_int_equal(thread_set_nice(self, -3), 0);
    assert_int_equal(thread_create(&p, &t), 0);
    assert_int_equal(thread_nice(t), -3);
    thread_put(t);
    self->reset_on_fork = true;
    assert_int_equal(thread_create(&p, &t), 0);
    assert_int_equal(thread_nice(t), 0);
    thread_put(t);
    self->reset_on_fork = false;
    assert_int_equal(thread_set_nice(self, 0), 0);
}

static void smash(void *arg)
{
    (void)arg;
    *(uint64_t *)thread_current()->stack = 0;
    schedule();
}

static void overrun_stack_is_found_at_the_next_switch(void **state)
{
    (void)state;
    /* The panic comes in the other thread's context, which the jump leaves for good. */
    expect_panic("overrun its stack",
                 (machine_spawn("smash", smash, NULL), machine_settle()));
}

static void call(void *arg)
{
    assert_true(hal_irq_masked());
    ++*(unsigned *)arg;
}

static void cross_call_runs_here_too(void **state)
{
    unsigned calls = 0;

    (void)state;
    sched_call_cpus(sched_cpus(), call, &calls);
    assert_int_equal(calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ended_thread_leaves_nothing_behind, setup),
        cmocka_unit_test_setup(never_started_thread_can_be_dropped, setup),
        cmocka_unit_test_setup(shares_follow_nice, setup),
        cmocka_unit_test_setup(user_and_system_time_are_told_apart, setup),
        cmocka_unit_test_setup(sleeper_is_served_while_others_spin, setup),
        cmocka_unit_test_setup(real_time_runs_before_fair_but_not_for_ever, setup),
        cmocka_unit_test_setup(policies_are_checked, setup),
        cmocka_unit_test_setup(child_inherits_unless_told_otherwise, setup),
        cmocka_unit_test_setup(cross_call_runs_here_too, setup),
        cmocka_unit_test_setup(overrun_stack_is_found_at_the_next_switch, setup),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
