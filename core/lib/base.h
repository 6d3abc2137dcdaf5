/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every file of the kernel may take for granted: integer types, alignment
 * arithmetic, container_of, assertions.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  a failed assertion is a kernel panic.
 */
#ifndef CLOUDOS_LIB_BASE_H
#define CLOUDOS_LIB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "lib/panic.h"

#define LIB_CONCAT_(a, b) a##b
#define LIB_CONCAT(a, b)  LIB_CONCAT_(a, b)
#define LIB_UNIQUE(name)  LIB_CONCAT(name, __COUNTER__)

/* The structure of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member)                                                  \
    ((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

/* Elements of an array; a pointer does not compile. */
#define ARRAY_SIZE(a)                                                                    \
    (sizeof(a) / sizeof((a)[0]) +                                                        \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0]))    \
                         ? -1                                                            \
                         : 1]))

/* Each argument is evaluated once.  The names are unique, so that uses may nest. */
#define LIB_MIN_(a, b, x, y)                                                             \
    ({                                                                                   \
        __typeof__(a) x = (a);                                                           \
        __typeof__(b) y = (b);                                                           \
        x < y ? x : y;                                                                   \
    })
#define LIB_MAX_(a, b, x, y)                                                             \
    ({                                                                                   \
        __typeof__(a) x = (a);                                                           \
        __typeof__(b) y = (b);                                                           \
        x > y ? x : y;                                                                   \
    })
#undef MIN
#undef MAX
#define MIN(a, b)        LIB_MIN_(a, b, LIB_UNIQUE(min_a_), LIB_UNIQUE(min_b_))
#define MAX(a, b)        LIB_MAX_(a, b, LIB_UNIQUE(max_a_), LIB_UNIQUE(max_b_))
#define CLAMP(x, lo, hi) MIN(MAX(x, lo), hi)

/* `a` is a power of two; the result has the type of `x`.  Constant expressions stay so.
 */
#define ALIGN_DOWN(x, a)   ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a)     ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)
#define IS_ALIGNED(x, a)   (((x) & ((__typeof__(x))(a)-1)) == 0)
#define IS_POWER_OF_TWO(x) ((x) != 0 && ((x) & ((x)-1)) == 0)

#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define BIT(n)             (UINT64_C(1) << (n))

/* Always on; cheap; about what the kernel itself guarantees, never about outside data. */
#define kassert(cond)                                                                    \
    do {                                                                                 \
        if (unlikely(!(cond)))                                                           \
            kpanic_assert(__FILE__, __LINE__, #cond);                                    \
    } while (0)

/* For checks that walk a structure.  The build defines KASSERT_SLOW in the debug and fuzz
 * presets; elsewhere the condition is compiled and never evaluated. */
#ifdef KASSERT_SLOW
#define KASSERT_SLOW_ENABLED 1
#else
#define KASSERT_SLOW_ENABLED 0
#endif
#define kassert_slow(cond)                                                               \
    do {                                                                                 \
        if (KASSERT_SLOW_ENABLED)                                                        \
            kassert(cond);                                                               \
    } while (0)

#endif /* CLOUDOS_LIB_BASE_H */
