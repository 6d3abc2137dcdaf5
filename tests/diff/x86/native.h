/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between native.c and native.S.
 *
 * Owner:   native.c.
 * Context: the child process.
 * Locking: none; one thread.
 * Errors:  none.
 */
#ifndef CLOUDOS_DIFF_X86_NATIVE_H
#define CLOUDOS_DIFF_X86_NATIVE_H

#include <signal.h>

#include "diff.h"

_Static_assert(offsetof(struct diff_state, gpr) == 512, "native.S");
_Static_assert(offsetof(struct diff_state, rip) == 640, "native.S");
_Static_assert(offsetof(struct diff_state, rflags) == 648, "native.S");

/* The handler, and where it goes. */
void native_signal(int signo, siginfo_t *info, void *context);
void native_trapped(int signo, siginfo_t *info, void *context);
void native_enter(const struct diff_state *s);
void native_leave(void) __attribute__((noreturn));

#endif /* CLOUDOS_DIFF_X86_NATIVE_H */
