/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files as pages: read, write, resize, holes, write-back.
 *
 * Bytes are moved without the object's lock: pages are pinned under it, a few at a time, and
 * copied after it is released.  So the user's side of a copy may fault in a mapping of the very
 * same page.
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "vm/iter.h"
#include "vm/vm_priv.h"

#define VM_PIN_MAX 8u

struct vm_pins {
    uint32_t count;
    struct frame *frame[VM_PIN_MAX]; /* NULL: a hole */
};

static void vm_unpin(struct vm_pins *p)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->frame[i])
            frame_put(frame_pa(p->frame[i]));
    p->count = 0;
}

/* Pin pages from `index` on, at least one, at most `max`.  `create` fills holes. */
static int vm_pin_once(struct vm_object *o, uint64_t index, uint64_t max, bool create,
                       struct vm_pins *p)
{
    bool read;
    int err = 0;

    p->count = 0;
    mutex_lock(&o->lock);
    while (p->count < MIN(max, (uint64_t)VM_PIN_MAX)) {
        struct frame *f = vm_page_find(o, index + p->count);

        if (!f && (create || o->ops->read_page)) {
            err = vm_page_get(o, index + p->count, &f, &read);
            if (err)
                break;
        }
        if (f)
            frame_get(frame_pa(f));
        p->frame[p->count++] = f;
    }
    mutex_unlock(&o->lock);
    return p->count ? 0 : err;
}

static int vm_pin(struct vm_object *o, uint64_t index, uint64_t max, bool create,
                  struct vm_pins *p)
{
    int err = vm_pin_once(o, index, max, create, p);

    if (err == -ENOMEM && frame_reclaim(VM_PIN_MAX))
        err = vm_pin_once(o, index, max, create, p);
    return err;
}

static uint64_t vm_pages_spanned(uint64_t offset, uint64_t len)
{
    return ((offset + len - 1) >> PAGE_SHIFT) - (offset >> PAGE_SHIFT) + 1;
}

/* Bytes from `offset` to the end of its page, `len` at most. */
static uint64_t vm_page_part(uint64_t offset, uint64_t len)
{
    return MIN(len, PAGE_SIZE - (offset & ~PAGE_MASK));
}

static void *vm_frame_bytes(const struct frame *f, uint64_t offset)
{
    return (uint8_t *)phys_to_virt(frame_pa(f)) + (offset & ~PAGE_MASK);
}

/* ---- read ---- */

/* Copy from pinned pages: bytes moved, fewer than `len` if the user's memory faults. */
static uint64_t vm_pins_read(const struct vm_pins *p, uint64_t offset, uint64_t len,
                             struct vm_iter *to)
{
    uint64_t done = 0;

    for (uint32_t i = 0; i < p->count && done < len; i++) {
        uint64_t part = vm_page_part(offset + done, len - done);
        int64_t n =
            p->frame[i]
                ? vm_iter_put(to, vm_frame_bytes(p->frame[i], offset + done), part)
                : vm_iter_zero(to, part);

        if (n > 0)
            done += (uint64_t)n;
        if (n != (int64_t)part)
            break;
    }
    return done;
}

int64_t vm_object_read(struct vm_object *o, uint64_t offset, struct vm_iter *to)
{
    int64_t total = 0;
    struct vm_pins pins;

    while (to->left) {
        uint64_t size = atomic_load(&o->size);
        uint64_t len, room, n;
        int err;

        if (offset >= size)
            break;
        len = MIN(to->left, size - offset);
        err =
            vm_pin(o, offset >> PAGE_SHIFT, vm_pages_spanned(offset, len), false, &pins);
        if (err)
            return total ? total : err;
        room = pins.count * PAGE_SIZE - (offset & ~PAGE_MASK);
        len = MIN(len, room);
        n = vm_pins_read(&pins, offset, len, to);
        vm_unpin(&pins);
        total += (int64_t)n;
        offset += n;
        if (n < len)
            return total ? total : -EFAULT;
    }
    return total;
}

