/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.def as an array.
 *
 * Owner:   syscall; constant.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_SYSCALL_TABLE_H
#define CLOUDOS_SYSCALL_TABLE_H

#include "syscall/syscall.h"

#define SYSCALL_NR_MAX 512

/* By number; `fn` is NULL for calls that are missing, `name` too where there is none. */
extern const struct syscall_desc syscall_table[SYSCALL_NR_MAX + 1];

#endif /* CLOUDOS_SYSCALL_TABLE_H */
