/* SPDX-License-Identifier: BSD-2-Clause */
/* stat(2), statx(2), statfs(2), access(2). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "arch/abi_stat.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/mount.h"
#include "vm/ucopy.h"

static void path_stat(const struct vfs_path *p, struct abi_kstat *k)
{
    inode_stat(vfs_path_inode(p), k);
    k->mount_id = p->mount->id;
    k->mount_root = p->dentry == p->mount->root;
}

static int64_t put_stat(const struct vfs_path *p, uint64_t ubuf)
{
    struct abi_kstat k;
    struct abi_stat st;

    path_stat(p, &k);
    abi_stat_fill(&st, &k);
    return copy_to_user(ubuf, &st, sizeof(st));
}

static int64_t do_stat(struct task *t, int dirfd, uint64_t upath, uint64_t ubuf,
                       uint32_t flags)
{
    struct vfs_path path;
    int64_t n = path_args_walk(t, dirfd, upath, flags, &path);

    if (n)
        return n;
    n = put_stat(&path, ubuf);
    vfs_path_put(&path);
    return n;
}

int64_t sys_stat(struct task *t, const uint64_t a[6])
{
    return do_stat(t, AT_FDCWD, a[0], a[1], 0);
}

int64_t sys_lstat(struct task *t, const uint64_t a[6])
{
    return do_stat(t, AT_FDCWD, a[0], a[1], AT_SYMLINK_NOFOLLOW);
}

int64_t sys_fstat(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t n;

    if (!f)
        return -EBADF;
    n = put_stat(&f->path, a[1]);
    file_put(f);
    return n;
}

int64_t sys_newfstatat(struct task *t, const uint64_t a[6])
{
    uint32_t flags = (uint32_t)a[3];

    if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    return do_stat(t, (int32_t)a[0], a[1], a[2], flags);
}

static struct abi_statx_timestamp statx_time(struct abi_kstat_time t)
{
    return (struct abi_statx_timestamp){.tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec};
}

static void statx_fill(struct abi_statx *sx, const struct abi_kstat *k)
{
    *sx = (struct abi_statx){
        .stx_mask = ABI_STATX_BASIC_STATS | ABI_STATX_BTIME | ABI_STATX_MNT_ID,
        .stx_blksize = k->blksize,
        .stx_attributes = k->mount_root ? ABI_STATX_ATTR_MOUNT_ROOT : 0,
        .stx_attributes_mask = ABI_STATX_ATTR_MOUNT_ROOT,
        .stx_nlink = (uint32_t)k->nlink,
        .stx_uid = k->uid,
        .stx_gid = k->gid,
        .stx_mode = (uint16_t)k->mode,
        .stx_ino = k->ino,
        .stx_size = k->size,
        .stx_blocks = k->blocks,
        .stx_atime = statx_time(k->atime),
        .stx_btime = statx_time(k->btime),
        .stx_ctime = statx_time(k->ctime),
        .stx_mtime = statx_time(k->mtime),
        .stx_rdev_major = abi_dev_major(k->rdev),
        .stx_rdev_minor = abi_dev_minor(k->rdev),
        .stx_dev_major = abi_dev_major(k->dev),
        .stx_dev_minor = abi_dev_minor(k->dev),
        .stx_mnt_id = k->mount_id,
    };
}

int64_t sys_statx(struct task *t, const uint64_t a[6])
{
    uint32_t flags = (uint32_t)a[2];
    struct vfs_path path;
    struct abi_kstat k;
    struct abi_statx sx;
    int err;

    if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
                            AT_STATX_SYNC_TYPE))
        return -EINVAL;
    if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (a[3] & ABI_STATX_RESERVED))
        return -EINVAL;
    err = path_args_walk(t, (int32_t)a[0], a[1], flags, &path);
    if (err)
        return err;
    path_stat(&path, &k);
    vfs_path_put(&path);
    statx_fill(&sx, &k);
    return copy_to_user(a[4], &sx, sizeof(sx));
}

static uint64_t statfs_flags(const struct mount *m)
{
    /* ST_RDONLY to ST_NOEXEC have the values of MS_*. */
    uint64_t flags =
        ST_VALID | (m->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));

    if (mount_readonly(m))
        flags |= ST_RDONLY;
    if (m->flags & MS_NOATIME)
        flags |= ST_NOATIME;
    else
        flags |= ST_RELATIME;
    return flags;
}

