/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of descriptors.
 *
 * Changes take the table's spinlock.  Lookups do, too, unless the table has a single reference:
 * then the calling thread is the only one that could change it (others that look into it, such
 * as /proc, first take a reference and never change anything), and the lock would protect it
 * from nobody.  That is the case of every program without threads.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/lock.h"

#define FIRST_SIZE 64u /* a multiple of a bitmap word */

/* Files and bits of one size, replaced as a whole when it grows. */
struct fd_array {
    uint32_t size;
    struct file **files; /* NULL with its bit set: reserved */
    uint64_t *used, *cloexec;
};

struct fd_table {
    struct refcount refs;
    struct spinlock lock;
    uint32_t next; /* no free descriptor below */
    struct fd_array a;
    struct file *first_files[FIRST_SIZE];
    uint64_t first_used, first_cloexec;
};

int fd_table_create(struct fd_table **out)
{
    struct fd_table *t = kzalloc(sizeof(*t));

    if (!t)
        return -ENOMEM;
    refcount_init(&t->refs, 1);
    spin_init(&t->lock, "fd_table");
    t->a =
        (struct fd_array){FIRST_SIZE, t->first_files, &t->first_used, &t->first_cloexec};
    *out = t;
    return 0;
}

/* One allocation: files, then the two bitmaps. */
static int array_alloc(struct fd_array *a, uint32_t size)
{
    size_t words = BITMAP_WORDS(size);

    a->files = kzalloc(size * sizeof(struct file *) + 2 * words * sizeof(uint64_t));
    if (!a->files)
        return -ENOMEM;
    a->size = size;
    a->used = (uint64_t *)(a->files + size);
    a->cloexec = a->used + words;
    return 0;
}

static void array_copy(struct fd_array *to, const struct fd_array *from)
{
    size_t words = BITMAP_WORDS(from->size);

    memcpy(to->files, from->files, from->size * sizeof(struct file *));
    memcpy(to->used, from->used, words * sizeof(uint64_t));
    memcpy(to->cloexec, from->cloexec, words * sizeof(uint64_t));
}

static void array_free(struct fd_table *t, struct fd_array *a)
{
    if (a->files != t->first_files)
        kfree(a->files);
}

/* Make room for descriptor `fd`.  Called without the lock; takes it to change arrays. */
static int table_grow(struct fd_table *t, unsigned fd)
{
    struct fd_array fresh, old;
    uint32_t size = FIRST_SIZE;
    int err;

    if (fd >= FD_TABLE_MAX)
        return -EMFILE;
    while (size <= fd)
        size *= 2;
    err = array_alloc(&fresh, size);
    if (err)
        return err;
    spin_lock(&t->lock);
    if (t->a.size >= size) { /* another thread was faster */
        old = fresh;
    } else {
        array_copy(&fresh, &t->a);
        old = t->a;
        t->a = fresh;
    }
    spin_unlock(&t->lock);
    array_free(t, &old);
    return 0;
}

/* Lowest free descriptor >= min; t->a.size if there is none. */
static unsigned lowest_free_locked(const struct fd_table *t, unsigned min)
{
    unsigned from = MAX(min, t->next);

    return from >= t->a.size ? from
                             : (unsigned)bitmap_next_clear(t->a.used, t->a.size, from);
}

static void take_locked(struct fd_table *t, unsigned fd, struct file *f, bool cloexec)
{
    bitmap_set(t->a.used, fd);
    if (cloexec)
        bitmap_set(t->a.cloexec, fd);
    else
        bitmap_clear(t->a.cloexec, fd);
    t->a.files[fd] = f;
}

static struct file *drop_locked(struct fd_table *t, unsigned fd)
{
    struct file *f = t->a.files[fd];

    t->a.files[fd] = NULL;
    bitmap_clear(t->a.used, fd);
    bitmap_clear(t->a.cloexec, fd);
    t->next = MIN(t->next, fd);
    return f;
}

