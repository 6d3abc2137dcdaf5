/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/rtc_cmos.h"

#include <stdbool.h>

#define REG_A      0x0a
#define REG_B      0x0b
#define A_CHANGING 0x80
#define B_BINARY   0x04
#define B_24_HOURS 0x02
#define AFTERNOON  0x80
#define WAIT_READS 1000000u

struct date {
    uint8_t second, minute, hour, day, month, year;
};

static struct date date_read(uint8_t (*read)(uint8_t reg))
{
    for (unsigned i = 0; i < WAIT_READS && (read(REG_A) & A_CHANGING); i++)
        continue;
    return (struct date){read(0), read(2), read(4), read(7), read(8), read(9)};
}

static bool date_is_same(const struct date *a, const struct date *b)
{
    return a->second == b->second && a->minute == b->minute && a->hour == b->hour &&
           a->day == b->day && a->month == b->month && a->year == b->year;
}

static uint8_t from_bcd(uint8_t v)
{
    return (uint8_t)((v >> 4) * 10 + (v & 15));
}

static void date_to_binary(struct date *d)
{
    uint8_t afternoon = d->hour & AFTERNOON;

    d->second = from_bcd(d->second);
    d->minute = from_bcd(d->minute);
    d->hour = from_bcd(d->hour & (uint8_t)~AFTERNOON) | afternoon;
    d->day = from_bcd(d->day);
    d->month = from_bcd(d->month);
    d->year = from_bcd(d->year);
}

/* Days from 1970-01-01; years count from March, so that the leap day comes last. */
static uint64_t days(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned shifted = (month + 9) % 12;

    return 365ull * y + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 + day - 1 -
           719468;
}

uint64_t rtc_cmos_seconds(uint8_t (*read)(uint8_t reg))
{
    uint8_t mode = read(REG_B);
    struct date d, again = date_read(read);
    unsigned tries = 0;

    do {
        d = again;
        again = date_read(read);
    } while (!date_is_same(&d, &again) && ++tries < 16);
    if (!(mode & B_BINARY))
        date_to_binary(&d);
    if (!(mode & B_24_HOURS))
        d.hour = (uint8_t)((d.hour & 0x7f) % 12 + (d.hour & AFTERNOON ? 12 : 0));
    if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.hour > 23 ||
        d.minute > 59 || d.second > 60 || d.year > 99)
        return 0;
    return days(2000u + d.year, d.month, d.day) * 86400 + d.hour * 3600u +
           d.minute * 60u + d.second;
}
