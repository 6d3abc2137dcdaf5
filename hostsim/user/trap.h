/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a guest task handed over, in the machine's terms.
 *
 * Owner:   hostsim/user.
 * Context: the virtual CPU that runs the thread.
 * Locking: the thread belongs to the caller.
 * Errors:  none; nonsense is HAL_TRAP_LOST.
 */
#ifndef CLOUDOS_HOSTSIM_USER_TRAP_H
#define CLOUDOS_HOSTSIM_USER_TRAP_H

#include "hostsim/user/native_priv.h"

/* Before a resume: can these registers run at all?  False: `trap` says why not. */
bool trap_check_regs(struct native_thread *th, struct user_regs *regs,
                     struct hal_trap *trap);
/* After a hand-over: fill `regs`, and `trap` if the core must see it (true); false: go on. */
bool trap_take(struct native_thread *th, struct user_regs *regs, struct hal_trap *trap);
bool trap_lost(struct native_thread *th, struct hal_trap *trap);

#endif /* CLOUDOS_HOSTSIM_USER_TRAP_H */
