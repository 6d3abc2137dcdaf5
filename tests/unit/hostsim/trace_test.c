/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, showing, comparing and converting traces, damaged ones included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/tools/trace_text.h"

#define HEAD                                                                             \
    TRACE_MAGIC "\nmode seeded\nseed 3\n"                                                \
                "event 1 cpu_runs before points\n"                                       \
                "event 2 console_input points bytes:b\n"                                 \
                "event 9 syscall_enter nr:n first:x\n"                                   \
                "event 10 syscall_exit nr:n result:d\n"                                  \
                "event 11 context_switch prev next state\n"                              \
                "event 12 thread_name thread name:s more:s\n\n"

static char dir[] = "/tmp/cloudos-trace-XXXXXX";
static char path_a[64], path_b[64];
static char out[65536];

static struct {
    uint8_t data[4096];
    size_t len, records; /* where they begin */
    uint64_t count;
} t;

const char *trace_call_name(uint64_t nr)
{
    return nr == 1 ? "write" : NULL;
}

/* ---- making traces ---- */

static void head_put(const char *head)
{
    memset(&t, 0, sizeof(t));
    t.len = t.records = strlen(head);
    memcpy(t.data, head, t.len);
}

static void number_put(uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        t.data[t.len++] = (uint8_t)(v | 0x80);
    t.data[t.len++] = (uint8_t)v;
}

static void event_put(unsigned id, unsigned cpu, uint64_t dt, unsigned args, ...)
{
    va_list ap;

    number_put(id * TRACE_CPUS + cpu);
    number_put(dt);
    va_start(ap, args);
    for (unsigned i = 0; i < args; i++)
        number_put(va_arg(ap, uint64_t));
    va_end(ap);
    t.count++;
}

static void end_put(void)
{
    uint64_t hash = trace_hash(TRACE_HASH_START, t.data + t.records, t.len - t.records);

    t.data[t.len] = 0;
    memcpy(t.data + t.len + 1, &t.count, 8);
    memcpy(t.data + t.len + 9, &hash, 8);
    t.len += TRACE_END_BYTES;
}

static void file_write(const char *path, size_t len)
{
    FILE *to = fopen(path, "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(t.data, 1, len, to), len);
    assert_int_equal(fclose(to), 0);
}

/* Two threads, a call, some input. */
static void sample_put(int64_t result)
{
    uint64_t name = 0;

    memcpy(&name, "sh", 2);
    head_put(HEAD);
    event_put(12, 0, 5, 3, UINT64_C(7), name, UINT64_C(0));
    event_put(11, 0, 1000, 3, UINT64_C(2), UINT64_C(7), UINT64_C(1));
    event_put(9, 0, 20, 2, UINT64_C(1), UINT64_C(255));
    event_put(2, 0, 0, 2, UINT64_C(300), UINT64_C(3));
    memcpy(t.data + t.len, "a\n\"", 3);
    t.len += 3;
    event_put(10, 0, 30, 2, UINT64_C(1), trace_zigzag(result));
    event_put(11, 3, 2000, 3, UINT64_C(9), UINT64_C(7), UINT64_C(1));
    end_put();
}

/* ---- what comes out ---- */

static FILE *out_open(void)
{
    memset(out, 0, sizeof(out));
    return fmemopen(out, sizeof(out) - 1, "w");
}

/* Complaints about damaged files are expected, thousands of them. */
static int stderr_close(void)
{
    int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

    fflush(stderr);
    dup2(null, STDERR_FILENO);
    close(null);
    return saved;
}

static void stderr_open(int saved)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static int show(const struct trace_filter *filter)
{
    static struct trace_file f;
    FILE *to = out_open();
    int status = 1, saved = stderr_close();

    if (trace_open(&f, path_a))
        status = trace_show(&f, filter, to);
    stderr_open(saved);
    fclose(to);
    trace_close(&f);
    return status;
}

static int diff(void)
{
    static struct trace_file a, b;
    FILE *to = out_open();
    int status;

    assert_true(trace_open(&a, path_a) && trace_open(&b, path_b));
    status = trace_diff(&a, &b, to);
    fclose(to);
    trace_close(&a);
    trace_close(&b);
    return status;
}

static void show_names_calls_and_types(void **state)
{
    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    assert_int_equal(show(&(struct trace_filter){.to = UINT64_MAX}), 0);
    assert_non_null(strstr(out, "seed 3\n"));
    assert_non_null(strstr(out, " cpu0  thread_name     thread=7 name=sh\n"));
    assert_non_null(strstr(out, "nr=write first=0xff\n"));
    assert_non_null(strstr(out, "nr=write result=-9\n"));
    assert_non_null(strstr(out, "bytes=3:\"a\\n\\\"\"\n"));
    assert_non_null(strstr(out, "5      0.000003055 cpu3  context_switch"));
}

static void show_filters(void **state)
{
    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    assert_int_equal(show(&(struct trace_filter){.from = 2, .to = 4, .only = "sys"}), 0);
    assert_null(strstr(out, "context_switch"));
    assert_null(strstr(out, "console_input"));
    assert_non_null(strstr(out, "syscall_enter"));
    assert_non_null(strstr(out, "syscall_exit"));
}

static void equal_traces_do_not_differ(void **state)
{
    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    file_write(path_b, t.len);
    assert_int_equal(diff(), 0);
    assert_string_equal(out, "6 events, all the same\n");
}

static void diff_names_the_first_event(void **state)
{
    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    sample_put(4);
    file_write(path_b, t.len);
    assert_int_equal(diff(), 1);
    assert_non_null(strstr(out, "the first 4 events are the same:\n"));
    assert_non_null(strstr(out, "< "));
    assert_non_null(strstr(out, "result=-9\n"));
    assert_non_null(strstr(out, "result=4\n"));
    assert_null(strstr(out, "<         3"));
}

static void diff_sees_where_one_ends(void **state)
{
    (void)state;
    sample_put(1);
    file_write(path_a, t.len);
    head_put(HEAD);
    end_put();
    file_write(path_b, t.len);
    assert_int_equal(diff(), 1);
    assert_non_null(strstr(out, "the first 0 events are the same:\n"));
    assert_non_null(strstr(out, "> (the end)\n"));
}

static void diff_shows_other_configurations(void **state)
{
    (void)state;
    sample_put(1);
    file_write(path_a, t.len);
    memcpy(strstr((char *)t.data, "seed 3"), "seed 4", 6);
    file_write(path_b, t.len);
    assert_int_equal(diff(), 1);
    assert_non_null(strstr(out, "< seed 3\n> seed 4\n"));
}

/* Every length but the full one is refused, and nothing crashes. */
static void truncated_traces_are_refused(void **state)
{
    (void)state;
    sample_put(-9);
    for (size_t len = 0; len < t.len; len++) {
        file_write(path_a, len);
        assert_int_not_equal(show(&(struct trace_filter){.to = UINT64_MAX}), 0);
    }
    file_write(path_a, t.len);
    assert_int_equal(show(&(struct trace_filter){.to = UINT64_MAX}), 0);
}

/* Every changed bit of the records is noticed, by the hash if by nothing else. */
static void changed_traces_are_refused(void **state)
{
    (void)state;
    sample_put(-9);
    for (size_t at = t.records; at < t.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            t.data[at] ^= (uint8_t)(1u << bit);
            file_write(path_a, t.len);
            assert_int_not_equal(show(&(struct trace_filter){.to = UINT64_MAX}), 0);
            t.data[at] ^= (uint8_t)(1u << bit);
        }
    }
}

