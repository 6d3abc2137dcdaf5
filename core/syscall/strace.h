/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing calls in the format of strace(1), to the machine's log stream.
 *
 * A line opens when a call starts and closes with its result.  When another task prints in
 * between, the line ends in <unfinished ...> and goes on later as <... name resumed>.
 *
 * Owner:   syscall.
 * Context: thread context of the task concerned, no lock held (reads user memory).
 * Locking: one spinlock around the state of the open line and the output.
 * Errors:  none; what cannot be read is printed as an address.
 */
#ifndef CLOUDOS_SYSCALL_STRACE_H
#define CLOUDOS_SYSCALL_STRACE_H

#include "abi/signal.h"
#include "lib/base.h"

struct syscall_desc;
struct task;

extern bool strace_on; /* written at boot only: syscall_strace_enable() */

/* Around a handler; `desc` NULL: the number is unknown. */
void strace_enter(struct task *t, const struct syscall_desc *desc, uint64_t nr,
                  const uint64_t a[6]);
void strace_leave(struct task *t, const struct syscall_desc *desc, uint64_t nr,
                  const uint64_t a[6], int64_t result);

/* For proc: a signal is about to be delivered to `t`; `t` ends with wait status `status`. */
void strace_signal(struct task *t, int signo, const struct abi_siginfo *info);
void strace_exit(struct task *t, int status);

#endif /* CLOUDOS_SYSCALL_STRACE_H */
