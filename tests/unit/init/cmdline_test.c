/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel command line: splitting into words, parameters, and what a hostile writer sends. */
#include "hal_fake.h"

#include "abi/errno.h"
#include "init/cmdline.h"
#include "lib/random.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define WORDS 8

struct split_case {
    const char *text;
    int count; /* or -errno */
    const char *words[WORDS];
};

static const struct split_case split_cases[] = {
    {"", 0, {0}},
    {" \t\n  ", 0, {0}},
    {"one", 1, {"one"}},
    {"  one\ttwo\nthree  ", 3, {"one", "two", "three"}},
    {"\"\"", 1, {""}},
    {"\"\" a \"\"", 3, {"", "a", ""}},
    {"\"two words\"", 1, {"two words"}},
    {"a\"b c\"d", 1, {"ab cd"}},
    {"\"a\"\"b\"", 1, {"ab"}},
    {"a\"\"b", 1, {"ab"}},
    {"\"tab\there\nline\"", 1, {"tab\there\nline"}},
    {"a\\ b", 1, {"a b"}},
    {"\\\"", 1, {"\""}},
    {"\\\\", 1, {"\\"}},
    {"\"\\\"\"", 1, {"\""}},
    {"\"\\\\\" x", 2, {"\\", "x"}},
    {"\\n", 1, {"n"}},
    {"'a b'", 2, {"'a", "b'"}},
    {"\x80\xff \x01", 2, {"\x80\xff", "\x01"}},
    {"a\rb\vc", 1, {"a\rb\vc"}},
    {"quiet -- /bin/sh -c \"echo \\\"hi\\\"\"",
     5,
     {"quiet", "--", "/bin/sh", "-c", "echo \"hi\""}},
    {"1 2 3 4 5 6 7 8", 8, {"1", "2", "3", "4", "5", "6", "7", "8"}},
    {"1 2 3 4 5 6 7 8 ", 8, {"1", "2", "3", "4", "5", "6", "7", "8"}},
    {"1 2 3 4 5 6 7 8 9", -E2BIG, {0}},
    {"\"", -EINVAL, {0}},
    {"a \"b", -EINVAL, {0}},
    {"a\"", -EINVAL, {0}},
    {"\\", -EINVAL, {0}},
    {"a b\\", -EINVAL, {0}},
    {"\"a\\", -EINVAL, {0}},
    {"\"a\\\"", -EINVAL, {0}},
};

static void words_are_split_as_documented(void **state)
{
    char text[128], *words[WORDS];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(split_cases); i++) {
        const struct split_case *c = &split_cases[i];
        int count;

        memcpy(text, c->text, strlen(c->text) + 1);
        count = cmdline_split(text, words, WORDS);
        if (count != c->count)
            print_error("case %zu: %s\n", i, c->text);
        assert_int_equal(count, c->count);
        for (int w = 0; w < count; w++)
            assert_string_equal(words[w], c->words[w]);
    }
}

static void no_room_for_words_is_an_error(void **state)
{
    char text[] = "word", empty[] = " ";

    (void)state;
    assert_int_equal(cmdline_split(text, NULL, 0), -E2BIG);
    assert_int_equal(cmdline_split(empty, NULL, 0), 0);
}

/* Put every argument in quotes and a backslash before each quote and backslash: what comes
 * back is what went in, for any bytes but NUL. */
static void quoting_carries_any_bytes(void **state)
{
    static char text[4096], in[WORDS][64];
    struct prng rng;
    char *words[WORDS];

    (void)state;
    prng_seed(&rng, 11);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned count = (unsigned)prng_below(&rng, WORDS + 1);
        char *to = text;

        for (unsigned w = 0; w < count; w++) {
            size_t len = prng_below(&rng, sizeof(in[0]));

            *to++ = '"';
            for (size_t i = 0; i < len; i++) {
                static const char hostile[] = "\"\\ \t\n";
                char c = prng_below(&rng, 3) ? (char)(prng_below(&rng, 255) + 1)
                                             : hostile[prng_below(&rng, 5)];

                in[w][i] = c;
                if (c == '"' || c == '\\')
                    *to++ = '\\';
                *to++ = c;
            }
            in[w][len] = '\0';
            *to++ = '"';
            *to++ = ' ';
        }
        *to = '\0';
        assert_int_equal(cmdline_split(text, words, WORDS), count);
        for (unsigned w = 0; w < count; w++)
            assert_string_equal(words[w], in[w]);
    }
}

