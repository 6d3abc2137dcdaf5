/* SPDX-License-Identifier: BSD-2-Clause */
/* The seeded world with the real scheduler on it: seeded_core.c has the scenarios. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostsim/hal/config.h"
#include "hostsim/world/seed.h"
#include "hostsim/world/trace_read.h"

#define OUT_BYTES 65536

static char dir[] = "/tmp/cloudos-seeded-XXXXXX";
static char trace_path[64], other_path[64], out[OUT_BYTES];

struct run {
    const char *scenario;
    unsigned cpus;
    uint64_t seed;
    const char *input, *trace, *replay;
};

static int run(const struct run *r)
{
    const struct machine_config config = {
        .cpus = r->cpus ? r->cpus : 2,
        .mem_bytes = 16u << 20,
        .engine = "native",
        .seeded = true,
        .seed = r->seed,
        .trace = r->trace ? r->trace : trace_path,
        .replay = r->replay,
        .cmdline = r->scenario,
        .quiet = true,
    };
    int to[2], from[2], status;
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(to) | pipe(from), 0);
    pid = fork();
    if (pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        dup2(from[1], 2);
        close(to[1]);
        close(from[0]);
        machine_run(&config);
    }
    close(to[0]);
    close(from[1]);
    if (r->input)
        assert_int_equal(write(to[1], r->input, strlen(r->input)), strlen(r->input));
    close(to[1]);
    while (len < OUT_BYTES - 1 && (n = read(from[0], out + len, OUT_BYTES - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    close(from[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect_status(int status, int expected)
{
    if (status != expected)
        print_message("status %d, output:\n%s\n", status, out);
    assert_int_equal(status, expected);
}

/* The hash of a whole, intact trace. */
static uint64_t hash_of(const char *path)
{
    struct trace_file f;
    struct trace_record r;
    uint64_t hash;

    if (!trace_open(&f, path))
        print_message("%s\n", f.error);
    while (trace_next(&f, &r))
        ;
    if (!f.ended)
        print_message("%s: %s\n", path, f.error);
    assert_true(f.ended);
    hash = f.hash;
    trace_close(&f);
    return hash;
}

static uint64_t run_hash(const char *scenario, unsigned cpus, uint64_t seed)
{
    expect_status(run(&(struct run){.scenario = scenario, .cpus = cpus, .seed = seed}),
                  0);
    return hash_of(trace_path);
}

static bool same_files(const char *a, const char *b)
{
    char command[200];

    snprintf(command, sizeof(command), "cmp -s %s %s", a, b);
    return system(command) == 0;
}

static const unsigned cpu_counts[] = {1, 2, 4};
static const char *const scenarios[] = {"contend", "timers", "busy", "entropy"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void same_seed_same_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenarios); i++) {
        for (size_t c = 0; c < COUNT(cpu_counts); c++) {
            for (uint64_t seed = 0; seed < 3; seed++)
                assert_int_equal(run_hash(scenarios[i], cpu_counts[c], seed),
                                 run_hash(scenarios[i], cpu_counts[c], seed));
        }
    }
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    run_hash("contend", 4, 7);
    expect_status(run(&(struct run){
                      .scenario = "contend", .cpus = 4, .seed = 7, .trace = other_path}),
                  0);
    assert_true(same_files(trace_path, other_path));
    run_hash("contend", 4, 8);
    assert_false(same_files(trace_path, other_path));
}

/* Not only other times: the threads' own steps come in another order. */
static uint64_t order_of_steps(uint64_t seed)
{
    struct trace_file f;
    struct trace_record r;
    uint64_t hash = TRACE_HASH_START;

    run_hash("contend", 2, seed);
    assert_true(trace_open(&f, trace_path));
    while (trace_next(&f, &r)) {
        if (strcmp(r.type->name, "test_step") == 0)
            hash = trace_hash(hash, r.args, 2 * sizeof(r.args[0]));
    }
    trace_close(&f);
    return hash;
}

static void another_seed_is_another_interleaving(void **state)
{
    uint64_t seen[8];

    (void)state;
    for (unsigned i = 0; i < COUNT(seen); i++) {
        seen[i] = order_of_steps(i);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
    }
}

static unsigned count_events(const char *name)
{
    struct trace_file f;
    struct trace_record r;
    unsigned n = 0;

    assert_true(trace_open(&f, trace_path));
    while (trace_next(&f, &r))
        n += strcmp(r.type->name, name) == 0;
    trace_close(&f);
    return n;
}

