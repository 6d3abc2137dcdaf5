/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/ucopy.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "vm/vm_priv.h"

/* A page that is mapped may be gone again before the copy is tried: bounded patience. */
#define VM_COPY_TRIES 16

#define VM_ZERO_CHUNK 256u

/* Is [va, va + len) user memory of the current space?  NULL: no. */
static struct vm_space *vm_user_space(uint64_t va, size_t len)
{
    struct vm_space *s = vm_current();

    if (!s || va < s->user_min || va > s->user_max || len > s->user_max - va)
        return NULL;
    return s;
}

size_t copy_from_user_partial(void *dst, uint64_t src, size_t len)
{
    struct vm_space *s = vm_user_space(src, len);
    size_t done = 0;

    for (unsigned stuck = 0; s && done < len && stuck < VM_COPY_TRIES; stuck++) {
        size_t n = hal_user_read((uint8_t *)dst + done, src + done, len - done);

        done += n;
        if (n)
            stuck = 0;
        if (done < len && vm_fault(s, src + done, HAL_READ) != VM_FAULT_OK)
            break;
    }
    return done;
}

size_t copy_to_user_partial(uint64_t dst, const void *src, size_t len)
{
    struct vm_space *s = vm_user_space(dst, len);
    size_t done = 0;

    for (unsigned stuck = 0; s && done < len && stuck < VM_COPY_TRIES; stuck++) {
        size_t n = hal_user_write(dst + done, (const uint8_t *)src + done, len - done);

        done += n;
        if (n)
            stuck = 0;
        if (done < len && vm_fault(s, dst + done, HAL_WRITE) != VM_FAULT_OK)
            break;
    }
    return done;
}

int copy_from_user(void *dst, uint64_t src, size_t len)
{
    return copy_from_user_partial(dst, src, len) == len ? 0 : -EFAULT;
}

int copy_to_user(uint64_t dst, const void *src, size_t len)
{
    return copy_to_user_partial(dst, src, len) == len ? 0 : -EFAULT;
}

size_t clear_user_partial(uint64_t dst, size_t len)
{
    static const uint8_t zeros[VM_ZERO_CHUNK];
    size_t done = 0;

    while (done < len) {
        size_t part = MIN(len - done, sizeof(zeros));
        size_t n = copy_to_user_partial(dst + done, zeros, part);

        done += n;
        if (n < part)
            break;
    }
    return done;
}

int clear_user(uint64_t dst, size_t len)
{
    return clear_user_partial(dst, len) == len ? 0 : -EFAULT;
}

int64_t copy_string_from_user(char *dst, uint64_t src, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t chunk =
            MIN(size - done, (size_t)(PAGE_SIZE - ((src + done) & ~PAGE_MASK)));
        const struct vm_space *s = vm_user_space(src + done, 1);
        const char *end;
        size_t n;

        if (!s)
            return -EFAULT;
        chunk = (size_t)MIN((uint64_t)chunk, s->user_max - (src + done));
        n = copy_from_user_partial(dst + done, src + done, chunk);
        end = memchr(dst + done, 0, n);
        if (end)
            return end - dst;
        if (n < chunk)
            return -EFAULT;
        done += n;
    }
    return -ENAMETOOLONG;
}

int get_user32(uint32_t *out, uint64_t src)
{
    return copy_from_user(out, src, sizeof(*out));
}

int get_user64(uint64_t *out, uint64_t src)
{
    return copy_from_user(out, src, sizeof(*out));
}

int put_user32(uint64_t dst, uint32_t v)
{
    return copy_to_user(dst, &v, sizeof(v));
}

int put_user64(uint64_t dst, uint64_t v)
{
    return copy_to_user(dst, &v, sizeof(v));
}

int cmpxchg_user32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    struct vm_space *s = vm_user_space(va, sizeof(*old));

    if (!s || !IS_ALIGNED(va, sizeof(*old)))
        return -EFAULT;
    for (unsigned i = 0; i < VM_COPY_TRIES; i++) {
        if (hal_user_cmpxchg32(va, expected, desired, old) == 0)
            return 0;
        if (vm_fault(s, va, HAL_WRITE) != VM_FAULT_OK)
            return -EFAULT;
    }
    return -EFAULT;
}

int vm_key_of(uint64_t va, bool shared, struct vm_key *out)
{
    struct vm_space *s = vm_user_space(va, sizeof(uint32_t));
    const struct vm_area *a;
    int err = 0;

    if (!s)
        return -EFAULT;
    *out = (struct vm_key){(uint64_t)(uintptr_t)s, va};
    if (!shared)
        return 0;
    rwlock_read(&s->lock);
    a = vm_area_find(s, va);
    if (!a)
        err = -EFAULT;
    else if (a->object && (a->flags & VM_SHARED))
        *out = (struct vm_key){BIT(63) | a->object->id, a->offset + (va - a->start)};
    rwlock_read_unlock(&s->lock);
    /* Kernel addresses may have bit 63 set, but never so few others as an id has. */
    return err;
}
