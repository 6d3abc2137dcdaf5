/* SPDX-License-Identifier: BSD-2-Clause */
/* Real-time queues by themselves. */
#include "hal_fake.h"

#include "sched/rt.h"

#define MS UINT64_C(1000000)

static struct rt_entity entity(int priority, bool round_robin)
{
    struct rt_entity e;

    rt_entity_init(&e);
    e.priority = priority;
    e.round_robin = round_robin;
    return e;
}

#define ENTITY(name, prio, rr)                                                           \
    struct rt_entity name = entity(prio, rr);                                            \
    list_init(&name.link)

static void higher_priority_first_then_order_of_arrival(void **state)
{
    struct rt_queue q;
    ENTITY(low, 1, false);
    ENTITY(high_a, 99, false);
    ENTITY(high_b, 99, false);
    ENTITY(mid, 50, false);

    (void)state;
    rt_queue_init(&q);
    rt_enqueue(&q, &low, false);
    rt_enqueue(&q, &high_a, false);
    rt_enqueue(&q, &mid, false);
    rt_enqueue(&q, &high_b, false);
    assert_int_equal(rt_highest(&q), 99);
    assert_ptr_equal(rt_lowest(&q), &low);
    assert_ptr_equal(rt_pick(&q), &high_a);
    rt_dequeue(&q, &high_a);
    assert_ptr_equal(rt_pick(&q), &high_b);
    rt_dequeue(&q, &high_b);
    assert_ptr_equal(rt_pick(&q), &mid);
    rt_dequeue(&q, &mid);
    assert_ptr_equal(rt_pick(&q), &low);
    rt_dequeue(&q, &low);
    assert_null(rt_pick(&q));
    assert_int_equal(rt_highest(&q), 0);
}

static void round_robin_takes_turns_and_fifo_does_not(void **state)
{
    struct rt_queue q;
    ENTITY(a, 10, true);
    ENTITY(b, 10, true);
    ENTITY(fifo, 20, false);

    (void)state;
    rt_queue_init(&q);
    rt_enqueue(&q, &a, false);
    rt_enqueue(&q, &b, false);
    assert_false(rt_account(&q, &a, 60 * MS, 60 * MS));
    assert_true(rt_account(&q, &a, 120 * MS, 60 * MS));
    assert_ptr_equal(rt_pick(&q), &b);
    rt_enqueue(&q, &fifo, false);
    assert_false(rt_account(&q, &fifo, 500 * MS, 380 * MS));
    assert_ptr_equal(rt_pick(&q), &fifo);
}

static void throttled_at_95_percent_until_the_period_ends(void **state)
{
    struct rt_queue q;
    ENTITY(a, 10, false);

    (void)state;
    rt_queue_init(&q);
    rt_enqueue(&q, &a, false);
    assert_int_equal(rt_next_event_ns(&q, &a, 0, true), 950 * MS);
    assert_int_equal(rt_next_event_ns(&q, &a, 0, false), UINT64_MAX);
    assert_true(rt_account(&q, &a, 950 * MS, 950 * MS));
    assert_true(q.throttled);
    assert_int_equal(rt_next_event_ns(&q, NULL, 950 * MS, true), 1000 * MS);
    assert_false(rt_refresh(&q, 999 * MS));
    assert_true(rt_refresh(&q, 1000 * MS));
    assert_false(q.throttled);
}

static void preempted_entity_keeps_its_turn(void **state)
{
    struct rt_queue q;
    ENTITY(a, 10, false);
    ENTITY(b, 10, false);

    (void)state;
    rt_queue_init(&q);
    rt_enqueue(&q, &b, false);
    rt_enqueue(&q, &a, true);
    assert_ptr_equal(rt_pick(&q), &a);
    rt_requeue(&q, &a);
    assert_ptr_equal(rt_pick(&q), &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(higher_priority_first_then_order_of_arrival),
        cmocka_unit_test(round_robin_takes_turns_and_fifo_does_not),
        cmocka_unit_test(throttled_at_95_percent_until_the_period_ends),
        cmocka_unit_test(preempted_entity_keeps_its_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
