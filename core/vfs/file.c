/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files: life, reading, writing, position. */
#include "vfs/file.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "abi/mount.h"
#include "abi/poll.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/lock.h"
#include "vfs/mount.h"
#include "vfs/notify.h"
#include "vm/space.h"

static struct kmem_cache *file_cache;
static void (*watch_closed)(struct file *f);

void file_init(void)
{
    file_cache = kmem_cache_create("file", sizeof(struct file), 0);
    kassert(file_cache);
}

void file_set_watch_hook(void (*closed)(struct file *f))
{
    watch_closed = closed;
}

int file_alloc(const struct file_ops *ops, uint32_t flags, struct file **out)
{
    struct file *f = kmem_cache_zalloc(file_cache);
    uint32_t access = flags & O_ACCMODE;

    if (!f)
        return -ENOMEM;
    refcount_init(&f->refs, 1);
    f->ops = ops;
    f->flags = flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
    if (!(flags & O_PATH)) /* access mode 3 can do neither: it is for ioctl */
        f->can = (access == O_RDONLY || access == O_RDWR ? FILE_CAN_READ : 0) |
                 (access == O_WRONLY || access == O_RDWR ? FILE_CAN_WRITE : 0);
    mutex_init(&f->pos_lock, "file.pos");
    list_init(&f->epoll);
    *out = f;
    return 0;
}

void file_get(struct file *f)
{
    refcount_get(&f->refs);
}

int file_count_write(struct file *f, struct inode *inode)
{
    int err;

    if (!(f->can & FILE_CAN_WRITE) || !S_ISREG(inode_mode(inode)))
        return 0;
    err = inode_write_get(inode);
    if (!err)
        f->can |= FILE_COUNTS_WRITE;
    return err;
}

int file_deny_write(struct file *f)
{
    int err = inode_write_deny(f->inode);

    if (!err)
        f->can |= FILE_DENIES_WRITE;
    return err;
}

void file_allow_write(struct file *f)
{
    kassert(f->can & FILE_DENIES_WRITE);
    f->can &= ~(uint32_t)FILE_DENIES_WRITE;
    inode_write_allow(f->inode);
}

static void file_release(struct file *f)
{
    if (watch_closed && !list_empty(&f->epoll))
        watch_closed(f);
    if (f->inode && !(file_flags(f) & O_PATH)) {
        notify_file(f, f->can & FILE_CAN_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
        if (inode_has(f->inode, INODE_LOCKED))
            lock_release_file(f->inode, f);
    }
    if (f->inode && f->ops && f->ops->release)
        f->ops->release(f);
    if (f->can & FILE_COUNTS_WRITE)
        inode_write_put(f->inode);
    if (f->can & FILE_DENIES_WRITE)
        inode_write_allow(f->inode);
    if (f->inode)
        inode_put(f->inode);
    if (f->path.dentry)
        vfs_path_put(&f->path);
    if (f->cred)
        cred_put(f->cred);
    kmem_cache_free(file_cache, f);
}

void file_put(struct file *f)
{
    if (f && refcount_put(&f->refs))
        file_release(f);
}

int64_t file_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    int64_t n;

    if (!(f->can & FILE_CAN_READ))
        return -EBADF;
    if (!f->ops->read)
        return S_ISDIR(inode_mode(f->inode)) ? -EISDIR : -EINVAL;
    n = f->ops->read(f, to, pos);
    if (n > 0)
        notify_file(f, IN_ACCESS);
    return n;
}

int64_t file_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    int64_t n;

    if (!(f->can & FILE_CAN_WRITE))
        return -EBADF;
    if (!f->ops->write)
        return -EINVAL;
    n = f->ops->write(f, from, pos);
    if (n > 0)
        notify_file(f, IN_MODIFY);
    return n;
}

int64_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos)
{
    struct vm_iter it;

    vm_iter_kernel(&it, buf, len);
    if (!f->ops->read)
        return S_ISDIR(inode_mode(f->inode)) ? -EISDIR : -EINVAL;
    return f->ops->read(f, &it, &pos);
}

