/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/iter.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/ucopy.h"

static void vm_iter_single(struct vm_iter *it, bool kernel, uint64_t base, size_t len)
{
    *it = (struct vm_iter){.kernel = kernel, .count = 1, .left = len, .one = {base, len}};
}

void vm_iter_kernel(struct vm_iter *it, void *buf, size_t len)
{
    vm_iter_single(it, true, (uint64_t)(uintptr_t)buf, len);
}

void vm_iter_user(struct vm_iter *it, uint64_t va, size_t len)
{
    vm_iter_single(it, false, va, len);
}

void vm_iter_vec(struct vm_iter *it, const struct vm_iovec *vec, uint32_t count)
{
    *it = (struct vm_iter){.count = count, .vec = vec};
    for (uint32_t i = 0; i < count; i++)
        it->left += vec[i].len;
}

int vm_iter_import(struct vm_iter *it, uint64_t uvec, uint32_t count, void **to_free)
{
    struct vm_iovec *vec;
    uint64_t total = 0;
    int err;

    *to_free = NULL;
    if (count > VM_IOV_MAX)
        return -EINVAL;
    if (count == 0) {
        vm_iter_user(it, 0, 0);
        return 0;
    }
    vec = kmalloc(count * sizeof(*vec));
    if (!vec)
        return -ENOMEM;
    err = copy_from_user(vec, uvec, count * sizeof(*vec));
    for (uint32_t i = 0; !err && i < count; i++) {
        /* readv(2): the sum must fit ssize_t. */
        if (vec[i].len > INT64_MAX - total)
            err = -EINVAL;
        total += vec[i].len;
    }
    if (err) {
        kfree(vec);
        return err;
    }
    vm_iter_vec(it, vec, count);
    *to_free = vec;
    return 0;
}

/* The current segment; `vec` NULL: the one inside, so that an iterator may be copied. */
static const struct vm_iovec *vm_iter_segment(const struct vm_iter *it)
{
    return it->vec ? it->vec : &it->one;
}

static void vm_iter_next(struct vm_iter *it)
{
    it->skip = 0;
    it->count--;
    if (it->vec && it->count)
        it->vec++;
}

enum vm_iter_op { VM_ITER_PUT, VM_ITER_TAKE, VM_ITER_ZERO };

/* Move up to `len` bytes in one segment. */
static size_t vm_iter_part(const struct vm_iter *it, enum vm_iter_op op, uint64_t at,
                           void *buf, size_t len)
{
    switch (op) {
    case VM_ITER_PUT:
        if (!it->kernel)
            return copy_to_user_partial(at, buf, len);
        memcpy((void *)(uintptr_t)at, buf, len);
        return len;
    case VM_ITER_TAKE:
        if (!it->kernel)
            return copy_from_user_partial(buf, at, len);
        memcpy(buf, (const void *)(uintptr_t)at, len);
        return len;
    case VM_ITER_ZERO:
        if (!it->kernel)
            return clear_user_partial(at, len);
        memset((void *)(uintptr_t)at, 0, len);
        return len;
    }
    return 0;
}

static int64_t vm_iter_move(struct vm_iter *it, enum vm_iter_op op, void *buf, size_t len)
{
    size_t want = (size_t)MIN((uint64_t)len, it->left);
    size_t done = 0;

    while (done < want) {
        const struct vm_iovec *seg = vm_iter_segment(it);
        size_t part = (size_t)MIN(seg->len - it->skip, (uint64_t)(want - done));
        size_t n;

        if (part == 0) {
            vm_iter_next(it);
            continue;
        }
        n = vm_iter_part(it, op, seg->base + it->skip, buf ? (uint8_t *)buf + done : NULL,
                         part);
        it->skip += n;
        it->left -= n;
        done += n;
        if (n < part)
            return done ? (int64_t)done : -EFAULT;
    }
    return (int64_t)done;
}

int64_t vm_iter_put(struct vm_iter *it, const void *src, size_t len)
{
    return vm_iter_move(it, VM_ITER_PUT, (void *)(uintptr_t)src, len);
}

int64_t vm_iter_take(struct vm_iter *it, void *dst, size_t len)
{
    return vm_iter_move(it, VM_ITER_TAKE, dst, len);
}

int64_t vm_iter_zero(struct vm_iter *it, size_t len)
{
    return vm_iter_move(it, VM_ITER_ZERO, NULL, len);
}
