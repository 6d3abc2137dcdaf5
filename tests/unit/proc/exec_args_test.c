/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of a new program: order, limits, what a script puts before them. */
#include "people.h"

#include <errno.h>
#include <stdlib.h>

#include "proc/exec_priv.h"

static void expect_strings(const char *at, const char *const *want)
{
    for (; *want; want++) {
        assert_string_equal(at, *want);
        at += strlen(at) + 1;
    }
}

static void arguments_come_before_the_environment(void **state)
{
    struct task *t = people_child(NULL);
    struct exec_args a;

    (void)state;
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, (const char *[]){"ls", "-l", NULL},
                                      (const char *[]){"A=1", "B=", NULL}),
                     0);
    assert_int_equal(a.argc, 2);
    assert_int_equal(a.envc, 2);
    assert_int_equal(a.env_at, 6);
    expect_strings(a.buf, (const char *[]){"ls", "-l", "A=1", "B=", NULL});
    exec_args_free(&a);
    people_bury(t);
}

static void no_arguments_become_one_empty_one(void **state)
{
    struct task *t = people_child(NULL);
    struct exec_args a;

    (void)state;
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, NULL, NULL), 0);
    assert_int_equal(a.argc, 1);
    assert_string_equal(a.buf, "");
    exec_args_free(&a);
    people_bury(t);
}

static void scripts_of_scripts_nest(void **state)
{
    struct task *t = people_child(NULL);
    struct exec_args a;

    (void)state;
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, (const char *[]){"s", "x", NULL}, NULL), 0);
    assert_int_equal(exec_args_script(&a, "/bin/two", "-a", "/tmp/s"), 0);
    expect_strings(a.prefix, (const char *[]){"/bin/two", "-a", "/tmp/s", NULL});
    assert_string_equal(a.buf + a.skip, "x");
    assert_int_equal(a.argc + a.prefix_count, 4);
    assert_int_equal(exec_args_script(&a, "/bin/sh", NULL, "/bin/two"), 0);
    expect_strings(a.prefix,
                   (const char *[]){"/bin/sh", "/bin/two", "-a", "/tmp/s", NULL});
    assert_int_equal(a.prefix_count, 4);
    assert_int_equal(a.argc + a.prefix_count, 5);
    exec_args_free(&a);
    people_bury(t);
}

static void too_much_is_refused(void **state)
{
    struct task *t = people_child(NULL);
    char *big = calloc(1, EXEC_STRING_MAX + 1);
    struct exec_args a;

    (void)state;
    memset(big, 'x', EXEC_STRING_MAX);
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, (const char *[]){big, NULL}, NULL), -E2BIG);
    exec_args_free(&a);
    big[EXEC_STRING_MAX - 1] = '\0';
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, (const char *[]){big, NULL}, NULL), 0);
    assert_int_equal(a.len, EXEC_STRING_MAX);
    exec_args_free(&a);
    t->process->rlimits[RLIMIT_STACK].cur = 4096;
    exec_args_init(&a, t);
    assert_int_equal(exec_args_kernel(&a, (const char *[]){big, big, NULL}, NULL),
                     -E2BIG);
    exec_args_free(&a);
    free(big);
    people_bury(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_come_before_the_environment),
        cmocka_unit_test(no_arguments_become_one_empty_one),
        cmocka_unit_test(scripts_of_scripts_nest),
        cmocka_unit_test(too_much_is_refused),
    };

    return cmocka_run_group_tests(tests, people_boot, NULL);
}
