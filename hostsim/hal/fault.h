/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the kernel itself: host signals for bad accesses in kernel code, and what the MMU
 * finds wrong.
 *
 * Owner:   hostsim/hal.
 * Context: fault_init(): the main thread; fault_thread_init(): each host thread that becomes a
 *          virtual CPU.
 * Locking: none.
 * Errors:  a fault while one is being reported ends the process with status 134.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_FAULT_H
#define CLOUDOS_HOSTSIM_HAL_FAULT_H

void fault_init(void);
/* Give this host thread a stack to handle faults on. */
void fault_thread_init(void);

#endif /* CLOUDOS_HOSTSIM_HAL_FAULT_H */
