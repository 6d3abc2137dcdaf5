/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler attributes under one name each.
 *
 * Owner:   lib.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_ATTR_H
#define CLOUDOS_LIB_ATTR_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NOINLINE          __attribute__((noinline))
#define ALIGNED(n)        __attribute__((aligned(n)))
#define PACKED            __attribute__((packed))
#define UNUSED            __attribute__((unused))
#define likely(x)         __builtin_expect(!!(x), 1)
#define unlikely(x)       __builtin_expect(!!(x), 0)

#endif /* CLOUDOS_LIB_ATTR_H */
