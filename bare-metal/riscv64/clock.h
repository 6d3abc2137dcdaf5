/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the `time` counter, and one deadline for each CPU by stimecmp (Sstc) or by the firmware.
 *
 * Owner:   bare-metal/riscv64.
 * Context: any; deadlines with interrupts masked.
 * Locking: none; constant after clock_prepare().
 * Errors:  clock_prepare(): false if the counter's frequency cannot be.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_CLOCK_H
#define CLOUDOS_BARE_METAL_RISCV64_CLOCK_H

#include "hal/hal.h"

MUST_CHECK bool clock_prepare(uint64_t ticks_per_s);
/* A goldfish RTC tells the date; NULL: the date is that of the epoch. */
void clock_wall_prepare(volatile uint32_t *rtc);
/* Interrupt this CPU at that value of the counter; UINT64_MAX: never. */
void clock_alarm_ticks(uint64_t ticks);

#endif /* CLOUDOS_BARE_METAL_RISCV64_CLOCK_H */
