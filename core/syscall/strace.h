/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing calls in the format of strace(1), to a stream of their own.
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

/* What to print, and how; the texts live as long as the kernel. */
struct strace_config {
    const char *calls; /* strace_filter.h; NULL: all */
    const char
        *of; /* a process number or a program's name, with its children; NULL: all */
    const char *stamp; /* before each line, as the options of strace(1): "t" time of day,
                        * "tt" with microseconds, "ttt" seconds since 1970, "r" since the
                        * line before; NULL: nothing */
    bool times;        /* the time spent in each call, behind its result */
};

extern bool strace_on; /* written at boot only: syscall_strace_enable() */

/* Is this call of this task one to print? */
bool strace_wants(struct task *t, const struct syscall_desc *desc, uint64_t nr,
                  const uint64_t a[6]);
/* Around a handler, if so; `desc` NULL: the number is unknown. */
void strace_enter(struct task *t, const struct syscall_desc *desc, uint64_t nr,
                  const uint64_t a[6]);
void strace_leave(struct task *t, const struct syscall_desc *desc, uint64_t nr,
                  const uint64_t a[6], int64_t result, uint64_t spent_ns);

/* For proc: a signal is about to be delivered to `t`; `t` ends with wait status `status`; `t`
 * has made `child`, which does not run yet. */
void strace_signal(struct task *t, int signo, const struct abi_siginfo *info);
void strace_exit(struct task *t, int status);
void strace_clone(struct task *t, struct task *child);

#endif /* CLOUDOS_SYSCALL_STRACE_H */
