/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/xattr.h"
#include "vm/ucopy.h"

/* How the file is named: by path, by path without following, by descriptor. */
enum by { BY_PATH, BY_LINK, BY_FD };

static int target_get(struct task *t, enum by by, uint64_t arg, struct vfs_path *out)
{
    struct file *f;

    if (by != BY_FD)
        return path_args_walk(t, AT_FDCWD, arg, by == BY_LINK ? AT_SYMLINK_NOFOLLOW : 0,
                              out);
    f = fd_lookup(t->fds, (int32_t)arg);
    if (!f)
        return -EBADF;
    if (file_flags(f) & O_PATH) {
        file_put(f);
        return -EBADF;
    }
    *out = f->path;
    vfs_path_get(out);
    file_put(f);
    return 0;
}

static int name_get(uint64_t va, char name[XATTR_NAME_LEN_MAX + 1])
{
    int64_t len = copy_string_from_user(name, va, XATTR_NAME_LEN_MAX + 1);

    if (len == 0 || len == -ENAMETOOLONG)
        return -ERANGE;
    return len < 0 ? (int)len : 0;
}

static int64_t do_set(struct task *t, enum by by, const uint64_t a[6])
{
    struct vfs_context ctx = {.cred = t->cred};
    char name[XATTR_NAME_LEN_MAX + 1];
    struct vfs_path path;
    void *value;
    int err = name_get(a[1], name);

    if (err)
        return err;
    if (a[4] & ~(uint64_t)(XATTR_CREATE | XATTR_REPLACE))
        return -EINVAL;
    if (a[3] > XATTR_SIZE_LEN_MAX)
        return -E2BIG;
    value = kmalloc(MAX(a[3], (uint64_t)1));
    if (!value)
        return -ENOMEM;
    err = a[3] ? copy_from_user(value, a[2], a[3]) : 0;
    if (!err)
        err = target_get(t, by, a[0], &path);
    if (!err) {
        err = vfs_xattr_set(&ctx, &path, name, value, a[3], (int)a[4]);
        vfs_path_put(&path);
    }
    kfree(value);
    return err;
}

/* `name` NULL: the list of names. */
static int64_t do_get(struct task *t, enum by by, uint64_t target, const char *name,
                      uint64_t udst, uint64_t size)
{
    struct vfs_context ctx = {.cred = t->cred};
    size_t room = (size_t)MIN(size, (uint64_t)XATTR_SIZE_LEN_MAX);
    struct vfs_path path;
    void *buf;
    int64_t n = target_get(t, by, target, &path);

    if (n)
        return n;
    buf = kmalloc(MAX(room, (size_t)1));
    if (!buf)
        n = -ENOMEM;
    else if (name)
        n = vfs_xattr_get(&ctx, &path, name, buf, room);
    else
        n = vfs_xattr_list(&path, buf, room);
    vfs_path_put(&path);
    if (n > 0 && size && copy_to_user(udst, buf, (size_t)n))
        n = -EFAULT;
    kfree(buf);
    return n;
}

static int64_t do_get_named(struct task *t, enum by by, const uint64_t a[6])
{
    char name[XATTR_NAME_LEN_MAX + 1];
    int err = name_get(a[1], name);

    return err ? err : do_get(t, by, a[0], name, a[2], a[3]);
}

static int64_t do_remove(struct task *t, enum by by, const uint64_t a[6])
{
    struct vfs_context ctx = {.cred = t->cred};
    char name[XATTR_NAME_LEN_MAX + 1];
    struct vfs_path path;
    int err = name_get(a[1], name);

    if (!err)
        err = target_get(t, by, a[0], &path);
    if (err)
        return err;
    err = vfs_xattr_remove(&ctx, &path, name);
    vfs_path_put(&path);
    return err;
}

int64_t sys_setxattr(struct task *t, const uint64_t a[6])
{
    return do_set(t, BY_PATH, a);
}

int64_t sys_lsetxattr(struct task *t, const uint64_t a[6])
{
    return do_set(t, BY_LINK, a);
}

int64_t sys_fsetxattr(struct task *t, const uint64_t a[6])
{
    return do_set(t, BY_FD, a);
}

int64_t sys_getxattr(struct task *t, const uint64_t a[6])
{
    return do_get_named(t, BY_PATH, a);
}

int64_t sys_lgetxattr(struct task *t, const uint64_t a[6])
{
    return do_get_named(t, BY_LINK, a);
}

int64_t sys_fgetxattr(struct task *t, const uint64_t a[6])
{
    return do_get_named(t, BY_FD, a);
}

int64_t sys_listxattr(struct task *t, const uint64_t a[6])
{
    return do_get(t, BY_PATH, a[0], NULL, a[1], a[2]);
}

int64_t sys_llistxattr(struct task *t, const uint64_t a[6])
{
    return do_get(t, BY_LINK, a[0], NULL, a[1], a[2]);
}

int64_t sys_flistxattr(struct task *t, const uint64_t a[6])
{
    return do_get(t, BY_FD, a[0], NULL, a[1], a[2]);
}

int64_t sys_removexattr(struct task *t, const uint64_t a[6])
{
    return do_remove(t, BY_PATH, a);
}

int64_t sys_lremovexattr(struct task *t, const uint64_t a[6])
{
    return do_remove(t, BY_LINK, a);
}

int64_t sys_fremovexattr(struct task *t, const uint64_t a[6])
{
    return do_remove(t, BY_FD, a);
}
