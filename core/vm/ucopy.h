/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way to user memory: copies that survive a fault at any byte.
 *
 * Owner:   vm.
 * Context: thread context of a user thread, interrupts on, no spinlock held (may sleep).
 * Locking: must not hold the space's lock.
 * Errors:  -EFAULT; for strings also -ENAMETOOLONG.
 */
#ifndef CLOUDOS_VM_UCOPY_H
#define CLOUDOS_VM_UCOPY_H

#include "lib/base.h"

MUST_CHECK int copy_from_user(void *dst, uint64_t src, size_t len);
MUST_CHECK int copy_to_user(uint64_t dst, const void *src, size_t len);
/* As far as it goes: bytes copied, 0 if the first one faults. */
size_t copy_from_user_partial(void *dst, uint64_t src, size_t len);
size_t copy_to_user_partial(uint64_t dst, const void *src, size_t len);
size_t clear_user_partial(uint64_t dst, size_t len);
MUST_CHECK int clear_user(uint64_t dst, size_t len);
/* String with its NUL into dst[size]: length without NUL, -EFAULT, -ENAMETOOLONG. */
MUST_CHECK int64_t copy_string_from_user(char *dst, uint64_t src, size_t size);
/* Aligned words. */
MUST_CHECK int get_user32(uint32_t *out, uint64_t src);
MUST_CHECK int get_user64(uint64_t *out, uint64_t src);
MUST_CHECK int put_user32(uint64_t dst, uint32_t v);
MUST_CHECK int put_user64(uint64_t dst, uint64_t v);
MUST_CHECK int cmpxchg_user32(uint64_t va, uint32_t expected, uint32_t desired,
                              uint32_t *old);
/* What a futex word is, independent of the mapping: for private areas (space, va), for shared
 * ones (object, offset).  -EFAULT. */
struct vm_key {
    uint64_t a, b;
};
MUST_CHECK int vm_key_of(uint64_t va, bool shared, struct vm_key *out);

#endif /* CLOUDOS_VM_UCOPY_H */
