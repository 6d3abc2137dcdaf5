/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories: getdents(2), getcwd(2), chdir(2), chroot(2), umask(2). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/fs.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/dentry.h"
#include "vm/ucopy.h"

#define DENTS_CHUNK                                                                      \
    (32u * 1024) /* entries are gathered here, then copied without a lock */

/* linux_dirent64 and the old linux_dirent, up to the name. */
struct dirent64 {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    uint8_t type;
    char name[];
} PACKED;

struct dirent_old {
    uint64_t ino;
    uint64_t off;
    uint16_t reclen;
    char name[]; /* the type is the last byte of the record */
} PACKED;

struct dents {
    struct dir_emit emit;
    uint8_t *buf;
    size_t room, used;
    bool old, full;
};

static bool dents_entry(struct dir_emit *emit, const char *name, size_t len, uint64_t ino,
                        uint64_t next_off, unsigned type)
{
    struct dents *d = container_of(emit, struct dents, emit);
    size_t head = d->old ? sizeof(struct dirent_old) : sizeof(struct dirent64);
    size_t reclen = ALIGN_UP(head + len + 1 + (d->old ? 1 : 0), (size_t)8);
    uint8_t *at = d->buf + d->used;

    if (reclen > d->room - d->used) {
        d->full = true;
        return false;
    }
    memset(at, 0, reclen);
    if (d->old) {
        struct dirent_old *e = (struct dirent_old *)at;

        *e = (struct dirent_old){.ino = ino, .off = next_off, .reclen = (uint16_t)reclen};
        at[reclen - 1] = (uint8_t)type;
    } else {
        struct dirent64 *e = (struct dirent64 *)at;

        *e = (struct dirent64){.ino = ino,
                               .off = (int64_t)next_off,
                               .reclen = (uint16_t)reclen,
                               .type = (uint8_t)type};
    }
    memcpy(at + head, name, len);
    d->used += reclen;
    return true;
}

static int64_t read_dents(struct file *f, struct dents *d, uint64_t udst)
{
    uint64_t before;
    int err;

    mutex_lock(&f->pos_lock);
    before = f->pos;
    if (dentry_is(f->path.dentry, DENTRY_UNLINKED))
        err = -ENOENT;
    else
        err = f->ops->readdir(f, &d->emit, &f->pos);
    if (!err && d->used == 0 && d->full)
        err = -EINVAL;
    if (!err && d->used && copy_to_user(udst, d->buf, d->used)) {
        f->pos = before;
        err = -EFAULT;
    }
    mutex_unlock(&f->pos_lock);
    return err ? err : (int64_t)d->used;
}

static int64_t do_getdents(struct task *t, const uint64_t a[6], bool old)
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    struct dents d = {.emit = {dents_entry}, .old = old};
    int64_t n;

    if (!f)
        return -EBADF;
    if (!(f->can & FILE_CAN_READ)) {
        n = -EBADF;
    } else if (!f->ops->readdir) {
        n = -ENOTDIR;
    } else {
        d.room = (size_t)MIN((uint64_t)(uint32_t)a[2], (uint64_t)DENTS_CHUNK);
        d.buf = kmalloc(MAX(d.room, (size_t)1));
        n = d.buf ? read_dents(f, &d, a[1]) : -ENOMEM;
        kfree(d.buf);
    }
    file_put(f);
    return n;
}

int64_t sys_getdents(struct task *t, const uint64_t a[6])
{
    return do_getdents(t, a, true);
}

int64_t sys_getdents64(struct task *t, const uint64_t a[6])
{
    return do_getdents(t, a, false);
}

int64_t sys_getcwd(struct task *t, const uint64_t a[6])
{
    struct vfs_context ctx;
    char *buf = kmalloc(VFS_PATH_MAX);
    int64_t len;

    if (!buf)
        return -ENOMEM;
    task_fs_get(t, &ctx);
    if (dentry_is(ctx.cwd.dentry, DENTRY_UNLINKED))
        len = -ENOENT;
    else
        len = vfs_path_text(&ctx, &ctx.cwd, buf, VFS_PATH_MAX);
    task_fs_put(&ctx);
    if (len >= 0) {
        len++;
        if ((uint64_t)len > a[1])
            len = -ERANGE;
        else if (copy_to_user(a[0], buf, (size_t)len))
            len = -EFAULT;
    }
    kfree(buf);
    return len;
}

static int check_dir(struct task *t, const struct vfs_path *p)
{
    struct inode *inode = vfs_path_inode(p);

    return S_ISDIR(inode_mode(inode)) ? inode_permission(inode, t->cred, 1) : -ENOTDIR;
}

int64_t sys_chdir(struct task *t, const uint64_t a[6])
{
    struct vfs_path path;
    int err = path_args_walk(t, AT_FDCWD, a[0], 0, &path);

    if (err)
        return err;
    err = check_dir(t, &path);
    if (!err)
        task_fs_set_cwd(t, &path);
    vfs_path_put(&path);
    return err;
}

int64_t sys_fchdir(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int err;

    if (!f)
        return -EBADF;
    err = check_dir(t, &f->path);
    if (!err)
        task_fs_set_cwd(t, &f->path);
    file_put(f);
    return err;
}

int64_t sys_chroot(struct task *t, const uint64_t a[6])
{
    struct vfs_path path;
    int err = path_args_walk(t, AT_FDCWD, a[0], 0, &path);

    if (err)
        return err;
    err = check_dir(t, &path);
    if (!err && !cred_capable(t->cred, CAP_SYS_CHROOT))
        err = -EPERM;
    if (!err)
        task_fs_set_root(t, &path);
    vfs_path_put(&path);
    return err;
}

int64_t sys_umask(struct task *t, const uint64_t a[6])
{
    return task_fs_set_umask(t, (uint32_t)a[0] & 0777);
}
