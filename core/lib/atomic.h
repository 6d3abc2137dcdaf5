/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations on ordinary integers and pointers of 1, 2, 4 or 8 bytes.
 *
 * A variable that is accessed with these is always accessed with these.  The name says
 * the order: _relaxed, _acquire, _release; without a suffix it is sequentially
 * consistent. Read-modify-write operations are sequentially consistent unless they say
 * otherwise. Not for use together with <stdatomic.h>.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none needed.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_ATOMIC_H
#define CLOUDOS_LIB_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define atomic_load(p)         __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define atomic_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)

#define atomic_store(p, v)         __atomic_store_n(p, v, __ATOMIC_SEQ_CST)
#define atomic_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define atomic_store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

/* The value before. */
#define atomic_xchg(p, v)              __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define atomic_xchg_acquire(p, v)      __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_add(p, v)         __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_sub(p, v)         __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_or(p, v)          __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_and(p, v)         __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_add_relaxed(p, v) __atomic_fetch_add(p, v, __ATOMIC_RELAXED)

/* The value after. */
#define atomic_add_return(p, v) __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)
#define atomic_sub_return(p, v) __atomic_sub_fetch(p, v, __ATOMIC_SEQ_CST)
#define atomic_inc_return(p)    atomic_add_return(p, 1)
#define atomic_dec_return(p)    atomic_sub_return(p, 1)

/* No value. */
#define atomic_add(p, v)         ((void)__atomic_fetch_add(p, v, __ATOMIC_SEQ_CST))
#define atomic_sub(p, v)         ((void)__atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST))
#define atomic_inc(p)            atomic_add(p, 1)
#define atomic_dec(p)            atomic_sub(p, 1)
#define atomic_or(p, v)          ((void)__atomic_fetch_or(p, v, __ATOMIC_SEQ_CST))
#define atomic_and(p, v)         ((void)__atomic_fetch_and(p, v, __ATOMIC_SEQ_CST))
#define atomic_add_relaxed(p, v) ((void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED))

/* If *p is *expected, store `desired` and be true; else load *p into *expected. */
#define atomic_cmpxchg(p, expected, desired)                                             \
    __atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_SEQ_CST,           \
                                __ATOMIC_RELAXED)
#define atomic_cmpxchg_acquire(p, expected, desired)                                     \
    __atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_ACQUIRE,           \
                                __ATOMIC_RELAXED)

#define atomic_fence()         __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define atomic_fence_acquire() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define atomic_fence_release() __atomic_thread_fence(__ATOMIC_RELEASE)

/* For a variable that one CPU alone writes at a time (its own, or under a lock) and anyone
 * reads: cheaper than a read-modify-write operation. */
#define atomic_own_add(p, v) atomic_store_relaxed(p, *(p) + (v))
#define atomic_own_sub(p, v) atomic_store_relaxed(p, *(p) - (v))

/* Orders this CPU's accesses against an interrupt on the same CPU. */
#define atomic_compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* The named kinds, where a structure wants to say that a member is atomic. */
struct atomic32 {
    uint32_t v;
};

struct atomic64 {
    uint64_t v;
};

#endif /* CLOUDOS_LIB_ATOMIC_H */