static void events_of_every_kind_are_recorded(void **state)
{
    (void)state;
    run_hash("contend", 2, 1);
    assert_true(count_events("lock_contended") > 10);
    assert_true(count_events("context_switch") > 10);
    assert_true(count_events("cpu_runs") > 10);
    assert_true(count_events("interrupt") > 0);
    assert_true(count_events("thread_name") >= 7);
    assert_int_equal(count_events("test_step"), 360);
}

static void virtual_time_skips_sleep(void **state)
{
    struct trace_file f;
    struct trace_record r;

    (void)state;
    run_hash("timers", 1, 1); /* the last thread sleeps 210 * 6 * 100 us in all */
    assert_true(trace_open(&f, trace_path));
    while (trace_next(&f, &r))
        ;
    assert_in_range(f.time_ns, 126000000, 200000000);
    trace_close(&f);
}

static void waiting_for_nothing_is_reported(void **state)
{
    (void)state;
    expect_status(run(&(struct run){.scenario = "stuck", .seed = 5}), 134);
    assert_non_null(strstr(out, "kernel panic: every CPU waits"));
    assert_non_null(strstr(out, " --seed 5"));
    hash_of(trace_path);
}

static void panic_says_how_to_repeat_it(void **state)
{
    char first[OUT_BYTES];

    (void)state;
    expect_status(run(&(struct run){.scenario = "panic", .cpus = 4, .seed = 11}), 134);
    assert_non_null(strstr(out, "as asked, with "));
    assert_non_null(strstr(out, "the same again:"));
    assert_non_null(strstr(out, " --seed 11"));
    strcpy(first, out);
    hash_of(trace_path);
    expect_status(run(&(struct run){.scenario = "panic", .cpus = 4, .seed = 11}), 134);
    assert_string_equal(out, first);
}

static void input_is_part_of_the_record(void **state)
{
    struct run r = {.scenario = "console", .input = "one two\n", .seed = 2};
    uint64_t hash;

    (void)state;
    expect_status(run(&r), 0);
    assert_string_equal(out, "one two\n");
    hash = hash_of(trace_path);
    assert_int_equal(count_events("console_input"), 2);
    r.input = "one too\n";
    expect_status(run(&r), 0);
    assert_int_not_equal(hash_of(trace_path), hash);
}

static void replay_needs_no_input(void **state)
{
    struct run r = {.scenario = "console", .input = "typed\n", .seed = 2};

    (void)state;
    expect_status(run(&r), 0);
    r.input = NULL;
    r.replay = trace_path;
    r.trace = other_path;
    expect_status(run(&r), 0);
    assert_string_equal(out, "typed\n");
    assert_true(same_files(trace_path, other_path));
}

static void replay_of_another_run_is_refused(void **state)
{
    struct run r = {.scenario = "console", .input = "typed\n", .seed = 2};

    (void)state;
    expect_status(run(&r), 0);
    r.replay = trace_path;
    r.trace = other_path;
    r.seed = 3;
    expect_status(run(&r), 2);
    assert_non_null(strstr(out, "it is of another run: seed 2, not 3"));
    r.seed = 2;
    r.cpus = 1;
    expect_status(run(&r), 2);
    assert_non_null(strstr(out, "cpus 2, not 1"));
    assert_int_equal(truncate(trace_path, 900), 0);
    r.cpus = 2;
    expect_status(run(&r), 2);
    assert_non_null(strstr(out, "cannot replay"));
}

static void run_lengths_are_spread(void **state)
{
    struct seed s = seed_make(1, 1);
    unsigned ones = 0, longs = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t n = seed_run_length(&s, 8);

        assert_in_range(n, 1, 256);
        ones += n == 1;
        longs += n > 64;
    }
    assert_in_range(ones, 100, 350);
    assert_in_range(longs, 50, 400);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(trace_path, sizeof(trace_path), "%s/a", dir);
    snprintf(other_path, sizeof(other_path), "%s/b", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(trace_path);
    unlink(other_path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_hash),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(another_seed_is_another_interleaving),
        cmocka_unit_test(events_of_every_kind_are_recorded),
        cmocka_unit_test(virtual_time_skips_sleep),
        cmocka_unit_test(waiting_for_nothing_is_reported),
        cmocka_unit_test(panic_says_how_to_repeat_it),
        cmocka_unit_test(input_is_part_of_the_record),
        cmocka_unit_test(replay_needs_no_input),
        cmocka_unit_test(replay_of_another_run_is_refused),
        cmocka_unit_test(run_lengths_are_spread),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
