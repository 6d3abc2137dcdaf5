/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers fire in order, once, and not after they are cancelled. */
#include "machine.h"

#include "lib/random.h"
#include "sched/timer.h"

#define TIMERS 100

static struct timer timers[TIMERS];
static unsigned fired[TIMERS], fired_count;

static void note(struct timer *t)
{
    assert_true(hal_time_ns() >= t->deadline_ns);
    assert_true(hal_irq_masked());
    fired[fired_count++] = (unsigned)(t - timers);
}

static void arm_all(uint64_t seed)
{
    uint64_t now = hal_time_ns();
    struct prng r;

    prng_seed(&r, seed);
    fired_count = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        timer_init(&timers[i], note);
        timer_arm(&timers[i], now + 10 * MS + prng_below(&r, 20) * MS);
    }
}

static void fire_in_order_of_deadline(void **state)
{
    (void)state;
    arm_all(1);
    assert_int_equal(thread_sleep(50 * MS, NULL), 0);
    assert_int_equal(fired_count, TIMERS);
    for (unsigned i = 1; i < TIMERS; i++) {
        const struct timer *a = &timers[fired[i - 1]], *b = &timers[fired[i]];

        assert_true(a->deadline_ns < b->deadline_ns ||
                    (a->deadline_ns == b->deadline_ns && fired[i - 1] < fired[i]));
        assert_false(timer_armed(b));
    }
}

static void cancelled_timer_stays_silent(void **state)
{
    (void)state;
    arm_all(2);
    for (unsigned i = 0; i < TIMERS; i += 2) {
        assert_true(timer_cancel_sync(&timers[i]));
        assert_false(timer_cancel(&timers[i]));
    }
    assert_int_equal(thread_sleep(50 * MS, NULL), 0);
    assert_int_equal(fired_count, TIMERS / 2);
    for (unsigned i = 0; i < fired_count; i++)
        assert_int_equal(fired[i] % 2, 1);
}

static void armed_again_it_fires_at_the_new_time_only(void **state)
{
    uint64_t now = hal_time_ns();

    (void)state;
    fired_count = 0;
    timer_init(&timers[0], note);
    timer_arm(&timers[0], now + 5 * MS);
    timer_arm(&timers[0], now + 40 * MS);
    assert_int_equal(thread_sleep(20 * MS, NULL), 0);
    assert_int_equal(fired_count, 0);
    assert_int_equal(thread_sleep(40 * MS, NULL), 0);
    assert_int_equal(fired_count, 1);
}

static void again(struct timer *t)
{
    if (++fired_count < 5)
        timer_arm(t, t->deadline_ns + 2 * MS);
}

static void may_arm_itself_from_its_function(void **state)
{
    (void)state;
    fired_count = 0;
    timer_init(&timers[0], again);
    timer_arm(&timers[0], hal_time_ns() + MS);
    assert_int_equal(thread_sleep(50 * MS, NULL), 0);
    assert_int_equal(fired_count, 5);
}

static void past_deadline_fires_at_once(void **state)
{
    (void)state;
    fired_count = 0;
    timer_init(&timers[0], note);
    timer_arm(&timers[0], 0);
    hal_irq_restore(true);
    assert_int_equal(fired_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fire_in_order_of_deadline),
        cmocka_unit_test(cancelled_timer_stays_silent),
        cmocka_unit_test(armed_again_it_fires_at_the_new_time_only),
        cmocka_unit_test(may_arm_itself_from_its_function),
        cmocka_unit_test(past_deadline_fires_at_once),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