/* ---- write ---- */

static uint64_t vm_pins_write(const struct vm_pins *p, uint64_t offset, uint64_t len,
                              struct vm_iter *from)
{
    uint64_t done = 0;

    for (uint32_t i = 0; i < p->count && done < len; i++) {
        uint64_t part = vm_page_part(offset + done, len - done);
        int64_t n = vm_iter_take(from, vm_frame_bytes(p->frame[i], offset + done), part);

        if (n > 0) {
            vm_page_mark_dirty(p->frame[i]);
            done += (uint64_t)n;
        }
        if (n != (int64_t)part)
            break;
    }
    return done;
}

/* Bytes behind the end of the file become visible when it grows; a mapping may have written
 * there.  object->lock is held. */
static void vm_object_clear_tail_locked(struct vm_object *o)
{
    uint64_t size = o->size;
    struct frame *f = vm_page_find(o, size >> PAGE_SHIFT);

    if (f && !IS_ALIGNED(size, PAGE_SIZE))
        memset(vm_frame_bytes(f, size), 0, PAGE_SIZE - (size & ~PAGE_MASK));
}

static void vm_object_grow_to(struct vm_object *o, uint64_t size)
{
    if (atomic_load(&o->size) >= size)
        return;
    mutex_lock(&o->lock);
    if (o->size < size)
        atomic_store(&o->size, size);
    mutex_unlock(&o->lock);
}

int64_t vm_object_write(struct vm_object *o, uint64_t offset, struct vm_iter *from)
{
    int64_t total = 0;
    struct vm_pins pins;

    if (offset + from->left < offset || offset + from->left > INT64_MAX)
        return -EFBIG;
    if (o->written_shared && offset + from->left > atomic_load(&o->size)) {
        mutex_lock(&o->lock);
        vm_object_clear_tail_locked(o);
        mutex_unlock(&o->lock);
    }
    while (from->left) {
        uint64_t len = from->left, room, n;
        int err =
            vm_pin(o, offset >> PAGE_SHIFT, vm_pages_spanned(offset, len), true, &pins);

        if (err)
            return total ? total : err;
        room = pins.count * PAGE_SIZE - (offset & ~PAGE_MASK);
        len = MIN(len, room);
        n = vm_pins_write(&pins, offset, len, from);
        vm_unpin(&pins);
        total += (int64_t)n;
        offset += n;
        if (n)
            vm_object_grow_to(o, offset);
        if (n < len)
            return total ? total : -EFAULT;
    }
    return total;
}

/* ---- size and holes ---- */

static void vm_object_drop_from_locked(struct vm_object *o, uint64_t first, uint64_t end)
{
    uint64_t index = first;

    while (radix_next(&o->tree, &index) && index < end)
        vm_page_drop(o, index++);
}

static int vm_object_shrink_locked(struct vm_object *o, uint64_t size)
{
    uint64_t first = DIV_ROUND_UP(size, PAGE_SIZE);
    struct frame *f = NULL;
    bool read;

    if (!IS_ALIGNED(size, PAGE_SIZE)) {
        int err = 0;

        if (o->ops->read_page)
            err = vm_page_get(o, size >> PAGE_SHIFT, &f, &read);
        else
            f = vm_page_find(o, size >> PAGE_SHIFT);
        if (err)
            return err;
    }
    atomic_store(&o->size, size);
    vm_rmap_unmap(o, first, UINT64_MAX, true);
    vm_object_drop_from_locked(o, first, UINT64_MAX);
    if (f) {
        vm_object_clear_tail_locked(o);
        vm_page_mark_dirty(f);
    }
    return 0;
}

int vm_object_resize(struct vm_object *o, uint64_t size)
{
    int err = 0;

    if (size > INT64_MAX)
        return -EFBIG;
    mutex_lock(&o->lock);
    if (size < o->size) {
        err = vm_object_shrink_locked(o, size);
    } else {
        if (o->written_shared && size > o->size)
            vm_object_clear_tail_locked(o);
        atomic_store(&o->size, size);
    }
    mutex_unlock(&o->lock);
    return err;
}

