/* SPDX-License-Identifier: BSD-2-Clause */
/* Regular files that live in the page cache: reading, writing, size, seals. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "vfs/file_priv.h"
#include "vfs/mount.h"
#include "vm/space.h"

static int64_t regular_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    int64_t n;

    if (*pos > INT64_MAX)
        return -EINVAL;
    if (to->left == 0)
        return 0;
    n = vm_object_read(&f->inode->object, *pos, to);
    if (n > 0)
        *pos += (uint64_t)n;
    if (n >= 0 && !(file_flags(f) & O_NOATIME) && !mount_readonly(f->path.mount))
        inode_accessed(f->inode);
    return n;
}

void inode_drop_setid_locked(struct inode *inode)
{
    uint32_t drop = inode_mode(inode) & S_ISUID;

    if ((inode_mode(inode) & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        drop |= S_ISGID;
    if (drop)
        atomic_store_relaxed(&inode->mode, inode->mode & ~drop);
}

static int write_check_locked(struct file *f, uint64_t pos, uint64_t len)
{
    struct inode *inode = f->inode;

    if (pos > INT64_MAX || len > (uint64_t)INT64_MAX - pos)
        return -EFBIG;
    if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    if ((inode->seals & F_SEAL_GROW) && pos + len > inode_size(inode))
        return -EPERM;
    return 0;
}

static int64_t regular_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct inode *inode = f->inode;
    int64_t n;

    if (from->left == 0)
        return 0;
    mutex_lock(&inode->lock);
    if ((file_flags(f) & O_APPEND) || *pos == FILE_POS_END)
        *pos = inode_size(inode);
    n = write_check_locked(f, *pos, from->left);
    if (!n) {
        if (unlikely(inode_mode(inode) & (S_ISUID | S_ISGID)) &&
            !cred_capable(f->cred, CAP_FSETID))
            inode_drop_setid_locked(inode);
        n = vm_object_write(&inode->object, *pos, from);
    }
    if (n > 0) {
        *pos += (uint64_t)n;
        inode_touch(inode, VFS_ATTR_MTIME | VFS_ATTR_CTIME);
    }
    mutex_unlock(&inode->lock);
    return n;
}

const struct file_ops regular_file_ops = {.read = regular_read, .write = regular_write};

static int size_check_locked(const struct inode *inode, uint64_t size)
{
    if ((inode->seals & F_SEAL_SHRINK) && size < inode_size(inode))
        return -EPERM;
    if ((inode->seals & F_SEAL_GROW) && size > inode_size(inode))
        return -EPERM;
    return size > INT64_MAX ? -EFBIG : 0;
}

/* Of a file that is open for writing, or counted as such. */
static int truncate_open(struct inode *inode, uint64_t size, const struct cred *cred)
{
    struct vfs_time now = vfs_now();
    struct vfs_attr attr = {.valid = VFS_ATTR_SIZE | VFS_ATTR_MTIME | VFS_ATTR_CTIME,
                            .size = size,
                            .mtime = now,
                            .ctime = now};
    int err;

    mutex_lock(&inode->lock);
    err = size_check_locked(inode, size);
    if (!err)
        err = inode->ops->set_attr ? inode->ops->set_attr(inode, &attr)
                                   : inode_set_attr(inode, &attr);
    if (!err && !cred_capable(cred, CAP_FSETID))
        inode_drop_setid_locked(inode);
    mutex_unlock(&inode->lock);
    return err;
}

int inode_truncate(struct inode *inode, uint64_t size, const struct cred *cred)
{
    int err = inode_write_get(inode);

    if (err)
        return err;
    err = truncate_open(inode, size, cred);
    inode_write_put(inode);
    return err;
}

int file_truncate(struct file *f, uint64_t size)
{
    if (!(f->can & FILE_CAN_WRITE) || !S_ISREG(inode_mode(f->inode)))
        return -EINVAL;
    return truncate_open(f->inode, size, f->cred);
}

static int allocate_locked(struct inode *inode, int mode, uint64_t off, uint64_t len)
{
    bool keep = mode & FALLOC_FL_KEEP_SIZE;
    uint64_t end = off + len;
    int err;

    /* Growing writes nothing that a reader could have seen. */
    if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) &&
        (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
        return -EPERM;
    if (mode & FALLOC_FL_PUNCH_HOLE)
        return vm_object_punch(&inode->object, off, len);
    if (!keep && end > inode_size(inode) && (inode->seals & F_SEAL_GROW))
        return -EPERM;
    if (mode & FALLOC_FL_ZERO_RANGE) {
        err = vm_object_punch(&inode->object, off, len);
        if (err)
            return err;
    }
    err = vm_object_allocate(&inode->object, off, len);
    if (!err && !keep && end > inode_size(inode))
        err = vm_object_resize(&inode->object, end);
    return err;
}

int file_allocate(struct file *f, int mode, uint64_t off, uint64_t len)
{
    const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
    int err;

    if (!(f->can & FILE_CAN_WRITE))
        return -EBADF;
    if (S_ISFIFO(inode_mode(f->inode)))
        return -ESPIPE;
    if (!inode_has(f->inode, INODE_OBJECT))
        return S_ISDIR(inode_mode(f->inode)) ? -EISDIR : -ENODEV;
    if (mode & ~known)
        return -EOPNOTSUPP;
    if ((mode & FALLOC_FL_PUNCH_HOLE) &&
        mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
        return -EOPNOTSUPP;
    if (len == 0 || off > INT64_MAX || len > INT64_MAX)
        return -EINVAL;
    if (off + len > INT64_MAX)
        return -EFBIG;
    mutex_lock(&f->inode->lock);
    err = allocate_locked(f->inode, mode, off, len);
    if (!err)
        inode_touch(f->inode, VFS_ATTR_MTIME | VFS_ATTR_CTIME);
    mutex_unlock(&f->inode->lock);
    return err;
}

int file_sync(struct file *f, bool data_only)
{
    if (file_flags(f) & O_PATH)
        return -EBADF;
    if (f->ops->extra && f->ops->extra->sync)
        return f->ops->extra->sync(f, data_only);
    if (inode_has(f->inode, INODE_OBJECT))
        return vm_object_sync(&f->inode->object, 0, UINT64_MAX);
    return S_ISDIR(inode_mode(f->inode)) ? 0 : -EINVAL;
}

/* Some area shows the file shared and may be written through, now or after mprotect(). */
static bool mapped_writable(struct vm_object *o)
{
    struct vm_area *area;
    bool found = false;

    spin_lock(&o->map_lock);
    list_for_each_entry (area, &o->mappings, object_link) {
        found |= (area->flags & VM_SHARED) && (area->flags & (VM_WRITE | VM_MAYWRITE));
    }
    spin_unlock(&o->map_lock);
    return found;
}

int file_add_seals(struct file *f, uint32_t seals)
{
    struct inode *inode = f->inode;
    int err = 0;

    if (seals & ~(uint32_t)(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |
                            F_SEAL_FUTURE_WRITE | F_SEAL_EXEC))
        return -EINVAL;
    if (!inode_has(inode, INODE_SEALABLE))
        return -EINVAL;
    if (!(f->can & FILE_CAN_WRITE))
        return -EPERM;
    mutex_lock(&inode->lock);
    if (inode->seals & F_SEAL_SEAL)
        err = -EPERM;
    else if ((seals & F_SEAL_WRITE) && !(inode->seals & F_SEAL_WRITE) &&
             mapped_writable(&inode->object))
        err = -EBUSY;
    else
        inode->seals |= seals;
    mutex_unlock(&inode->lock);
    return err;
}
