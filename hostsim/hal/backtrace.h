/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks and registers for a panic; what hal.h says about them is all that others need.
 *
 * Owner:   hostsim/hal.
 * Context: backtrace_init(): the main thread, before other host threads.
 * Locking: none; only a CPU that panics asks, and only one does.
 * Errors:  no frames.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_BACKTRACE_H
#define CLOUDOS_HOSTSIM_HAL_BACKTRACE_H

#define BACKTRACE_MAX 64

void backtrace_init(void);

#endif /* CLOUDOS_HOSTSIM_HAL_BACKTRACE_H */
