/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting, compared with the host's snprintf. */
#include "lib/format.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "hal_fake.h"
#include "lib/random.h"
#include "lib/strbuf.h"

/* Formats are put together at run time. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-zero-length"

#define SAME(...)                                                                        \
    do {                                                                                 \
        char want_[512], got_[512];                                                      \
        int want_len_ = snprintf(want_, sizeof(want_), __VA_ARGS__);                     \
        int got_len_ = ksnprintf(got_, sizeof(got_), __VA_ARGS__);                       \
        assert_string_equal(got_, want_);                                                \
        assert_int_equal(got_len_, want_len_);                                           \
    } while (0)

static const char *const flags[] = {"",   "-",  "0",  "+",  " ", "#",
                                    "-0", "+0", "0#", "-#", "+-"};
static const char *const widths[] = {"", "1", "5", "20"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".8", ".22"};

static void format_integers_match_the_host(void **state UNUSED)
{
    static const int64_t values[] = {0,  1,   -1,      7,         8,         255,
                                     10, -10, INT_MAX, INT_MIN,   INT64_MAX, INT64_MIN,
                                     99, 128, 32768,   123456789, -129};
    static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "j", "t"};

    for (unsigned f = 0; f < ARRAY_SIZE(flags); f++)
        for (unsigned w = 0; w < ARRAY_SIZE(widths); w++)
            for (unsigned p = 0; p < ARRAY_SIZE(precisions); p++)
                for (unsigned l = 0; l < ARRAY_SIZE(lengths); l++)
                    for (const char *c = "diuxXo"; *c != '\0'; c++)
                        for (unsigned v = 0; v < ARRAY_SIZE(values); v++) {
                            char fmt[32];

                            snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flags[f],
                                     widths[w], precisions[p], lengths[l], *c);
                            SAME(fmt, values[v]);
                        }
}

static void format_strings_match_the_host(void **state UNUSED)
{
    static const char *const strings[] = {"", "x", "hello",
                                          "a longer string than any width"};
    static const char *const string_flags[] = {"", "-"};

    for (unsigned f = 0; f < ARRAY_SIZE(string_flags); f++)
        for (unsigned w = 0; w < ARRAY_SIZE(widths); w++)
            for (unsigned p = 0; p < ARRAY_SIZE(precisions); p++)
                for (unsigned s = 0; s < ARRAY_SIZE(strings); s++) {
                    char fmt[32];

                    snprintf(fmt, sizeof(fmt), "<%%%s%s%ss>", string_flags[f], widths[w],
                             precisions[p]);
                    SAME(fmt, strings[s]);
                }
    SAME("%c|%5c|%-5c|", 'a', 'b', 'c');
    SAME("100%%, %s and %s", "one", "two");
}

static void format_star_takes_arguments(void **state UNUSED)
{
    SAME("%*d|%-*d|%.*d|%*.*x", 8, 42, 8, 42, 5, 42, 10, 4, 0xabcu);
    SAME("%*d", -8, 42);
    SAME("%.*s", 3, "abcdef");
    SAME("%.*s", -1, "abcdef");
}

static void format_string_with_precision_needs_no_terminator(void **state UNUSED)
{
    const char raw[3] = {'a', 'b', 'c'};
    char got[16];

    ksnprintf(got, sizeof(got), "%.3s", raw);
    assert_string_equal(got, "abc");
}

static void format_pointers_and_null(void **state UNUSED)
{
    char got[64];

    SAME("%p", (void *)0x1234abcd);
    SAME("%20p|", (void *)0x1234abcd);
    ksnprintf(got, sizeof(got), "%p %s", NULL, (const char *)NULL);
    assert_string_equal(got, "0x0 (null)");
    ksnprintf(got, sizeof(got), "<%pS> <%pS>", (void *)HAL_FAKE_SYMBOL, (void *)0x123);
    assert_string_equal(got, "<fake_symbol+0x1> <0x123>");
}

static void format_truncation_terminates_and_counts(void **state UNUSED)
{
    char got[16];

    for (size_t size = 0; size <= sizeof(got); size++) {
        memset(got, '#', sizeof(got));
        assert_int_equal(ksnprintf(got, size, "%s-%05d", "abc", 42), 9);
        if (size > 0)
            assert_int_equal(got[MIN(size - 1, (size_t)9)], '\0');
        if (size > 0)
            assert_memory_equal(got, "abc-00042", MIN(size - 1, (size_t)9));
        for (size_t i = MAX(MIN(size, (size_t)10), (size_t)0); i < sizeof(got); i++)
            assert_int_equal(got[i], '#');
    }
    assert_int_equal(ksnprintf(NULL, 0, "%d", 12345), 5);
}

static void format_unknown_conversions_are_copied(void **state UNUSED)
{
    char got[32];

    ksnprintf(got, sizeof(got), "%y %f %");
    assert_string_equal(got, "%y %f %");
    ksnprintf(got, sizeof(got), "");
    assert_string_equal(got, "");
}

static void strbuf_grows_until_it_is_full(void **state UNUSED)
{
    char buf[12];
    struct strbuf sb;

    strbuf_init(&sb, buf, sizeof(buf));
    assert_string_equal(buf, "");
    strbuf_puts(&sb, "abc");
    strbuf_putc(&sb, '-');
    strbuf_printf(&sb, "%d", 1234567);
    assert_string_equal(buf, "abc-1234567");
    assert_int_equal(sb.len, 11);
    assert_false(sb.truncated);
    strbuf_puts(&sb, "");
    assert_false(sb.truncated);
    strbuf_putc(&sb, '8');
    assert_true(sb.truncated);
    assert_string_equal(buf, "abc-1234567");
}

static void strbuf_printf_truncates_like_puts(void **state UNUSED)
{
    char buf[8];
    struct strbuf sb;

    strbuf_init(&sb, buf, sizeof(buf));
    strbuf_puts(&sb, "ab");
    strbuf_printf(&sb, "%s", "cdefghij");
    assert_true(sb.truncated);
    assert_string_equal(buf, "abcdefg");
    assert_int_equal(sb.len, 7);
    strbuf_printf(&sb, "%d", 1);
    assert_int_equal(sb.len, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_integers_match_the_host),
        cmocka_unit_test(format_strings_match_the_host),
        cmocka_unit_test(format_star_takes_arguments),
        cmocka_unit_test(format_string_with_precision_needs_no_terminator),
        cmocka_unit_test(format_pointers_and_null),
        cmocka_unit_test(format_truncation_terminates_and_counts),
        cmocka_unit_test(format_unknown_conversions_are_copied),
        cmocka_unit_test(strbuf_grows_until_it_is_full),
        cmocka_unit_test(strbuf_printf_truncates_like_puts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
