/* SPDX-License-Identifier: BSD-2-Clause */
/* The log, counters and event rings with writers and readers at the same time. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "hal_fake.h"
#include "lib/atomic.h"
#include "trace/counter.h"
#include "trace/event.h"
#include "trace/log.h"

#define WRITERS 3
#define LINES   3000
#define EVENTS  100000
#define RING    64

COUNTER_DEFINE(test_shared, "added to by everyone");
TRACEPOINT_DEFINE(test_tick, "count");

static uint32_t running; /* atomic */

static void *log_writer(void *arg)
{
    unsigned cpu = 1 + (unsigned)(uintptr_t)arg;

    hal_fake_set_cpu(cpu);
    for (unsigned i = 0; i < LINES; i++) {
        log_warn("w", "%u %u", cpu, i);
        counter_inc(&test_shared);
    }
    atomic_dec(&running);
    return NULL;
}

static void start(pthread_t *threads, unsigned count, void *(*worker)(void *))
{
    atomic_store(&running, count);
    for (uintptr_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)i), 0);
}

static void join(pthread_t *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* Each writer's lines arrive in its order; lines and told losses add up. */
static void log_reader_follows_many_writers(void **state UNUSED)
{
    unsigned next[WRITERS + 1] = {0};
    uint64_t seq = log_next_seq(), lost = 0, count = 0, last_ns = 0;
    pthread_t threads[WRITERS];
    struct log_record rec;
    char text[64];

    start(threads, WRITERS, log_writer);
    for (;;) {
        bool done = atomic_load(&running) == 0;
        unsigned cpu, line;

        while (log_read(&seq, &rec, text, sizeof(text))) {
            assert_int_equal(sscanf(text, "w: %u %u", &cpu, &line), 2);
            assert_int_equal(cpu, rec.cpu);
            assert_in_range(cpu, 1, WRITERS);
            assert_true(line >= next[cpu]);
            assert_true(rec.time_ns >= last_ns);
            last_ns = rec.time_ns;
            next[cpu] = line + 1;
            lost += rec.lost;
            count++;
        }
        if (done)
            break;
    }
    join(threads, WRITERS);
    assert_int_equal(count + lost, WRITERS * LINES);
    assert_int_equal(counter_sum(&test_shared), WRITERS * LINES);
}

/* Nobody's record is left behind by a busy owner: the console shows or counts each of
 * them. */
static void log_console_accounts_for_every_record(void **state UNUSED)
{
    unsigned lines = 0, notes = 0;
    uint64_t lost = 0;
    pthread_t threads[WRITERS];

    hal_fake_console_clear();
    start(threads, WRITERS, log_writer);
    join(threads, WRITERS);
    for (const char *at = hal_fake_console(); *at != '\0'; at = strchr(at, '\n') + 1) {
        unsigned long n;

        lines++;
        if (sscanf(at, "[%*u.%*u] log: %lu records lost", &n) == 1) {
            notes++;
            lost += n;
        }
    }
    assert_int_equal(lines - notes + lost, WRITERS * LINES);
}

static struct event_record storage[RING];

static void *event_writer(void *arg UNUSED)
{
    hal_fake_set_cpu(1);
    for (uint64_t i = 0; i < EVENTS; i++) {
        trace_event(test_tick, i, i * 3, ~i);
        if (i % 1000 == 0)
            sched_yield();
    }
    atomic_dec(&running);
    return NULL;
}

static void event_reader_never_sees_a_torn_record(void **state UNUSED)
{
    uint64_t at = 0, lost = 0, total = 0, next = 0;
    struct event_record rec;
    pthread_t thread;

    event_ring_install(1, storage, RING);
    event_enable("test_tick", true);
    start(&thread, 1, event_writer);
    for (;;) {
        bool done = atomic_load(&running) == 0;

        while (event_read(1, &at, &rec, &lost)) {
            assert_int_equal(rec.args[0], next + lost);
            assert_int_equal(rec.args[1], rec.args[0] * 3);
            assert_int_equal(rec.args[2], ~rec.args[0]);
            next = rec.args[0] + 1;
            total += 1 + lost;
        }
        if (done)
            break;
    }
    join(&thread, 1);
    assert_int_equal(total, EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_reader_follows_many_writers),
        cmocka_unit_test(log_console_accounts_for_every_record),
        cmocka_unit_test(event_reader_never_sees_a_torn_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
