/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and tracepoints. */
#include "trace/event.h"

#include "hal_fake.h"
#include "trace/counter.h"

COUNTER_DEFINE(test_apples, "apples");
COUNTER_DEFINE(test_pears, "pears");
TRACEPOINT_DEFINE(test_open, "a b c");
TRACEPOINT_DEFINE(test_close, "a");

#define RING 8

static struct event_record storage[2][RING];

static int setup(void **state UNUSED)
{
    hal_fake_reset(false);
    event_enable("test_", false);
    return 0;
}

static void counter_sums_over_cpus(void **state UNUSED)
{
    counter_add(&test_apples, 2);
    hal_fake_set_cpu(63);
    counter_inc(&test_apples);
    counter_add(&test_pears, 10);
    assert_int_equal(counter_sum(&test_apples), 3);
    assert_int_equal(counter_sum(&test_pears), 10);
}

static void counter_names_are_found_once_each(void **state UNUSED)
{
    unsigned apples = 0;

    counter_for_each (c) {
        assert_non_null(c->help);
        assert_ptr_equal(counter_find(c->name), c);
        apples += c == &test_apples;
    }
    assert_int_equal(apples, 1);
    assert_ptr_equal(counter_find("test_pears"), &test_pears);
    assert_null(counter_find("test_cherries"));
    assert_true(__stop_core_counters - __start_core_counters <= COUNTERS_MAX);
}

static void event_off_evaluates_nothing(void **state UNUSED)
{
    unsigned evaluated = 0;

    trace_event(test_open, ++evaluated, 0, 0);
    assert_int_equal(evaluated, 0);
}

static void event_without_a_ring_is_counted(void **state UNUSED)
{
    const struct counter *dropped = counter_find("trace_events_dropped");
    uint64_t before = counter_sum(dropped), lost, at = 0;
    struct event_record rec;

    event_enable("test_open", true);
    hal_fake_set_cpu(9);
    trace_event(test_open, 1, 2, 3);
    assert_int_equal(counter_sum(dropped), before + 1);
    assert_false(event_read(9, &at, &rec, &lost));
}

static void event_enable_takes_a_prefix(void **state UNUSED)
{
    assert_int_equal(event_enable("test_", true), 2);
    assert_int_equal(event_enable("test_open", false), 1);
    assert_int_equal(test_open_on, 0);
    assert_int_equal(test_close_on, 1);
    assert_int_equal(event_enable("nothing_", true), 0);
}

static void event_records_arrive_in_order_with_losses_told(void **state UNUSED)
{
    struct event_record rec;
    uint64_t at = 0, lost = 99, count = 0;

    event_ring_install(0, storage[0], RING);
    event_ring_install(1, storage[1], RING);
    event_enable("test_", true);
    while (event_read(0, &at, &rec, &lost))
        ;
    hal_fake_set_cpu(1);
    trace_event(test_close, 77, 0, 0);
    hal_fake_set_cpu(0);
    trace_event(test_open, 1, -1, 3);
    assert_true(event_read(0, &at, &rec, &lost));
    assert_string_equal(event_name(rec.id), "test_open");
    assert_int_equal(rec.args[0], 1);
    assert_int_equal(rec.args[1], UINT64_MAX);
    assert_int_equal(rec.args[2], 3);
    assert_int_equal(lost, 0);
    assert_false(event_read(0, &at, &rec, &lost));

    for (unsigned i = 0; i < 20; i++)
        trace_event(test_close, i, 0, 0);
    while (event_read(0, &at, &rec, &lost)) {
        assert_int_equal(lost, count == 0 ? 20 - (RING - 1) : 0);
        assert_int_equal(rec.args[0], 20 - (RING - 1) + count);
        count++;
    }
    assert_int_equal(count, RING - 1); /* the oldest slot may be in the writer's hands */
}

static void event_names_of_nothing(void **state UNUSED)
{
    assert_string_equal(event_name(UINT64_MAX), "?");
}

/* The last test: a stream does not end. */
static void event_stream_goes_to_the_machine(void **state UNUSED)
{
    struct hal_fake_counts *counts = hal_fake_counts();
    uint64_t before;

    event_stream_start();
    before = counts->traced;
    trace_event(test_open, 1, -1, 3);
    assert_int_equal(counts->traced, before + 1);
    assert_string_equal(event_name(counts->trace_last[0]), "test_open");
    assert_int_equal(counts->trace_last[2], UINT64_MAX);
    assert_int_equal(counts->trace_last[3], 3);
}

static void event_text_is_cut_into_eights(void **state UNUSED)
{
    assert_int_equal(event_text("ab", 0), 0x6261);
    assert_int_equal(event_text("ab", 8), 0);
    assert_int_equal(event_text("123456789", 0), 0x3837363534333231);
    assert_int_equal(event_text("123456789", 8), '9');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(counter_sums_over_cpus, setup),
        cmocka_unit_test_setup(counter_names_are_found_once_each, setup),
        cmocka_unit_test_setup(event_off_evaluates_nothing, setup),
        cmocka_unit_test_setup(event_without_a_ring_is_counted, setup),
        cmocka_unit_test_setup(event_enable_takes_a_prefix, setup),
        cmocka_unit_test_setup(event_records_arrive_in_order_with_losses_told, setup),
        cmocka_unit_test_setup(event_names_of_nothing, setup),
        cmocka_unit_test_setup(event_text_is_cut_into_eights, setup),
        cmocka_unit_test_setup(event_stream_goes_to_the_machine, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