static int fd_take(struct fd_table *t, struct file *f, unsigned min, unsigned limit,
                   bool cloexec)
{
    limit = MIN(limit, FD_TABLE_MAX);
    for (;;) {
        unsigned fd;
        int err;

        spin_lock(&t->lock);
        fd = lowest_free_locked(t, min);
        if (fd < limit && fd < t->a.size) {
            take_locked(t, fd, f, cloexec);
            if (fd == t->next)
                t->next = fd + 1;
            spin_unlock(&t->lock);
            return (int)fd;
        }
        spin_unlock(&t->lock);
        if (fd >= limit)
            return -EMFILE;
        err = table_grow(t, fd);
        if (err)
            return err;
    }
}

int fd_install(struct fd_table *t, struct file *f, unsigned min, unsigned limit,
               bool cloexec)
{
    int fd;

    file_get(f);
    fd = fd_take(t, f, min, limit, cloexec);
    if (fd < 0)
        file_put(f);
    return fd;
}

int fd_reserve(struct fd_table *t, unsigned min, unsigned limit, bool cloexec)
{
    return fd_take(t, NULL, min, limit, cloexec);
}

void fd_fill(struct fd_table *t, int fd, struct file *f)
{
    spin_lock(&t->lock);
    kassert(bitmap_test(t->a.used, (unsigned)fd) && !t->a.files[fd]);
    t->a.files[fd] = f;
    spin_unlock(&t->lock);
}

void fd_unreserve(struct fd_table *t, int fd)
{
    struct file *f;

    spin_lock(&t->lock);
    f = drop_locked(t, (unsigned)fd);
    spin_unlock(&t->lock);
    kassert(!f);
}

/* What close(2) does with a file that has left the table. */
static int file_closed(struct fd_table *t, struct file *f)
{
    int err = 0;

    if (f->ops->extra && f->ops->extra->flush)
        err = f->ops->extra->flush(f);
    if (inode_has(f->inode, INODE_LOCKED))
        lock_release_table(f->inode, t);
    file_put(f);
    return err;
}

int fd_install_at(struct fd_table *t, struct file *f, unsigned fd, unsigned limit,
                  bool cloexec)
{
    struct file *old;

    if (fd >= MIN(limit, FD_TABLE_MAX))
        return -EBADF;
    file_get(f);
    spin_lock(&t->lock);
    while (fd >= t->a.size) {
        int err;

        spin_unlock(&t->lock);
        err = table_grow(t, fd);
        if (err) {
            file_put(f);
            return err;
        }
        spin_lock(&t->lock);
    }
    if (bitmap_test(t->a.used, fd) && !t->a.files[fd]) {
        spin_unlock(&t->lock);
        file_put(f);
        return -EBUSY; /* some thread is about to fill it: dup2(2) */
    }
    old = t->a.files[fd];
    take_locked(t, fd, f, cloexec);
    spin_unlock(&t->lock);
    if (old)
        (void)file_closed(t, old);
    return (int)fd;
}

struct file *fd_lookup(struct fd_table *t, int fd)
{
    struct file *f = NULL;

    if (atomic_load_acquire(&t->refs.v) ==
        1) { /* sees what others did before they left */
        if ((unsigned)fd < t->a.size && (f = t->a.files[fd]))
            file_get(f);
        return f;
    }
    spin_lock(&t->lock);
    if ((unsigned)fd < t->a.size && (f = t->a.files[fd]))
        file_get(f);
    spin_unlock(&t->lock);
    return f;
}

int fd_close(struct fd_table *t, int fd)
{
    struct file *f = NULL;

    spin_lock(&t->lock);
    if ((unsigned)fd < t->a.size && t->a.files[fd])
        f = drop_locked(t, (unsigned)fd);
    spin_unlock(&t->lock);
    return f ? file_closed(t, f) : -EBADF;
}

/* The next descriptor in [first, last] that `map` has, taken off the table: its file in *f. */
static int drop_next(struct fd_table *t, unsigned first, unsigned last, bool cloexec,
                     struct file **f)
{
    unsigned fd = first;
    int found = -1;

    spin_lock(&t->lock);
    for (; fd < t->a.size; fd++) {
        fd = (unsigned)bitmap_next_set(cloexec ? t->a.cloexec : t->a.used, t->a.size, fd);
        if (fd >= t->a.size || fd > last)
            break;
        if (t->a.files[fd]) {
            *f = drop_locked(t, fd);
            found = (int)fd;
            break;
        }
    }
    spin_unlock(&t->lock);
    return found;
}

