/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues: every order of sleeper, waker and signal. */
#include "machine.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/preempt.h"
#include "sched/wait.h"

static struct wait_queue queue;
static bool condition;
static unsigned running, finished;
static int result;

static int setup(void **state)
{
    (void)state;
    wait_queue_init(&queue);
    condition = false;
    running = finished = 0;
    result = 1;
    return 0;
}

static void sleeper(void *arg)
{
    (void)arg;
    running++;
    result = wait_event(&queue, condition);
    finished++;
}

static void wake_ends_the_wait(void **state)
{
    struct thread *t = machine_spawn("sleeper", sleeper, NULL);

    (void)state;
    machine_settle();
    assert_int_equal(running, 1);
    assert_int_equal(finished, 0);
    assert_int_equal(t->state, THREAD_SLEEPING);
    condition = true;
    wait_wake_all(&queue);
    machine_join(t);
    assert_int_equal(result, 0);
    assert_true(wait_queue_empty(&queue));
}

static void wake_without_the_condition_does_not(void **state)
{
    struct thread *t = machine_spawn("sleeper", sleeper, NULL);

    (void)state;
    machine_settle();
    wait_wake_all(&queue);
    machine_settle();
    assert_int_equal(finished, 0);
    condition = true;
    wait_wake_all(&queue);
    machine_join(t);
}

/* The waker comes between the look at the condition and the sleep. */
static void wake_between_prepare_and_sleep_is_not_lost(void **state)
{
    struct wait_entry e;

    (void)state;
    wait_entry_init(&e);
    wait_prepare(&queue, &e, THREAD_SLEEPING);
    condition = true;
    wait_wake_all(&queue);
    assert_int_equal(thread_current()->state, THREAD_RUNNABLE);
    assert_int_equal(wait_sleep(HAL_NEVER), 0);
    wait_finish(&queue, &e);
}

static void preemption_between_prepare_and_sleep_does_not_put_it_to_sleep(void **state)
{
    struct wait_entry e;

    (void)state;
    wait_entry_init(&e);
    wait_prepare(&queue, &e, THREAD_SLEEPING);
    preempt_set_need_resched(0);
    sched_preempt_point();
    assert_int_equal(thread_current()->state, THREAD_SLEEPING);
    wait_finish(&queue, &e);
}

static void signal_between_prepare_and_sleep_is_not_lost(void **state)
{
    struct wait_entry e;

    (void)state;
    wait_entry_init(&e);
    wait_prepare(&queue, &e, THREAD_SLEEPING);
    thread_interrupt(thread_current(), false);
    assert_int_equal(wait_sleep(HAL_NEVER), -ERESTARTSYS);
    wait_finish(&queue, &e);
    thread_interrupt_clear();
}

static void signal_ends_an_interruptible_wait(void **state)
{
    struct thread *t = machine_spawn("sleeper", sleeper, NULL);

    (void)state;
    machine_settle();
    thread_interrupt(t, false);
    machine_join(t);
    assert_int_equal(result, -ERESTARTSYS);
}

static void killable(void *arg)
{
    (void)arg;
    result = wait_event_killable(&queue, condition);
    finished++;
}

static void only_a_fatal_signal_ends_a_killable_wait(void **state)
{
    struct thread *t = machine_spawn("killable", killable, NULL);

    (void)state;
    machine_settle();
    thread_interrupt(t, false);
    machine_settle();
    assert_int_equal(finished, 0);
    thread_interrupt(t, true);
    machine_join(t);
    assert_int_equal(result, -ERESTARTSYS);
}

static void deadline_ends_the_wait(void **state)
{
    uint64_t start = hal_time_ns();

    (void)state;
    assert_int_equal(wait_event_until(&queue, condition, start + 30 * MS), -ETIMEDOUT);
    assert_true(hal_time_ns() >= start + 30 * MS);
    assert_true(wait_queue_empty(&queue));
}

static void exclusive(void *arg)
{
    struct wait_entry e;

    (void)arg;
    wait_entry_init(&e);
    e.exclusive = true;
    running++;
    wait_prepare(&queue, &e, THREAD_SLEEPING);
    result = wait_sleep(HAL_NEVER);
    wait_finish(&queue, &e);
    finished++;
}

static void wake_one_wakes_one_exclusive_waiter_and_all_others(void **state)
{
    struct thread *t[5];

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        t[i] = machine_spawn("exclusive", exclusive, NULL);
    condition = false;
    for (unsigned i = 3; i < 5; i++)
        t[i] = machine_spawn("sleeper", sleeper, NULL);
    machine_settle();
    assert_int_equal(running, 5);
    condition = true;
    wait_wake_one(&queue);
    machine_settle();
    assert_int_equal(finished, 3);
    wait_wake_one(&queue);
    machine_settle();
    assert_int_equal(finished, 4);
    wait_wake_all(&queue);
    for (unsigned i = 0; i < 5; i++)
        machine_join(t[i]);
    assert_int_equal(finished, 5);
}

static unsigned called;
static uint32_t called_key;

static bool callback(struct wait_entry *e, uint32_t key)
{
    (void)e;
    called++;
    called_key = key;
    return true;
}

static void callback_gets_the_key(void **state)
{
    struct wait_entry e;

    (void)state;
    called = 0;
    wait_entry_init_fn(&e, callback);
    wait_add(&queue, &e);
    wait_wake(&queue, 1, 0x11);
    wait_remove(&e);
    wait_wake(&queue, 1, 0x22);
    assert_int_equal(called, 1);
    assert_int_equal(called_key, 0x11);
}

static void sleep_tells_how_much_is_left(void **state)
{
    uint64_t left = 0;

    (void)state;
    thread_interrupt(thread_current(), false);
    assert_int_equal(thread_sleep(1000 * MS, &left), -EINTR);
    thread_interrupt_clear();
    assert_in_range(left, 500 * MS, 1000 * MS);
}

static void sleeping_with_a_spinlock_held_panics(void **state)
{
    static struct spinlock lock = SPINLOCK_INIT("test.held");

    (void)state;
    spin_lock(&lock);
    expect_panic("sleeping", schedule());
    hal_irq_restore(true);
    spin_unlock(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wake_ends_the_wait, setup),
        cmocka_unit_test_setup(wake_without_the_condition_does_not, setup),
        cmocka_unit_test_setup(wake_between_prepare_and_sleep_is_not_lost, setup),
        cmocka_unit_test_setup(
            preemption_between_prepare_and_sleep_does_not_put_it_to_sleep, setup),
        cmocka_unit_test_setup(signal_between_prepare_and_sleep_is_not_lost, setup),
        cmocka_unit_test_setup(signal_ends_an_interruptible_wait, setup),
        cmocka_unit_test_setup(only_a_fatal_signal_ends_a_killable_wait, setup),
        cmocka_unit_test_setup(deadline_ends_the_wait, setup),
        cmocka_unit_test_setup(wake_one_wakes_one_exclusive_waiter_and_all_others, setup),
        cmocka_unit_test_setup(callback_gets_the_key, setup),
        cmocka_unit_test_setup(sleep_tells_how_much_is_left, setup),
        cmocka_unit_test_setup(sleeping_with_a_spinlock_held_panics, setup),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
