/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings, compared with the host's functions; numbers from text. */
#include "lib/string.h"

#include <errno.h>

#include "hal_fake.h"
#include "lib/errno_name.h"
#include "lib/random.h"

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

/* Short strings over a small alphabet, so that matches and near misses are frequent; one
 * letter is negative where char is signed. */
static void random_string(struct prng *prng, char *s, size_t max)
{
    size_t len = prng_below(prng, max);

    for (size_t i = 0; i < len; i++)
        s[i] = "ab\xff"[prng_below(prng, 3)];
    s[len] = '\0';
}

static void string_functions_match_the_host(void **state UNUSED)
{
    struct prng prng;

    prng_seed(&prng, 3);
    for (unsigned i = 0; i < 20000; i++) {
        char a[12], b[12];
        size_t n = prng_below(&prng, 13);
        int c = "ab\xffz"[prng_below(&prng, 5)];

        random_string(&prng, a, sizeof(a));
        random_string(&prng, b, prng_below(&prng, 2) ? sizeof(b) : 3);
        assert_int_equal(lib_strlen(a), strlen(a));
        assert_int_equal(lib_strnlen(a, n), strnlen(a, n));
        assert_int_equal(sign(lib_strcmp(a, b)), sign(strcmp(a, b)));
        assert_int_equal(sign(lib_strncmp(a, b, n)), sign(strncmp(a, b, n)));
        assert_ptr_equal(lib_strchr(a, c), strchr(a, c));
        assert_ptr_equal(lib_strrchr(a, c), strrchr(a, c));
        assert_ptr_equal(lib_strstr(a, b), strstr(a, b));
        assert_ptr_equal(lib_memchr(a, c, strlen(a)), memchr(a, c, strlen(a)));
        assert_int_equal(str_starts_with(a, b), strncmp(a, b, strlen(b)) == 0);
        assert_int_equal(str_eq(a, b), strcmp(a, b) == 0);
    }
}

static void strlcpy_truncates_and_terminates(void **state UNUSED)
{
    char buf[6];

    assert_int_equal(lib_strlcpy(buf, "abc", sizeof(buf)), 3);
    assert_string_equal(buf, "abc");
    assert_int_equal(lib_strlcpy(buf, "abcdefgh", sizeof(buf)), 8);
    assert_string_equal(buf, "abcde");
    buf[0] = '#';
    assert_int_equal(lib_strlcpy(buf, "abc", 0), 3);
    assert_int_equal(buf[0], '#');
}

static void strlcat_truncates_and_terminates(void **state UNUSED)
{
    char buf[8] = "ab";

    assert_int_equal(lib_strlcat(buf, "cd", sizeof(buf)), 4);
    assert_string_equal(buf, "abcd");
    assert_int_equal(lib_strlcat(buf, "efghij", sizeof(buf)), 10);
    assert_string_equal(buf, "abcdefg");
    memcpy(buf, "xxxxxxxx", 8); /* no terminator within the size */
    assert_int_equal(lib_strlcat(buf, "yy", sizeof(buf)), 10);
    assert_memory_equal(buf, "xxxxxxxx", 8);
}

static void u64_is(const char *s, unsigned base, uint64_t want)
{
    uint64_t got = ~want;

    assert_int_equal(str_to_u64(s, SIZE_MAX, base, &got), 0);
    assert_int_equal(got, want);
}

static void u64_fails(const char *s, unsigned base, int err)
{
    uint64_t got = 77;

    assert_int_equal(str_to_u64(s, SIZE_MAX, base, &got), err);
    assert_int_equal(got, 77);
}

static void str_to_u64_reads_every_base(void **state UNUSED)
{
    u64_is("0", 0, 0);
    u64_is("42", 0, 42);
    u64_is("0x2A", 0, 42);
    u64_is("0X2a", 16, 42);
    u64_is("2a", 16, 42);
    u64_is("052", 0, 42);
    u64_is("0b101010", 0, 42);
    u64_is("101010", 2, 42);
    u64_is("0b1", 16, 0xb1);
    u64_is("zz", 36, 35 * 36 + 35);
    u64_is("18446744073709551615", 10, UINT64_MAX);
    u64_is("0xffffffffffffffff", 0, UINT64_MAX);
    u64_is("000000000000000000000000000001", 10, 1);
}

static void str_to_u64_rejects_what_is_no_number(void **state UNUSED)
{
    static const char *const bad[] = {"",   " 1", "1 ",   "-1",  "+1", "0x", "0b",
                                      "08", "1a", "0x1g", "0b2", "x",  "1\n"};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        u64_fails(bad[i], 0, -EINVAL);
    u64_fails("18446744073709551616", 10, -ERANGE);
    u64_fails("0x10000000000000000", 0, -ERANGE);
    u64_fails("99999999999999999999999999999999999999999", 10, -ERANGE);
    u64_fails("99999999999999999999999999999x", 10, -EINVAL);
}

static void str_to_u64_stops_at_its_length(void **state UNUSED)
{
    uint64_t got;

    assert_int_equal(str_to_u64("12345", 3, 10, &got), 0);
    assert_int_equal(got, 123);
    assert_int_equal(str_to_u64("1", 0, 10, &got), -EINVAL);
    assert_int_equal(str_to_u64("0x12", 2, 0, &got), -EINVAL);
}

static void i64_is(const char *s, int err, int64_t want)
{
    int64_t got = 77;

    assert_int_equal(str_to_i64(s, SIZE_MAX, 0, &got), err);
    assert_true(got == (err != 0 ? 77 : want));
}

static void str_to_i64_knows_signs_and_bounds(void **state UNUSED)
{
    i64_is("-42", 0, -42);
    i64_is("+42", 0, 42);
    i64_is("-0x10", 0, -16);
    i64_is("9223372036854775807", 0, INT64_MAX);
    i64_is("-9223372036854775808", 0, INT64_MIN);
    i64_is("9223372036854775808", -ERANGE, 0);
    i64_is("-9223372036854775809", -ERANGE, 0);
    i64_is("-", -EINVAL, 0);
    i64_is("--1", -EINVAL, 0);
    i64_is("", -EINVAL, 0);
}

static void errno_names(void **state UNUSED)
{
    assert_string_equal(errno_name(0), "0");
    assert_string_equal(errno_name(ENOENT), "ENOENT");
    assert_string_equal(errno_name(-EAGAIN), "EAGAIN");
    assert_string_equal(errno_name(-EHWPOISON), "EHWPOISON");
    assert_string_equal(errno_name(-512), "ERESTARTSYS");
    assert_string_equal(errno_name(41), "E?");
    assert_string_equal(errno_name(INT32_MIN), "E?");
    assert_string_equal(errno_name(100000), "E?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(string_functions_match_the_host),
        cmocka_unit_test(strlcpy_truncates_and_terminates),
        cmocka_unit_test(strlcat_truncates_and_terminates),
        cmocka_unit_test(str_to_u64_reads_every_base),
        cmocka_unit_test(str_to_u64_rejects_what_is_no_number),
        cmocka_unit_test(str_to_u64_stops_at_its_length),
        cmocka_unit_test(str_to_i64_knows_signs_and_bounds),
        cmocka_unit_test(errno_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
