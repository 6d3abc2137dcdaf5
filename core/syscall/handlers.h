/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers of all calls in table.def: `int64_t sys_<name>(struct task *, const uint64_t[6])`.
 *
 * Owner:   syscall.
 * Context: thread context of the calling task, interrupts on.
 * Locking: none.
 * Errors:  the result, or -errno; -ERESTART* as in abi/errno.h.
 */
#ifndef CLOUDOS_SYSCALL_HANDLERS_H
#define CLOUDOS_SYSCALL_HANDLERS_H

#include <stdint.h>

struct task;

#define SYSCALL(name, nr_x86_64, nr_generic, result, ...)                                \
    int64_t sys_##name(struct task *t, const uint64_t a[6]);
#define REFUSED SYSCALL
#define MISSING(name, nr_x86_64, nr_generic)
#define NOTE(name, text)
#include "syscall/table.def"
#undef SYSCALL
#undef REFUSED
#undef MISSING
#undef NOTE

#endif /* CLOUDOS_SYSCALL_HANDLERS_H */
