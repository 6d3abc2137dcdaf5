/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: mkdir(2), mknod(2), link(2), symlink(2), unlink(2), rename(2), readlink(2). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/inode.h"
#include "vm/ucopy.h"

static int64_t do_mkdir(struct task *t, int dirfd, uint64_t upath, uint64_t mode)
{
    struct path_args p;
    int err = path_args_begin(&p, t, dirfd, upath);

    if (err)
        return err;
    err = vfs_mkdir(&p.ctx, p.at, p.path, (uint32_t)mode);
    path_args_end(&p);
    return err;
}

int64_t sys_mkdir(struct task *t, const uint64_t a[6])
{
    return do_mkdir(t, AT_FDCWD, a[0], a[1]);
}

int64_t sys_mkdirat(struct task *t, const uint64_t a[6])
{
    return do_mkdir(t, (int32_t)a[0], a[1], a[2]);
}

static int64_t do_mknod(struct task *t, int dirfd, uint64_t upath, uint64_t mode,
                        uint64_t dev)
{
    struct path_args p;
    int err = path_args_begin(&p, t, dirfd, upath);

    if (err)
        return err;
    err =
        vfs_mknod(&p.ctx, p.at, p.path, (uint32_t)mode & (S_IFMT | 07777), (uint32_t)dev);
    path_args_end(&p);
    return err;
}

int64_t sys_mknod(struct task *t, const uint64_t a[6])
{
    return do_mknod(t, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_mknodat(struct task *t, const uint64_t a[6])
{
    return do_mknod(t, (int32_t)a[0], a[1], a[2], a[3]);
}

static int64_t do_unlink(struct task *t, int dirfd, uint64_t upath, bool directory)
{
    struct path_args p;
    int err = path_args_begin(&p, t, dirfd, upath);

    if (err)
        return err;
    err = vfs_unlink(&p.ctx, p.at, p.path, directory);
    path_args_end(&p);
    return err;
}

int64_t sys_unlink(struct task *t, const uint64_t a[6])
{
    return do_unlink(t, AT_FDCWD, a[0], false);
}

int64_t sys_rmdir(struct task *t, const uint64_t a[6])
{
    return do_unlink(t, AT_FDCWD, a[0], true);
}

int64_t sys_unlinkat(struct task *t, const uint64_t a[6])
{
    uint32_t flags = (uint32_t)a[2];

    if (flags & ~(uint32_t)AT_REMOVEDIR)
        return -EINVAL;
    return do_unlink(t, (int32_t)a[0], a[1], (flags & AT_REMOVEDIR) != 0);
}

static int64_t do_rename(struct task *t, int from_fd, uint64_t from, int to_fd,
                         uint64_t to, uint32_t flags)
{
    struct path_args a, b;
    int err = path_args_begin(&a, t, from_fd, from);

    if (err)
        return err;
    err = path_args_begin_second(&b, &a, t, to_fd, to);
    if (!err) {
        err = vfs_rename(&a.ctx, a.at, a.path, b.at, b.path, flags);
        path_args_end_second(&b);
    }
    path_args_end(&a);
    return err;
}

int64_t sys_rename(struct task *t, const uint64_t a[6])
{
    return do_rename(t, AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

int64_t sys_renameat(struct task *t, const uint64_t a[6])
{
    return do_rename(t, (int32_t)a[0], a[1], (int32_t)a[2], a[3], 0);
}

int64_t sys_renameat2(struct task *t, const uint64_t a[6])
{
    return do_rename(t, (int32_t)a[0], a[1], (int32_t)a[2], a[3], (uint32_t)a[4]);
}

static int64_t do_link(struct task *t, int from_fd, uint64_t from, int to_fd, uint64_t to,
                       uint32_t flags)
{
    struct vfs_path old;
    struct path_args p;
    uint32_t walk =
        (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW) | (flags & AT_EMPTY_PATH);
    int err;

    if (flags & ~(uint32_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if ((flags & AT_EMPTY_PATH) && !cred_capable(t->cred, CAP_DAC_READ_SEARCH))
        return -ENOENT;
    err = path_args_walk(t, from_fd, from, walk, &old);
    if (err)
        return err;
    err = path_args_begin(&p, t, to_fd, to);
    if (!err) {
        err = vfs_link(&p.ctx, &old, p.at, p.path);
        path_args_end(&p);
    }
    vfs_path_put(&old);
    return err;
}

int64_t sys_link(struct task *t, const uint64_t a[6])
{
    return do_link(t, AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

int64_t sys_linkat(struct task *t, const uint64_t a[6])
{
    return do_link(t, (int32_t)a[0], a[1], (int32_t)a[2], a[3], (uint32_t)a[4]);
}

static int64_t do_symlink(struct task *t, uint64_t utarget, int dirfd, uint64_t upath)
{
    struct path_args p;
    char *target;
    int err = user_string_get(utarget, &target);

    if (err)
        return err;
    err = path_args_begin(&p, t, dirfd, upath);
    if (!err) {
        err = vfs_symlink(&p.ctx, target, p.at, p.path);
        path_args_end(&p);
    }
    kfree(target);
    return err;
}

int64_t sys_symlink(struct task *t, const uint64_t a[6])
{
    return do_symlink(t, a[0], AT_FDCWD, a[1]);
}

int64_t sys_symlinkat(struct task *t, const uint64_t a[6])
{
    return do_symlink(t, a[0], (int32_t)a[1], a[2]);
}

static int64_t read_link(struct inode *inode, uint64_t ubuf, uint64_t size)
{
    char *buf;
    int64_t n;

    if (!S_ISLNK(inode_mode(inode)) || !inode->ops->read_link)
        return -EINVAL;
    size = MIN(size, (uint64_t)VFS_PATH_MAX);
    buf = kmalloc(VFS_PATH_MAX);
    if (!buf)
        return -ENOMEM;
    n = inode->ops->read_link(inode, buf, VFS_PATH_MAX);
    if (n > (int64_t)size)
        n = (int64_t)size;
    if (n > 0 && copy_to_user(ubuf, buf, (size_t)n))
        n = -EFAULT;
    if (n > 0)
        inode_accessed(inode);
    kfree(buf);
    return n;
}

static int64_t do_readlink(struct task *t, int dirfd, uint64_t upath, uint64_t ubuf,
                           uint64_t size)
{
    struct vfs_path path;
    int64_t n;
    int err;

    if ((int32_t)size <= 0)
        return -EINVAL;
    err = path_args_walk(t, dirfd, upath,
                         AT_SYMLINK_NOFOLLOW | (dirfd == AT_FDCWD ? 0 : AT_EMPTY_PATH),
                         &path);
    if (err)
        return err;
    n = read_link(vfs_path_inode(&path), ubuf, (uint32_t)size);
    vfs_path_put(&path);
    return n;
}

int64_t sys_readlink(struct task *t, const uint64_t a[6])
{
    return do_readlink(t, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_readlinkat(struct task *t, const uint64_t a[6])
{
    return do_readlink(t, (int32_t)a[0], a[1], a[2], a[3]);
}
