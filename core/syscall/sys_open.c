/* SPDX-License-Identifier: BSD-2-Clause */
/* open(2), openat2(2), close(2), memfd_create(2), pipe(2), inotify(7). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/files.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/install.h"
#include "syscall/path_args.h"
#include "vfs/memfd.h"
#include "vfs/notify.h"
#include "vfs/pipe.h"
#include "vm/ucopy.h"

#define OPEN_FLAGS                                                                       \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK |         \
     O_DSYNC | O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | \
     O_CLOEXEC | O_SYNC | O_PATH | O_TMPFILE)

static unsigned nofile(struct task *t)
{
    return (unsigned)MIN(task_rlimit(t, RLIMIT_NOFILE), (uint64_t)FD_TABLE_MAX);
}

static int64_t do_open(struct task *t, int dirfd, uint64_t upath, uint32_t flags,
                       uint32_t mode, unsigned walk)
{
    struct path_args p;
    struct file *f;
    int fd, err = path_args_begin(&p, t, dirfd, upath);

    if (err)
        return err;
    fd = fd_reserve(t->fds, 0, nofile(t), (flags & O_CLOEXEC) != 0);
    if (fd >= 0) {
        err = vfs_open(&p.ctx, p.at, p.path, flags, mode, walk, &f);
        if (err)
            fd_unreserve(t->fds, fd);
        else
            fd_fill(t->fds, fd, f);
    }
    path_args_end(&p);
    return err ? err : fd;
}

/* What open(2) makes of flags that openat2(2) refuses. */
static int64_t open_lenient(struct task *t, int dirfd, uint64_t upath, uint64_t raw,
                            uint64_t mode)
{
    uint32_t flags = (uint32_t)raw & OPEN_FLAGS;

    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    else
        flags |= O_LARGEFILE;
    if ((flags & O_TMPFILE & ~(uint32_t)O_DIRECTORY) && !(flags & O_DIRECTORY))
        return -EINVAL;
    if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
        return -EINVAL;
    return do_open(t, dirfd, upath, flags, (uint32_t)mode & 07777, 0);
}

