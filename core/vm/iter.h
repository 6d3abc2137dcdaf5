/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a read or write puts or takes its bytes: kernel memory, user memory, or an iovec of it.
 *
 * Owner:   the caller, on its stack; it advances as bytes are moved.
 * Context: thread context when it is over user memory (may fault).
 * Locking: none.
 * Errors:  bytes moved; fewer than asked when user memory faults, -EFAULT if none.
 */
#ifndef CLOUDOS_VM_ITER_H
#define CLOUDOS_VM_ITER_H

#include "lib/base.h"

#define VM_IOV_MAX 1024

struct vm_iovec {
    uint64_t base, len;
};

struct vm_iter {
    bool kernel;
    uint32_t count;             /* segments left, the current one included */
    const struct vm_iovec *vec; /* current segment; kernel array */
    uint64_t skip;              /* bytes of the current segment already used */
    uint64_t left;              /* bytes in all */
    struct vm_iovec one;        /* storage of a single segment */
};

void vm_iter_kernel(struct vm_iter *it, void *buf, size_t len);
void vm_iter_user(struct vm_iter *it, uint64_t va, size_t len);
void vm_iter_vec(struct vm_iter *it, const struct vm_iovec *vec, uint32_t count);
/* Fetch an iovec array of a program; *to_free is kfree()d later.  -EINVAL, -EFAULT. */
MUST_CHECK int vm_iter_import(struct vm_iter *it, uint64_t uvec, uint32_t count,
                              void **to_free);

/* Kernel buffer -> iterator (read) and back (write): bytes moved or -EFAULT. */
MUST_CHECK int64_t vm_iter_put(struct vm_iter *it, const void *src, size_t len);
MUST_CHECK int64_t vm_iter_take(struct vm_iter *it, void *dst, size_t len);
MUST_CHECK int64_t vm_iter_zero(struct vm_iter *it, size_t len);

#endif /* CLOUDOS_VM_ITER_H */
