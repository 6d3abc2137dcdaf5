/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tool watches this build: AddressSanitizer, ThreadSanitizer, or neither.  Valgrind is
 * recognised at run time.
 *
 * Owner:   hostsim/hal; all of its conditional compilation on tools starts here.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_CHECKER_H
#define CLOUDOS_HOSTSIM_HAL_CHECKER_H

#include <stddef.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CHECKER_ASAN 1
#else
#define CHECKER_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define CHECKER_TSAN 1
#else
#define CHECKER_TSAN 0
#endif

#define CHECKER_SANITIZER (CHECKER_ASAN || CHECKER_TSAN)

/*
 * Copy bytes without a tool looking: for memory that others legitimately change at the same
 * time (user memory) or that holds the tool's own red zones (the core's image).
 */
static inline void checker_copy(void *dst, const void *src, size_t len)
{
#if CHECKER_SANITIZER
    __asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(len) : : "memory");
#else
    __builtin_memcpy(dst, src, len);
#endif
}

#endif /* CLOUDOS_HOSTSIM_HAL_CHECKER_H */