static int64_t put_statfs(const struct vfs_path *p, uint64_t ubuf)
{
    struct super *s = p->mount->super;
    struct abi_statfs out = {0};
    int err = s->ops->statfs ? s->ops->statfs(s, &out) : -ENOSYS;

    if (err)
        return err;
    out.f_flags = statfs_flags(p->mount);
    out.f_fsid[0] = (int32_t)s->dev;
    return copy_to_user(ubuf, &out, sizeof(out));
}

int64_t sys_statfs(struct task *t, const uint64_t a[6])
{
    struct vfs_path path;
    int64_t n = path_args_walk(t, AT_FDCWD, a[0], 0, &path);

    if (n)
        return n;
    n = put_statfs(&path, a[1]);
    vfs_path_put(&path);
    return n;
}

int64_t sys_fstatfs(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t n;

    if (!f)
        return -EBADF;
    n = put_statfs(&f->path, a[1]);
    file_put(f);
    return n;
}

static int check_access(const struct vfs_path *p, const struct cred *cred, uint32_t mode)
{
    struct inode *inode = vfs_path_inode(p);

    if (mode == 0)
        return 0;
    if ((mode & 2) && mount_readonly(p->mount) &&
        (S_ISREG(inode_mode(inode)) || S_ISDIR(inode_mode(inode)) ||
         S_ISLNK(inode_mode(inode))))
        return -EROFS;
    if ((mode & 1) && S_ISREG(inode_mode(inode)) && (p->mount->flags & MS_NOEXEC))
        return -EACCES;
    return inode_permission(inode, cred, mode);
}

/* access(2) asks as the real user and group, with the capabilities those would have. */
static struct cred *real_cred(const struct task *t)
{
    struct cred *c = cred_copy(t->cred);

    if (!c)
        return NULL;
    c->fsuid = c->uid;
    c->fsgid = c->gid;
    c->cap_effective = c->uid == 0 ? c->cap_permitted : 0;
    return c;
}

static int64_t do_access(struct task *t, int dirfd, uint64_t upath, uint64_t umode,
                         uint32_t flags)
{
    uint32_t mode = (uint32_t)umode;
    struct vfs_path path;
    struct path_args p;
    struct cred *real = NULL;
    int err;

    if ((mode & ~7u) ||
        (flags & ~(uint32_t)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    if (!(flags & AT_EACCESS) && !(real = real_cred(t)))
        return -ENOMEM;
    err = path_args_begin(&p, t, dirfd, upath);
    if (!err) {
        const struct cred *own = p.ctx.cred;

        p.ctx.cred = real ? real : own;
        err = vfs_walk(&p.ctx, p.at, p.path,
                       (flags & AT_SYMLINK_NOFOLLOW ? VFS_NOFOLLOW : 0) |
                           (flags & AT_EMPTY_PATH ? VFS_EMPTY : 0),
                       &path);
        if (!err) {
            err = check_access(&path, p.ctx.cred, mode);
            vfs_path_put(&path);
        }
        p.ctx.cred = own;
        path_args_end(&p);
    }
    cred_put(real);
    return err;
}

int64_t sys_access(struct task *t, const uint64_t a[6])
{
    return do_access(t, AT_FDCWD, a[0], a[1], 0);
}

int64_t sys_faccessat(struct task *t, const uint64_t a[6])
{
    return do_access(t, (int32_t)a[0], a[1], a[2], 0);
}

int64_t sys_faccessat2(struct task *t, const uint64_t a[6])
{
    return do_access(t, (int32_t)a[0], a[1], a[2], (uint32_t)a[3]);
}
