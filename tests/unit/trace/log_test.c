/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel log: order, readers, overflow, console, panic. */
#include "trace/log.h"

#include <stdio.h>

#include "hal_fake.h"
#include "lib/preempt.h"
#include "trace/counter.h"

static uint64_t seq; /* a reader that starts at the end */

static int setup(void **state UNUSED)
{
    hal_fake_reset(false);
    memset(preempt_cpus, 0, sizeof(preempt_cpus));
    log_set_console_level(LOG_LEVEL_WARN);
    log_set_record_level(LOG_LEVEL_INFO);
    log_set_thread_hook(NULL);
    seq = log_next_seq();
    return 0;
}

static void log_record_carries_everything(void **state UNUSED)
{
    struct log_record rec;
    char text[LOG_TEXT_MAX];
    uint64_t first = seq;

    hal_fake_set_cpu(2);
    hal_fake_advance(5000000000);
    log_info("mm", "%u frames%s", 42u, " free\n");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_string_equal(text, "mm: 42 frames free");
    assert_int_equal(rec.len, strlen(text));
    assert_int_equal(rec.seq, first);
    assert_int_equal(rec.lost, 0);
    assert_int_equal(rec.level, LOG_LEVEL_INFO);
    assert_int_equal(rec.cpu, 2);
    assert_int_equal(rec.thread, 0);
    assert_in_range(rec.time_ns, 5000000000, 5900000000);
    assert_int_equal(seq, first + 1);
    assert_false(log_read(&seq, &rec, text, sizeof(text)));
    assert_int_equal(seq, first + 1);
}

static uint32_t thread_seven(void)
{
    return 7;
}

static void log_thread_hook_is_asked(void **state UNUSED)
{
    struct log_record rec;
    char text[16];

    log_set_thread_hook(thread_seven);
    log_info("sched", "hello");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_int_equal(rec.thread, 7);
}

static void log_read_truncates_to_its_buffer(void **state UNUSED)
{
    struct log_record rec;
    char text[8];

    log_info("vm", "abcdefgh");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_string_equal(text, "vm: abc");
    assert_int_equal(rec.len, 12);
    log_info("vm", "x");
    assert_true(log_read(&seq, &rec, NULL, 0));
}

static void log_long_text_is_cut(void **state UNUSED)
{
    static char longer[2 * LOG_TEXT_MAX];
    struct log_record rec;
    char text[LOG_TEXT_MAX];

    memset(longer, 'x', sizeof(longer) - 1);
    log_err("vfs", "%s", longer);
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_int_equal(strlen(text), LOG_TEXT_MAX - 1);
    assert_int_equal(rec.len, LOG_TEXT_MAX - 1);
}

static void log_levels_select_ring_and_console(void **state UNUSED)
{
    struct log_record rec;
    char text[32];

    log_debug("a", "not recorded");
    log_info("a", "recorded");
    log_warn("a", "shown");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_string_equal(text, "a: recorded");
    assert_null(strstr(hal_fake_console(), "recorded"));
    assert_non_null(strstr(hal_fake_console(), "] a: shown\n"));
    log_set_record_level(LOG_LEVEL_DEBUG);
    log_set_console_level(LOG_LEVEL_DEBUG);
    assert_int_equal(log_console_level(), LOG_LEVEL_DEBUG);
    log_debug("a", "now");
    assert_non_null(strstr(hal_fake_console(), "] a: now\n"));
}

static void log_console_line_has_seconds_and_microseconds(void **state UNUSED)
{
    unsigned long sec = 99, usec = 99;
    char rest[32];

    hal_fake_advance(12000345000 - hal_time_ns());
    log_err("mm", "text");
    assert_int_equal(
        sscanf(hal_fake_console(), "[%5lu.%6lu] %31[^\n]", &sec, &usec, rest), 3);
    assert_int_equal(sec, 12);
    assert_in_range(usec, 345, 300000);
    assert_string_equal(rest, "mm: text");
    assert_memory_equal(hal_fake_console(), "[   12.000", 10);
}

/* More records than the ring has slots: a slow reader is told how many it missed. */
static void log_overflow_of_slots_reports_loss(void **state UNUSED)
{
    struct log_record rec;
    char text[64], want[64];
    uint64_t first = seq;

    for (unsigned i = 0; i < LOG_RECORDS_MAX + 100; i++)
        log_info("t", "%u", i);
    assert_int_equal(log_first_seq(), first + 100);
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_int_equal(rec.lost, 100);
    for (unsigned i = 100;; i++) {
        snprintf(want, sizeof(want), "t: %u", i);
        assert_string_equal(text, want);
        assert_int_equal(rec.seq, first + i);
        if (!log_read(&seq, &rec, text, sizeof(text)))
            break;
        assert_int_equal(rec.lost, 0);
    }
    assert_int_equal(seq, first + LOG_RECORDS_MAX + 100);
}

/* Long texts run out of bytes before they run out of slots; all that is left is intact.
 */