/* Whatever the bytes: it ends, stays inside the text, and the words are strings. */
static void random_bytes_stay_inside(void **state)
{
    static const char alphabet[] = "\"\"\\ \n\ta-=\xff";
    static char text[256];
    struct prng rng;
    char *words[WORDS];

    (void)state;
    prng_seed(&rng, 5);
    for (unsigned round = 0; round < 20000; round++) {
        size_t len = prng_below(&rng, sizeof(text) - 17);
        int count;

        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[prng_below(&rng, sizeof(alphabet) - 1)];
        text[len] = '\0';
        memset(text + len + 1, '#', 16);
        count = cmdline_split(text, words, WORDS);
        assert_true(count >= 0 || count == -E2BIG || count == -EINVAL);
        for (int w = 0; w < count; w++) {
            assert_true(words[w] >= text && words[w] <= text + len);
            assert_true(words[w] + strlen(words[w]) <= text + len);
        }
        for (size_t i = 1; i <= 16; i++)
            assert_int_equal(text[len + i], '#');
    }
}

static void nothing_gives_the_defaults(void **state)
{
    struct cmdline c;

    (void)state;
    assert_int_equal(cmdline_parse("", &c), 0);
    assert_int_equal(c.log_level, 4);
    assert_false(c.strace || c.no_patch || c.report);
    assert_null(c.init);
    assert_null(c.hostname);
    assert_null(c.argv);
    assert_int_equal(c.argc, 0);
    assert_int_equal(c.envc, 0);
    assert_null(c.envp[0]);
    assert_int_equal(c.slice_ns, 0);
}

static void parameters_are_taken(void **state)
{
    struct cmdline c;

    (void)state;
    assert_int_equal(
        cmdline_parse("strace nopatch report loglevel=7 slice=1000 init=/sbin/x "
                      "hostname=\"a b\" TERM=xterm EMPTY= X=a=b",
                      &c),
        0);
    assert_true(c.strace && c.no_patch && c.report);
    assert_null(c.strace_config.calls);
    assert_int_equal(c.log_level, 7);
    assert_int_equal(c.slice_ns, 1000000);
    assert_string_equal(c.init, "/sbin/x");
    assert_string_equal(c.hostname, "a b");
    assert_int_equal(c.envc, 3);
    assert_string_equal(c.envp[0], "TERM=xterm");
    assert_string_equal(c.envp[1], "EMPTY=");
    assert_string_equal(c.envp[2], "X=a=b");
    assert_null(c.envp[3]);
    assert_null(c.argv);
    assert_int_equal(cmdline_parse("loglevel=3 quiet", &c), 0);
    assert_int_equal(c.log_level, 1);
    assert_int_equal(cmdline_parse("quiet loglevel=0", &c), 0); /* the last one counts */
    assert_int_equal(c.log_level, 0);
}

static void the_program_follows_two_dashes(void **state)
{
    struct cmdline c;

    (void)state;
    assert_int_equal(cmdline_parse("quiet -- /bin/sh -c \"a b\" -- \"\" strace", &c), 0);
    assert_int_equal(c.argc, 6);
    assert_string_equal(c.argv[0], "/bin/sh");
    assert_string_equal(c.argv[2], "a b");
    assert_string_equal(c.argv[3], "--"); /* its own */
    assert_string_equal(c.argv[4], "");
    assert_string_equal(c.argv[5], "strace");
    assert_null(c.argv[6]);
    assert_false(c.strace);
    assert_int_equal(cmdline_parse("quiet --", &c), 0); /* no program */
    assert_null(c.argv);
    assert_int_equal(c.argc, 0);
}