int fd_close_range(struct fd_table *t, unsigned first, unsigned last, bool cloexec_only)
{
    struct file *f;
    int fd;

    if (first > last)
        return -EINVAL;
    if (cloexec_only) {
        spin_lock(&t->lock);
        for (unsigned i = first; i < t->a.size && i <= last; i++) {
            if (bitmap_test(t->a.used, i))
                bitmap_set(t->a.cloexec, i);
        }
        spin_unlock(&t->lock);
        return 0;
    }
    while ((fd = drop_next(t, first, last, false, &f)) >= 0) {
        (void)file_closed(t, f);
        first = (unsigned)fd;
        if (first++ == last)
            break;
    }
    return 0;
}

void fd_close_on_exec(struct fd_table *t)
{
    struct file *f;
    int fd = -1;

    while ((fd = drop_next(t, (unsigned)(fd + 1), UINT32_MAX, true, &f)) >= 0)
        (void)file_closed(t, f);
}

int fd_cloexec(struct fd_table *t, int fd, int set)
{
    int err = -EBADF;

    spin_lock(&t->lock);
    if ((unsigned)fd < t->a.size && t->a.files[fd]) {
        err = 0;
        if (set < 0)
            err = bitmap_test(t->a.cloexec, (unsigned)fd);
        else if (set)
            bitmap_set(t->a.cloexec, (unsigned)fd);
        else
            bitmap_clear(t->a.cloexec, (unsigned)fd);
    }
    spin_unlock(&t->lock);
    return err;
}

int fd_next(struct fd_table *t, int fd)
{
    int found = -1;

    spin_lock(&t->lock);
    for (unsigned i = fd < 0 ? 0 : (unsigned)fd; i < t->a.size; i++) {
        i = (unsigned)bitmap_next_set(t->a.used, t->a.size, i);
        if (i < t->a.size && t->a.files[i]) {
            found = (int)i;
            break;
        }
    }
    spin_unlock(&t->lock);
    return found;
}

/* As many slots as the highest used descriptor needs. */
static uint32_t needed_size_locked(const struct fd_table *t)
{
    size_t words = BITMAP_WORDS(t->a.size);
    uint32_t size = FIRST_SIZE;

    while (words > 1 && t->a.used[words - 1] == 0)
        words--;
    while (size < words * BITMAP_WORD_BITS)
        size *= 2;
    return size;
}

/* Reserved descriptors of another thread stay behind: they are not open yet. */
static void copy_files_locked(struct fd_table *to, const struct fd_table *from)
{
    size_t bit;

    bitmap_for_each_set (bit, from->a.used, MIN(from->a.size, to->a.size)) {
        struct file *f = from->a.files[bit];

        if (!f)
            continue;
        file_get(f);
        take_locked(to, (unsigned)bit, f, bitmap_test(from->a.cloexec, bit));
    }
    to->next = 0;
}

int fd_table_copy(struct fd_table *from, struct fd_table **out)
{
    struct fd_table *t;
    int err = fd_table_create(&t);

    if (err)
        return err;
    spin_lock(&from->lock);
    while (needed_size_locked(from) > t->a.size) {
        uint32_t size = needed_size_locked(from);

        spin_unlock(&from->lock);
        err = table_grow(t, size - 1);
        if (err) {
            fd_table_put(t);
            return err;
        }
        spin_lock(&from->lock);
    }
    copy_files_locked(t, from);
    spin_unlock(&from->lock);
    *out = t;
    return 0;
}

uint32_t fd_table_users(struct fd_table *t)
{
    return refcount_read(&t->refs);
}

void fd_table_get(struct fd_table *t)
{
    refcount_get(&t->refs);
}

void fd_table_put(struct fd_table *t)
{
    size_t bit;

    if (!t || !refcount_put(&t->refs))
        return;
    bitmap_for_each_set (bit, t->a.used, t->a.size) {
        if (t->a.files[bit])
            (void)file_closed(t, t->a.files[bit]);
    }
    array_free(t, &t->a);
    kfree(t);
}