static void log_overflow_of_text_keeps_the_rest_intact(void **state UNUSED)
{
    struct log_record rec;
    char text[LOG_TEXT_MAX], fill[LOG_TEXT_MAX];
    unsigned read = 0, bytes = 0;
    uint64_t lost;

    for (unsigned i = 0; i < 1500; i++) {
        unsigned len = 100 + i % 250;

        memset(fill, 'a' + i % 26, len);
        fill[len] = '\0';
        log_info("t", "%s", fill);
    }
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    lost = rec.lost;
    assert_in_range(lost, 1, 1499);
    do {
        unsigned i = (unsigned)lost + read++;
        unsigned len = 100 + i % 250;

        assert_int_equal(rec.len, 3 + len);
        bytes += rec.len;
        for (unsigned j = 3; j < 3 + len; j++)
            assert_int_equal(text[j], 'a' + i % 26);
    } while (log_read(&seq, &rec, text, sizeof(text)));
    assert_int_equal(lost + read, 1500);
    assert_in_range(bytes, LOG_RING_BYTES - 2 * LOG_TEXT_MAX, LOG_RING_BYTES);
}

static void log_two_readers_are_independent(void **state UNUSED)
{
    struct log_record rec;
    char text[16];
    uint64_t other = seq;

    log_info("a", "1");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    log_info("a", "2");
    assert_true(log_read(&other, &rec, text, sizeof(text)));
    assert_string_equal(text, "a: 1");
    assert_true(log_read(&seq, &rec, text, sizeof(text)));
    assert_string_equal(text, "a: 2");
}

static void log_works_with_interrupts_masked_and_in_handlers(void **state UNUSED)
{
    bool unmasked = hal_irq_save();

    preempt_irq_enter();
    log_warn("irq", "spurious");
    preempt_irq_exit();
    assert_true(hal_irq_masked());
    hal_irq_restore(unmasked);
    log_warn("thread", "plain");
    assert_non_null(strstr(hal_fake_console(), "irq: spurious\n"));
    assert_non_null(strstr(hal_fake_console(), "thread: plain\n"));
}

static void log_once_more(void)
{
    hal_fake_console_hook(NULL);
    log_warn("nested", "from the console driver");
    assert_null(strstr(hal_fake_console(), "nested"));
}

/* Whoever finds the console busy does not wait for it: its owner prints the record. */
static void log_leaves_records_to_the_owner_of_the_console(void **state UNUSED)
{
    hal_fake_console_hook(log_once_more);
    log_warn("outer", "first");
    assert_non_null(strstr(hal_fake_console(), "outer: first\n"));
    assert_non_null(strstr(hal_fake_console(), "nested: from the console driver\n"));
}

static void log_and_panic(void)
{
    hal_fake_console_hook(NULL);
    log_warn("nested", "last words");
    kpanic("in the console driver");
}

static void log_panic_while_owning_the_console_prints_the_rest(void **state UNUSED)
{
    log_init();
    hal_fake_console_hook(log_and_panic);
    expect_panic("nested: last words\nkernel panic: in the console driver\n",
                 log_warn("outer", "first"));
    assert_non_null(strstr(hal_fake_console(), "outer: first\n"));
    panic_set_flush(NULL);
}

static void log_panic_flush_respects_the_console_level(void **state UNUSED)
{
    log_init();
    log_set_console_level(LOG_LEVEL_EMERG);
    log_info("a", "seen only by the ring");
    expect_panic("kernel panic: over", kpanic("over"));
    assert_null(strstr(hal_fake_console(), "seen only")); /* the level still holds */
    panic_set_flush(NULL);
}

static void log_counts_records(void **state UNUSED)
{
    const struct counter *records = counter_find("trace_log_records");
    uint64_t before = counter_sum(records);

    log_info("a", "1");
    log_debug("a", "not recorded");
    assert_int_equal(counter_sum(records), before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(log_record_carries_everything, setup),
        cmocka_unit_test_setup(log_thread_hook_is_asked, setup),
        cmocka_unit_test_setup(log_read_truncates_to_its_buffer, setup),
        cmocka_unit_test_setup(log_long_text_is_cut, setup),
        cmocka_unit_test_setup(log_levels_select_ring_and_console, setup),
        cmocka_unit_test_setup(log_console_line_has_seconds_and_microseconds, setup),
        cmocka_unit_test_setup(log_overflow_of_slots_reports_loss, setup),
        cmocka_unit_test_setup(log_overflow_of_text_keeps_the_rest_intact, setup),
        cmocka_unit_test_setup(log_two_readers_are_independent, setup),
        cmocka_unit_test_setup(log_works_with_interrupts_masked_and_in_handlers, setup),
        cmocka_unit_test_setup(log_panic_flush_respects_the_console_level, setup),
        cmocka_unit_test_setup(log_counts_records, setup),
        cmocka_unit_test_setup(log_leaves_records_to_the_owner_of_the_console, setup),
        /* Last: the console stays with the CPU that panicked. */
        cmocka_unit_test_setup(log_panic_while_owning_the_console_prints_the_rest, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