int64_t sys_open(struct task *t, const uint64_t a[6])
{
    return open_lenient(t, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_openat(struct task *t, const uint64_t a[6])
{
    return open_lenient(t, (int32_t)a[0], a[1], a[2], a[3]);
}

int64_t sys_creat(struct task *t, const uint64_t a[6])
{
    return open_lenient(t, AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]);
}

/* A structure that may be longer than the one we know, if the rest is zero. */
static int get_how(struct abi_open_how *how, uint64_t uhow, uint64_t size)
{
    if (size < sizeof(*how))
        return -EINVAL;
    if (size > 4096)
        return -E2BIG;
    for (uint64_t at = sizeof(*how); at < size; at++) {
        uint8_t byte;

        if (copy_from_user(&byte, uhow + at, 1))
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return copy_from_user(how, uhow, sizeof(*how));
}

static int check_how(const struct abi_open_how *how)
{
    const uint64_t path_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    bool creates = (how->flags & O_CREAT) || (how->flags & O_TMPFILE) == O_TMPFILE;

    if (how->flags & ~(uint64_t)OPEN_FLAGS)
        return -EINVAL;
    if (how->resolve &
        ~(uint64_t)(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
                    RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED))
        return -EINVAL;
    if ((how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) ==
        (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
        return -EINVAL;
    if ((how->mode & ~UINT64_C(07777)) || (how->mode && !creates))
        return -EINVAL;
    if ((how->flags & O_PATH) && (how->flags & ~path_flags))
        return -EINVAL;
    if ((how->flags & O_TMPFILE & ~(uint64_t)O_DIRECTORY) && !(how->flags & O_DIRECTORY))
        return -EINVAL;
    if ((how->flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
        return -EINVAL;
    /* No walk can promise not to sleep. */
    return how->resolve & RESOLVE_CACHED ? -EAGAIN : 0;
}

int64_t sys_openat2(struct task *t, const uint64_t a[6])
{
    struct abi_open_how how;
    unsigned walk = 0;
    int err = get_how(&how, a[2], a[3]);

    if (!err)
        err = check_how(&how);
    if (err)
        return err;
    walk |= how.resolve & RESOLVE_NO_XDEV ? VFS_NO_XDEV : 0;
    walk |= how.resolve & RESOLVE_NO_MAGICLINKS ? VFS_NO_MAGICLINKS : 0;
    walk |= how.resolve & RESOLVE_NO_SYMLINKS ? VFS_NO_SYMLINKS | VFS_NO_MAGICLINKS : 0;
    walk |= how.resolve & RESOLVE_BENEATH ? VFS_BENEATH : 0;
    walk |= how.resolve & RESOLVE_IN_ROOT ? VFS_IN_ROOT : 0;
    return do_open(t, (int32_t)a[0], a[1],
                   (uint32_t)how.flags | (how.flags & O_PATH ? 0 : O_LARGEFILE),
                   (uint32_t)how.mode, walk);
}

int64_t sys_close(struct task *t, const uint64_t a[6])
{
    return fd_close(t->fds, (int32_t)a[0]);
}

int64_t sys_close_range(struct task *t, const uint64_t a[6])
{
    uint32_t flags = (uint32_t)a[2];

    if (flags & ~(uint32_t)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
        return -EINVAL;
    if ((uint32_t)a[0] > (uint32_t)a[1])
        return -EINVAL;
    if (flags & CLOSE_RANGE_UNSHARE) {
        int err = task_fds_unshare(t);

        if (err)
            return err;
    }
    return fd_close_range(t->fds, (uint32_t)a[0], (uint32_t)a[1],
                          (flags & CLOSE_RANGE_CLOEXEC) != 0);
}

int64_t sys_memfd_create(struct task *t, const uint64_t a[6])
{
    char name[MEMFD_NAME_MAX + 1];
    uint32_t flags = (uint32_t)a[1];
    struct file *f;
    int64_t len;
    int err;

    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC))
        return -EINVAL;
    if ((flags & MFD_EXEC) && (flags & MFD_NOEXEC_SEAL))
        return -EINVAL;
    len = copy_string_from_user(name, a[0], sizeof(name));
    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    err = memfd_file_create(name, flags, t->cred, &f);
    return err ? err : syscall_install(t, f, flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
}

static int64_t do_pipe(struct task *t, uint64_t ufds, uint32_t flags)
{
    struct fd_table *fds = t->fds;
    struct file *ends[2];
    int fd[2] = {-1, -1}, err;

    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    err = pipe_create(flags, ends);
    if (err)
        return err;
    for (unsigned i = 0; i < 2 && !err; i++) {
        fd[i] = fd_reserve(fds, 0, nofile(t), (flags & O_CLOEXEC) != 0);
        err = fd[i] < 0 ? fd[i] : 0;
    }
    if (!err)
        err = copy_to_user(ufds, fd, sizeof(fd));
    for (unsigned i = 0; i < 2; i++) {
        if (!err) {
            fd_fill(fds, fd[i], ends[i]);
            continue;
        }
        if (fd[i] >= 0)
            fd_unreserve(fds, fd[i]);
        file_put(ends[i]);
    }
    return err;
}

int64_t sys_pipe(struct task *t, const uint64_t a[6])
{
    return do_pipe(t, a[0], 0);
}

int64_t sys_pipe2(struct task *t, const uint64_t a[6])
{
    return do_pipe(t, a[0], (uint32_t)a[1]);
}

static int64_t do_inotify_init(struct task *t, uint32_t flags)
{
    struct file *f;
    int err;

    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    err = inotify_create(flags, &f);
    return err ? err : syscall_install(t, f, flags);
}

int64_t sys_inotify_init(struct task *t, const uint64_t a[6])
{
    (void)a;
    return do_inotify_init(t, 0);
}

int64_t sys_inotify_init1(struct task *t, const uint64_t a[6])
{
    return do_inotify_init(t, (uint32_t)a[0]);
}

int64_t sys_inotify_add_watch(struct task *t, const uint64_t a[6])
{
    uint32_t mask = (uint32_t)a[2];
    struct vfs_path path;
    struct file *f;
    int err;

    if (!(mask & IN_ALL_EVENTS))
        return -EINVAL;
    if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
        return -EINVAL;
    f = fd_lookup(t->fds, (int32_t)a[0]);
    if (!f)
        return -EBADF;
    err = path_args_walk(t, AT_FDCWD, a[1],
                         mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0, &path);
    if (!err) {
        err = inode_permission(vfs_path_inode(&path), t->cred, 4);
        if (!err)
            err = inotify_add(f, vfs_path_inode(&path), mask);
        vfs_path_put(&path);
    }
    file_put(f);
    return err;
}

int64_t sys_inotify_rm_watch(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int err;

    if (!f)
        return -EBADF;
    err = inotify_remove(f, (int32_t)a[1]);
    file_put(f);
    return err;
}