int64_t file_write_kernel(struct file *f, const void *buf, size_t len, uint64_t *pos)
{
    struct vm_iter it;

    vm_iter_kernel(&it, (void *)(uintptr_t)buf, len);
    return file_write(f, &it, pos);
}

uint32_t file_poll(struct file *f, struct poll_table *pt)
{
    if (file_flags(f) & O_PATH)
        return EPOLLNVAL;
    if (!f->ops->poll)
        return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
    return f->ops->poll(f, pt);
}

/* off + base without overflow into negative positions. */
static int64_t seek_sum(uint64_t base, int64_t off)
{
    int64_t sum;

    if (__builtin_add_overflow((int64_t)base, off, &sum))
        return off > 0 ? -EOVERFLOW : -EINVAL;
    return sum < 0 ? -EINVAL : sum;
}

static int64_t seek_target(struct file *f, int64_t off, int whence)
{
    struct inode *inode = f->inode;
    uint64_t size =
        S_ISREG(inode_mode(inode)) || S_ISDIR(inode_mode(inode)) ? inode_size(inode) : 0;

    switch (whence) {
    case SEEK_SET:
        return off < 0 ? -EINVAL : off;
    case SEEK_CUR:
        return seek_sum(f->pos, off);
    case SEEK_END:
        return seek_sum(size, off);
    case SEEK_DATA:
    case SEEK_HOLE:
        if (off < 0 || (uint64_t)off >= size)
            return -ENXIO;
        if (inode_has(inode, INODE_OBJECT))
            return vm_object_seek(&inode->object, (uint64_t)off, whence == SEEK_DATA);
        return whence == SEEK_DATA ? off : (int64_t)size;
    default:
        return -EINVAL;
    }
}

int64_t file_seek(struct file *f, int64_t off, int whence)
{
    int64_t pos;

    if (file_flags(f) & O_PATH)
        return -EBADF;
    if (f->ops->extra && f->ops->extra->seek)
        return f->ops->extra->seek(f, off, whence);
    if (!(f->can & FILE_CAN_SEEK))
        return -ESPIPE;
    mutex_lock(&f->pos_lock);
    pos = seek_target(f, off, whence);
    if (pos >= 0)
        f->pos = (uint64_t)pos;
    mutex_unlock(&f->pos_lock);
    return pos;
}

void file_change_flags(struct file *f, uint32_t clear, uint32_t set)
{
    uint32_t old = atomic_load_relaxed(&f->flags);

    while (!atomic_cmpxchg(&f->flags, &old, (old & ~clear) | set))
        ;
}

int file_map_args(struct file *f, struct vm_map_args *a)
{
    bool shared = a->flags & MAP_SHARED;
    bool noexec = f->path.mount && (f->path.mount->flags & MS_NOEXEC);

    if (file_flags(f) & O_PATH)
        return -EBADF;
    if (!(f->can & FILE_CAN_READ))
        return -EACCES;
    if (shared && (a->prot & PROT_WRITE) && !(f->can & FILE_CAN_WRITE))
        return -EACCES;
    if (noexec && (a->prot & PROT_EXEC))
        return -EPERM;
    a->max_prot = VM_MAYREAD | (noexec ? 0 : VM_MAYEXEC);
    if (!shared || (f->can & FILE_CAN_WRITE))
        a->max_prot |= VM_MAYWRITE;
    a->file = f;
    if (f->ops->extra && f->ops->extra->mmap)
        return f->ops->extra->mmap(f, a);
    if (!inode_has(f->inode, INODE_OBJECT))
        return -ENODEV;
    if (shared && (f->inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
        if (a->prot & PROT_WRITE)
            return -EPERM;
        a->max_prot &= ~(uint32_t)VM_MAYWRITE;
    }
    a->object = &f->inode->object;
    if (!(file_flags(f) & O_NOATIME))
        inode_accessed(f->inode);
    return 0;
}