static void assert_refused(const char *head, const char *why)
{
    static struct trace_file f;

    head_put(head);
    file_write(path_a, t.len);
    assert_false(trace_open(&f, path_a));
    assert_non_null(strstr(f.error, why));
    trace_close(&f);
}

static void bad_heads_are_refused(void **state)
{
    static struct trace_file f;

    (void)state;
    assert_refused("", "empty");
    assert_refused("cloudos-trace 2\n\n", "another version");
    assert_refused("\177ELF and so on, long enough", "not a trace");
    assert_refused(TRACE_MAGIC "\nseed 3\n", "cut off");
    assert_refused(TRACE_MAGIC "\nevent x y\n\n", "no number");
    assert_refused(TRACE_MAGIC "\nevent 0 y\n\n", "no number");
    assert_refused(TRACE_MAGIC "\nevent 99999 y\n\n", "no number");
    assert_refused(TRACE_MAGIC "\nevent 1 y a b c d e\n\n", "too many");
    assert_false(trace_open(&f, "/nonexistent/trace"));
    assert_false(trace_open(&f, "/dev/null"));
    trace_close(&f);
}

static void json_has_lanes(void **state)
{
    static struct trace_file f;
    FILE *to = out_open();

    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    assert_true(trace_open(&f, path_a));
    assert_int_equal(trace_json(&f, to), 0);
    fclose(to);
    trace_close(&f);
    assert_non_null(strstr(out, "\"args\":{\"name\":\"CPU 3\"}"));
    assert_non_null(strstr(out, "{\"ph\":\"B\",\"pid\":2,\"tid\":7,\"ts\":1.025,"
                                "\"name\":\"write\"}"));
    assert_non_null(strstr(out, "{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":1.005,"
                                "\"name\":\"sh\",\"dur\":2.050,"));
    assert_non_null(strstr(out, "{\"result\":-9}"));
}

static void ctf_makes_a_stream_for_each_cpu(void **state)
{
    static struct trace_file f;
    char ctf[80], path[100];

    (void)state;
    sample_put(-9);
    file_write(path_a, t.len);
    snprintf(ctf, sizeof(ctf), "%s/ctf", dir);
    assert_true(trace_open(&f, path_a));
    assert_int_equal(trace_ctf(&f, ctf), 0);
    trace_close(&f);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"metadata", "cpu0", "cpu3"};

        snprintf(path, sizeof(path), "%s/%s", ctf, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(ctf), 0);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path_a, sizeof(path_a), "%s/a", dir);
    snprintf(path_b, sizeof(path_b), "%s/b", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path_a);
    unlink(path_b);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show_names_calls_and_types),
        cmocka_unit_test(show_filters),
        cmocka_unit_test(equal_traces_do_not_differ),
        cmocka_unit_test(diff_names_the_first_event),
        cmocka_unit_test(diff_sees_where_one_ends),
        cmocka_unit_test(diff_shows_other_configurations),
        cmocka_unit_test(truncated_traces_are_refused),
        cmocka_unit_test(changed_traces_are_refused),
        cmocka_unit_test(bad_heads_are_refused),
        cmocka_unit_test(json_has_lanes),
        cmocka_unit_test(ctf_makes_a_stream_for_each_cpu),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
