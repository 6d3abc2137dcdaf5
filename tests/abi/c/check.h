/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks for ABI test programs: they say what failed and go on; check_done() is the status.
 *
 * Owner:   tests/abi.
 * Context: a Linux program.
 * Locking: atomic counter, threads may check.
 * Errors:  printed with file and line.
 */
#ifndef CLOUDOS_TESTS_ABI_CHECK_H
#define CLOUDOS_TESTS_ABI_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One of each, however many files a program has. */
__attribute__((weak)) int check_failures;
__attribute__((weak)) int check_count;

#define CHECK(cond)                                                                      \
    do {                                                                                 \
        __atomic_add_fetch(&check_count, 1, __ATOMIC_RELAXED);                           \
        if (!(cond)) {                                                                   \
            __atomic_add_fetch(&check_failures, 1, __ATOMIC_RELAXED);                    \
            printf("FAIL %s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #cond, errno,  \
                   strerror(errno));                                                     \
        }                                                                                \
    } while (0)

/* The call fails with exactly this errno. */
#define CHECK_ERRNO(expr, want)                                                          \
    do {                                                                                 \
        errno = 0;                                                                       \
        long result_ = (long)(expr);                                                     \
        __atomic_add_fetch(&check_count, 1, __ATOMIC_RELAXED);                           \
        if (result_ != -1 || errno != (want)) {                                          \
            __atomic_add_fetch(&check_failures, 1, __ATOMIC_RELAXED);                    \
            printf("FAIL %s:%d: %s gave %ld, errno %d (%s), expected %s\n", __FILE__,    \
                   __LINE__, #expr, result_, errno, strerror(errno), #want);             \
        }                                                                                \
    } while (0)

static inline int check_done(const char *name)
{
    fflush(stdout);
    printf("%s: %d checks, %d failed\n", name, check_count, check_failures);
    return check_failures || !check_count ? 1 : 0;
}

#endif /* CLOUDOS_TESTS_ABI_CHECK_H */