static void bad_values_are_refused(void **state)
{
    static const char *const bad[] = {
        "loglevel=8",
        "loglevel=",
        "loglevel=-1",
        "loglevel=x",
        "loglevel=3x",
        "loglevel= 3",
        "loglevel=0x3",
        "slice=1000001",
        "slice=99999999999999999999999999",
        "slice=18446744073709551616",
        "loglevel=\" 3\"",
        "a \"b",
        "quiet \\",
    };
    struct cmdline c;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        if (cmdline_parse(bad[i], &c) != -EINVAL)
            print_error("%s\n", bad[i]);
        assert_int_equal(cmdline_parse(bad[i], &c), -EINVAL);
    }
}

static void unknown_parameters_do_no_harm(void **state)
{
    struct cmdline c;

    (void)state;
    assert_int_equal(cmdline_parse("loglevel quietly strace1 =x = \"\" - --- init", &c),
                     0);
    assert_false(c.strace);
    assert_null(c.init);
    assert_null(c.argv);
    assert_int_equal(c.log_level, 4);
}

/* At the bound of words and one above. */
static void words_have_a_bound(void **state)
{
    static char text[CMDLINE_WORDS_MAX * 4 + 16];
    struct cmdline c;
    char *to = text;

    (void)state;
    for (unsigned i = 0; i < CMDLINE_WORDS_MAX; i++) {
        memcpy(to, "A=b ", 4);
        to += 4;
    }
    *to = '\0';
    assert_int_equal(cmdline_parse(text, &c), 0);
    assert_int_equal(c.envc, CMDLINE_WORDS_MAX);
    assert_null(c.envp[CMDLINE_WORDS_MAX]);
    memcpy(to, "x", 2);
    assert_int_equal(cmdline_parse(text, &c), -E2BIG);
    memcpy(text, "--  ", 4); /* all but the first are the program's */
    *to = '\0';
    assert_int_equal(cmdline_parse(text, &c), 0);
    assert_int_equal(c.argc, CMDLINE_WORDS_MAX - 1);
    assert_null(c.argv[CMDLINE_WORDS_MAX - 1]);
}

static int power_on(void **state)
{
    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    return 0;
}

static void each_word_of_strace_is_a_wish_for_it(void **state)
{
    struct cmdline c;

    (void)state;
    assert_int_equal(cmdline_parse("strace=open,%net strace-of=sh strace-stamp=tt "
                                   "strace-times",
                                   &c),
                     0);
    assert_true(c.strace && c.strace_config.times);
    assert_string_equal(c.strace_config.calls, "open,%net");
    assert_string_equal(c.strace_config.of, "sh");
    assert_string_equal(c.strace_config.stamp, "tt");
    assert_int_equal(c.envc, 0);
    assert_int_equal(cmdline_parse("strace-times", &c), 0);
    assert_true(c.strace && !c.strace_config.calls);
    assert_null(c.stats);
    assert_int_equal(cmdline_parse("stats", &c), 0);
    assert_string_equal(c.stats, "text");
    assert_int_equal(cmdline_parse("stats=json", &c), 0);
    assert_string_equal(c.stats, "json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_as_documented),
        cmocka_unit_test(no_room_for_words_is_an_error),
        cmocka_unit_test(quoting_carries_any_bytes),
        cmocka_unit_test(random_bytes_stay_inside),
        cmocka_unit_test(nothing_gives_the_defaults),
        cmocka_unit_test(parameters_are_taken),
        cmocka_unit_test(the_program_follows_two_dashes),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(unknown_parameters_do_no_harm),
        cmocka_unit_test(words_have_a_bound),
        cmocka_unit_test(each_word_of_strace_is_a_wish_for_it),
    };

    return cmocka_run_group_tests(tests, power_on, NULL);
}
