/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that sleep too long, and the list of all threads. */
#include "machine.h"

#include "sched/wait.h"
#include "trace/log.h"

#define LONG_NS (UINT64_C(61) * 1000 * MS)

static struct wait_queue queue;
static bool condition;

static int setup(void **state)
{
    (void)state;
    wait_queue_init(&queue);
    condition = false;
    log_set_console_level(LOG_LEVEL_ERR);
    hal_fake_console_clear();
    return 0;
}

static void sleep_deaf(void *arg)
{
    (void)arg;
    wait_event_uninterruptible(&queue, condition);
}

static void sleep_idle(void *arg)
{
    (void)arg;
    wait_event_idle(&queue, condition);
}

static void wake(struct thread *t)
{
    condition = true;
    wait_wake_all(&queue);
    machine_join(t);
}

static void pass_time(void)
{
    hal_fake_advance(LONG_NS);
    machine_settle();
}

static void sleeper_that_nobody_wakes_is_named_once(void **state)
{
    struct thread *t = machine_spawn("deaf", sleep_deaf, NULL);

    (void)state;
    machine_settle();
    pass_time();
    assert_non_null(strstr(hal_fake_console(), "sched: hung: thread "));
    assert_non_null(strstr(hal_fake_console(), " (deaf): uninterruptible for 6"));
    hal_fake_console_clear();
    pass_time();
    assert_string_equal(hal_fake_console(), "");
    wake(t);
}

static void sleeper_that_is_woken_in_time_is_not_named(void **state)
{
    struct thread *t = machine_spawn("deaf", sleep_deaf, NULL);

    (void)state;
    machine_settle();
    hal_fake_advance(LONG_NS / 2);
    wake(t);
    condition = false;
    pass_time();
    assert_string_equal(hal_fake_console(), "");
}

/* The one whose minute is not over when the timer comes is looked at again. */
static void second_sleeper_is_named_later(void **state)
{
    struct thread *first = machine_spawn("first", sleep_deaf, NULL), *second;

    (void)state;
    machine_settle();
    hal_fake_advance(LONG_NS / 2);
    second = machine_spawn("second", sleep_deaf, NULL);
    machine_settle();
    hal_fake_advance(LONG_NS / 2);
    machine_settle();
    assert_non_null(strstr(hal_fake_console(), " (first): "));
    assert_null(strstr(hal_fake_console(), " (second): "));
    pass_time();
    assert_non_null(strstr(hal_fake_console(), " (second): "));
    condition = true;
    wait_wake_all(&queue);
    machine_join(first);
    machine_join(second);
}

static void idle_thread_may_wait_for_ever(void **state)
{
    struct thread *t = machine_spawn("idler", sleep_idle, NULL);

    (void)state;
    machine_settle();
    pass_time();
    pass_time();
    assert_string_equal(hal_fake_console(), "");
    wake(t);
}

static void find_thread(struct thread *t, void *arg)
{
    struct thread **wanted = arg;

    if (t == *wanted)
        *wanted = NULL;
}

static bool listed(struct thread *t)
{
    thread_for_each(find_thread, &t);
    return t == NULL;
}

static void thread_is_listed_as_long_as_it_exists(void **state)
{
    struct thread *t = machine_spawn("deaf", sleep_deaf, NULL);

    (void)state;
    assert_true(listed(t));
    assert_true(listed(thread_current()));
    thread_get(t);
    wake(t);
    assert_true(listed(t)); /* dead, and held */
    thread_put(t);
    assert_false(listed(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sleeper_that_nobody_wakes_is_named_once, setup),
        cmocka_unit_test_setup(sleeper_that_is_woken_in_time_is_not_named, setup),
        cmocka_unit_test_setup(second_sleeper_is_named_later, setup),
        cmocka_unit_test_setup(idle_thread_may_wait_for_ever, setup),
        cmocka_unit_test_setup(thread_is_listed_as_long_as_it_exists, setup),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