int vm_object_allocate(struct vm_object *o, uint64_t offset, uint64_t len)
{
    uint64_t end;

    if (len == 0 || offset + len < offset || offset + len > INT64_MAX)
        return -EINVAL;
    if (o->ops->write_page)
        return -EOPNOTSUPP;
    end = DIV_ROUND_UP(offset + len, PAGE_SIZE);
    for (uint64_t index = offset >> PAGE_SHIFT; index < end;) {
        struct vm_pins pins;
        int err = vm_pin(o, index, end - index, true, &pins);

        if (err)
            return err;
        index += pins.count;
        vm_unpin(&pins);
    }
    return 0;
}

/* Zero [from, to), which lies in one page. */
static void vm_object_zero_part_locked(struct vm_object *o, uint64_t from, uint64_t to)
{
    struct frame *f = from < to ? vm_page_find(o, from >> PAGE_SHIFT) : NULL;

    if (f)
        memset(vm_frame_bytes(f, from), 0, to - from);
}

int vm_object_punch(struct vm_object *o, uint64_t offset, uint64_t len)
{
    uint64_t end = offset + len, first, last;

    if (len == 0 || end < offset)
        return -EINVAL;
    if (o->ops->write_page)
        return -EOPNOTSUPP; /* the store would have to forget the range too */
    mutex_lock(&o->lock);
    first = DIV_ROUND_UP(offset, PAGE_SIZE);
    last = end >> PAGE_SHIFT;
    if (first > last) {
        vm_object_zero_part_locked(o, offset, end);
    } else {
        vm_object_zero_part_locked(o, offset, first << PAGE_SHIFT);
        vm_object_zero_part_locked(o, last << PAGE_SHIFT, end);
        vm_rmap_unmap(o, first, last, false);
        vm_object_drop_from_locked(o, first, last);
    }
    mutex_unlock(&o->lock);
    return 0;
}

/* The first page at or behind `index` that is not in the cache. */
static uint64_t vm_object_next_hole_locked(struct vm_object *o, uint64_t index)
{
    while (vm_page_find(o, index))
        index++;
    return index;
}

int64_t vm_object_seek(struct vm_object *o, uint64_t offset, bool data)
{
    uint64_t index = offset >> PAGE_SHIFT;
    int64_t result = -ENXIO;

    mutex_lock(&o->lock);
    if (offset >= o->size) {
        result = -ENXIO;
    } else if (o->ops->read_page) {
        result =
            (int64_t)(data ? offset : o->size); /* what the store holds is its secret */
    } else if (data) {
        if (radix_next(&o->tree, &index) && index << PAGE_SHIFT < o->size)
            result = (int64_t)MAX(offset, index << PAGE_SHIFT);
    } else {
        index = vm_object_next_hole_locked(o, index);
        result = (int64_t)MIN(MAX(offset, index << PAGE_SHIFT), o->size);
    }
    mutex_unlock(&o->lock);
    return result;
}

/* ---- write-back ---- */

int vm_object_sync(struct vm_object *o, uint64_t offset, uint64_t len)
{
    uint64_t index = offset >> PAGE_SHIFT;
    uint64_t end =
        len > UINT64_MAX - offset ? UINT64_MAX : index + vm_pages_spanned(offset, len);
    struct frame *f;
    int err = 0;

    if (!o->ops->write_page || len == 0)
        return 0;
    mutex_lock(&o->lock);
    vm_rmap_collect_dirty(o, index, end);
    for (; (f = radix_next(&o->tree, &index)) && index < end; index++) {
        int err_page;

        if (!vm_page_clean(f))
            continue;
        err_page = o->ops->write_page(o, index, phys_to_virt(frame_pa(f)));
        if (err_page) {
            vm_page_mark_dirty(f);
            err = err_page;
        }
    }
    mutex_unlock(&o->lock);
    return err;
}
