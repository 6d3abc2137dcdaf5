/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of calls: names, classes, all but some, and what is no call. */
#include "hal_fake.h"

#include <stdio.h>

#include "abi/errno.h"
#include "lib/random.h"
#include "syscall/strace_filter.h"

static struct strace_filter filter;
static const char *bad;
static size_t bad_len;

static uint64_t number_of(const char *name)
{
    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        if (d && strcmp(d->name, name) == 0)
            return nr;
    }
    fail_msg("no call %s", name);
    return 0;
}

static bool has(const char *name)
{
    return strace_filter_has(&filter, number_of(name));
}

static void parse(const char *expr)
{
    assert_int_equal(strace_filter_parse(expr, &filter, &bad, &bad_len), 0);
}

static unsigned count(void)
{
    unsigned n = 0;

    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX; nr++)
        n += strace_filter_has(&filter, nr);
    return n;
}

static void names_are_a_set(void **state)
{
    (void)state;
    parse("open,close");
    assert_true(has("open") && has("close") && !has("openat"));
    assert_int_equal(count(), 2);
    parse("trace=read");
    assert_true(has("read") && count() == 1);
    parse("?nosuchcall,read,read");
    assert_true(has("read") && count() == 1);
    parse("none");
    assert_int_equal(count(), 0);
    assert_false(strace_filter_has(&filter, 9999));
    parse("all");
    assert_int_equal(count(), SYSCALL_NR_MAX);
    assert_true(strace_filter_has(&filter, 9999));
    parse("none,write");
    assert_int_equal(count(), 1);
}

static void all_but_some(void **state)
{
    (void)state;
    parse("!read,%memory");
    assert_true(has("write") && !has("read") && !has("mmap") && !has("brk"));
    assert_true(strace_filter_has(&filter, 9999));
    parse("trace=!all");
    assert_int_equal(count(), 0);
    parse("!none");
    assert_int_equal(count(), SYSCALL_NR_MAX);
}

static void classes_hold_what_they_say(void **state)
{
    (void)state;
    parse("%file");
    assert_true(has("openat") && has("execve") && has("stat") && has("getcwd"));
    assert_true(!has("read") && !has("fstat") && !has("mmap"));
    parse("%desc");
    assert_true(has("read") && has("close") && has("openat") && has("dup"));
    assert_true(!has("getpid") && !has("brk"));
    parse("%process");
    assert_true(has("clone") && has("execve") && has("exit_group") && has("wait4"));
    assert_true(!has("getpid") && !has("read"));
    parse("%net");
    assert_true(has("socket") && has("accept4") && !has("read"));
    parse("%network,%clock");
    assert_true(has("socket") && has("clock_gettime"));
}

/* A list that names a call wrongly would leave it out and nobody would see. */
static void every_class_has_calls(void **state)
{
    char expr[64];

    (void)state;
    for (unsigned i = 0; strace_filter_class(i); i++) {
        snprintf(expr, sizeof(expr), "!%s", strace_filter_class(i));
        parse(expr);
        assert_true(count() < SYSCALL_NR_MAX);
        assert_true(strace_filter_class(i)[0] == '%');
    }
}

static void expect_bad(const char *expr, const char *word)
{
    assert_int_equal(strace_filter_parse(expr, &filter, &bad, &bad_len), -EINVAL);
    assert_int_equal(bad_len, strlen(word));
    assert_memory_equal(bad, word, bad_len);
    assert_true(bad >= expr && bad + bad_len <= expr + strlen(expr));
}

static void what_is_no_call_is_named(void **state)
{
    (void)state;
    expect_bad("opne", "opne");
    expect_bad("read,opne,write", "opne");
    expect_bad("", "");
    expect_bad("!", "");
    expect_bad("trace=", "");
    expect_bad("read,", "");
    expect_bad(",read", "");
    expect_bad("%", "%");
    expect_bad("%fil", "%fil");
    expect_bad("file", "file");
    expect_bad("rea", "rea");
    expect_bad("?", "?");
    expect_bad("!!read", "!read");
    expect_bad("read write", "read write");
}

static void any_text_is_parsed_or_refused(void **state)
{
    static const char alphabet[] = "!,%?=treadfil";
    struct prng r;
    char text[24];

    (void)state;
    prng_seed(&r, 1);
    for (unsigned i = 0; i < 100000; i++) {
        size_t len = prng_next(&r) % sizeof(text);

        for (size_t j = 0; j < len; j++)
            text[j] = alphabet[prng_next(&r) % (sizeof(alphabet) - 1)];
        text[len < sizeof(text) ? len : len - 1] = '\0';
        if (strace_filter_parse(text, &filter, &bad, &bad_len))
            assert_true(bad >= text && bad + bad_len <= text + strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_a_set),
        cmocka_unit_test(all_but_some),
        cmocka_unit_test(classes_hold_what_they_say),
        cmocka_unit_test(every_class_has_calls),
        cmocka_unit_test(what_is_no_call_is_named),
        cmocka_unit_test(any_text_is_parsed_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
