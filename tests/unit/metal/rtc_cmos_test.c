/* SPDX-License-Identifier: BSD-2-Clause */
#include "hal_fake.h"

#include "bare-metal/common/rtc_cmos.h"

static uint8_t regs[16];

static uint8_t reg_read(uint8_t reg)
{
    return regs[reg];
}

static uint64_t at(uint8_t mode, uint8_t year, uint8_t month, uint8_t day, uint8_t hour)
{
    regs[0] = regs[2] = 0;
    regs[4] = hour;
    regs[7] = day;
    regs[8] = month;
    regs[9] = year;
    regs[11] = mode;
    return rtc_cmos_seconds(reg_read);
}

static void dates_are_counted_from_1970(void **state UNUSED)
{
    assert_int_equal(at(6, 0, 1, 1, 0), 946684800);
    assert_int_equal(at(6, 0, 2, 29, 0), 951782400);
    assert_int_equal(at(6, 24, 12, 31, 23), 1735686000);
    assert_int_equal(at(6, 99, 12, 31, 0), 4102358400);
}

static void decimal_digits_and_halves_of_a_day_are_understood(void **state UNUSED)
{
    assert_int_equal(at(2, 0x24, 0x12, 0x31, 0x23), 1735686000);
    assert_int_equal(at(0, 0x24, 0x12, 0x31, 0x81), 1735686000 - 10 * 3600); /* 1 pm */
    assert_int_equal(at(0, 0x24, 0x12, 0x31, 0x12),
                     1735686000 - 23 * 3600); /* midnight */
    assert_int_equal(at(4, 24, 12, 31, 0x80 + 11), 1735686000);
}

static void what_is_no_date_is_none(void **state UNUSED)
{
    assert_int_equal(at(6, 24, 0, 1, 0), 0);
    assert_int_equal(at(6, 24, 13, 1, 0), 0);
    assert_int_equal(at(6, 24, 1, 0, 0), 0);
    assert_int_equal(at(6, 24, 1, 1, 24), 0);
    assert_int_equal(at(6, 100, 1, 1, 0), 0);
    regs[10] = 0x80; /* for ever about to change: no hang */
    assert_int_equal(at(6, 0, 1, 1, 0), 946684800);
    regs[10] = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_counted_from_1970),
        cmocka_unit_test(decimal_digits_and_halves_of_a_day_are_understood),
        cmocka_unit_test(what_is_no_date_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
