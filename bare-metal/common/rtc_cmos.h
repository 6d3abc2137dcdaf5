/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MC146818 clock and everything that behaves like one.
 *
 * Owner:   common; the machine says how its registers are reached.
 * Context: boot, one CPU; waits while the clock is just being changed.
 * Locking: none.
 * Errors:  0 if what it says is no date.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_RTC_CMOS_H
#define CLOUDOS_BARE_METAL_COMMON_RTC_CMOS_H

#include <stdint.h>

/* Seconds since 1970-01-01 of the years 2000 to 2099. */
uint64_t rtc_cmos_seconds(uint8_t (*read)(uint8_t reg));

#endif /* CLOUDOS_BARE_METAL_COMMON_RTC_CMOS_H */
