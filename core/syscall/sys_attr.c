/* SPDX-License-Identifier: BSD-2-Clause */
/* chmod(2), chown(2), utimensat(2) and their relatives. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/inode.h"
#include "vm/ucopy.h"

#define UNCHANGED UINT32_MAX /* uid or gid -1 */

static int set_attr(struct task *t, const struct vfs_path *p, const struct vfs_attr *attr)
{
    struct vfs_context ctx = {.cred = t->cred};

    return vfs_set_attr(&ctx, p, attr);
}

static int64_t set_by_path(struct task *t, int dirfd, uint64_t upath, uint32_t flags,
                           const struct vfs_attr *attr)
{
    struct vfs_path path;
    int err = path_args_walk(t, dirfd, upath, flags, &path);

    if (err)
        return err;
    err = set_attr(t, &path, attr);
    vfs_path_put(&path);
    return err;
}

static int64_t set_by_fd(struct task *t, uint64_t fd, const struct vfs_attr *attr)
{
    struct file *f = fd_lookup(t->fds, (int32_t)fd);
    int err;

    if (!f)
        return -EBADF;
    err = file_flags(f) & O_PATH ? -EBADF : set_attr(t, &f->path, attr);
    file_put(f);
    return err;
}

static struct vfs_attr mode_attr(uint64_t mode)
{
    return (struct vfs_attr){.valid = VFS_ATTR_MODE,
                             .mode = (uint32_t)mode & ABI_MODE_BITS};
}

int64_t sys_chmod(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = mode_attr(a[1]);

    return set_by_path(t, AT_FDCWD, a[0], 0, &attr);
}

int64_t sys_fchmod(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = mode_attr(a[1]);

    return set_by_fd(t, a[0], &attr);
}

int64_t sys_fchmodat(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = mode_attr(a[2]);

    return set_by_path(t, (int32_t)a[0], a[1], 0, &attr);
}

int64_t sys_fchmodat2(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = mode_attr(a[2]);
    uint32_t flags = (uint32_t)a[3];

    if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return set_by_path(t, (int32_t)a[0], a[1], flags, &attr);
}

static struct vfs_attr owner_attr(uint64_t uid, uint64_t gid)
{
    struct vfs_attr attr = {.uid = (uint32_t)uid, .gid = (uint32_t)gid};

    attr.valid = (attr.uid != UNCHANGED ? VFS_ATTR_UID : 0) |
                 (attr.gid != UNCHANGED ? VFS_ATTR_GID : 0);
    return attr;
}

int64_t sys_chown(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = owner_attr(a[1], a[2]);

    return set_by_path(t, AT_FDCWD, a[0], 0, &attr);
}

int64_t sys_lchown(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = owner_attr(a[1], a[2]);

    return set_by_path(t, AT_FDCWD, a[0], AT_SYMLINK_NOFOLLOW, &attr);
}

int64_t sys_fchown(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = owner_attr(a[1], a[2]);

    return set_by_fd(t, a[0], &attr);
}

int64_t sys_fchownat(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = owner_attr(a[2], a[3]);
    uint32_t flags = (uint32_t)a[4];

    if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return set_by_path(t, (int32_t)a[0], a[1], flags, &attr);
}

/* ---- times ---- */

static struct vfs_attr now_attr(void)
{
    struct vfs_time now = vfs_now();

    return (struct vfs_attr){.valid = VFS_ATTR_ATIME | VFS_ATTR_MTIME | VFS_ATTR_NOW,
                             .atime = now,
                             .mtime = now};
}

int64_t sys_utime(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = now_attr();
    int64_t sec[2];

    if (a[1]) {
        if (copy_from_user(sec, a[1], sizeof(sec)))
            return -EFAULT;
        attr = (struct vfs_attr){.valid = VFS_ATTR_ATIME | VFS_ATTR_MTIME,
                                 .atime = {sec[0], 0},
                                 .mtime = {sec[1], 0}};
    }
    return set_by_path(t, AT_FDCWD, a[0], 0, &attr);
}

/* Two struct timeval. */
static int64_t do_utimes(struct task *t, int dirfd, uint64_t upath, uint64_t utimes)
{
    struct vfs_attr attr = now_attr();
    int64_t tv[4];

    if (utimes) {
        if (copy_from_user(tv, utimes, sizeof(tv)))
            return -EFAULT;
        if (tv[1] < 0 || tv[1] >= 1000000 || tv[3] < 0 || tv[3] >= 1000000)
            return -EINVAL;
        attr = (struct vfs_attr){.valid = VFS_ATTR_ATIME | VFS_ATTR_MTIME,
                                 .atime = {tv[0], (uint32_t)tv[1] * 1000},
                                 .mtime = {tv[2], (uint32_t)tv[3] * 1000}};
    }
    return upath ? set_by_path(t, dirfd, upath, 0, &attr)
                 : set_by_fd(t, (uint64_t)dirfd, &attr);
}

int64_t sys_utimes(struct task *t, const uint64_t a[6])
{
    return a[0] ? do_utimes(t, AT_FDCWD, a[0], a[1]) : -EFAULT;
}

int64_t sys_futimesat(struct task *t, const uint64_t a[6])
{
    return do_utimes(t, (int32_t)a[0], a[1], a[2]);
}

/* One of utimensat's two: UTIME_NOW, UTIME_OMIT or a time. */
static int time_of(const int64_t ts[2], uint32_t which, struct vfs_time *time,
                   struct vfs_attr *attr, bool *all_now)
{
    if (ts[1] == UTIME_OMIT) {
        *all_now = false;
        return 0;
    }
    attr->valid |= which;
    if (ts[1] == UTIME_NOW)
        return 0;
    *all_now = false;
    if (ts[1] < 0 || ts[1] > 999999999)
        return -EINVAL;
    *time = (struct vfs_time){ts[0], (uint32_t)ts[1]};
    return 0;
}

int64_t sys_utimensat(struct task *t, const uint64_t a[6])
{
    struct vfs_attr attr = now_attr();
    uint32_t flags = (uint32_t)a[3];
    bool all_now = true;
    int64_t ts[4];

    if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (a[2]) {
        if (copy_from_user(ts, a[2], sizeof(ts)))
            return -EFAULT;
        attr.valid = 0;
        if (time_of(ts, VFS_ATTR_ATIME, &attr.atime, &attr, &all_now) ||
            time_of(ts + 2, VFS_ATTR_MTIME, &attr.mtime, &attr, &all_now))
            return -EINVAL;
        if (all_now)
            attr.valid |= VFS_ATTR_NOW;
        if (!attr.valid)
            return 0; /* both omitted: not even the path is looked at */
    }
    if (a[1])
        return set_by_path(t, (int32_t)a[0], a[1], flags, &attr);
    return (int32_t)a[0] == AT_FDCWD ? -EFAULT : set_by_fd(t, a[0], &attr);
}
