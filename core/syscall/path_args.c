/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths as arguments of calls. */
#include "syscall/path_args.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "vm/ucopy.h"

int user_string_get(uint64_t va, char **out)
{
    char *s = kmalloc(VFS_PATH_MAX);
    int64_t len;

    if (!s)
        return -ENOMEM;
    len = copy_string_from_user(s, va, VFS_PATH_MAX);
    if (len < 0) {
        kfree(s);
        return (int)len;
    }
    *out = s;
    return 0;
}

static int get_parts(struct path_args *p, struct task *t, int dirfd, uint64_t upath)
{
    int err = user_string_get(upath, &p->path);

    if (err)
        return err;
    p->at = NULL;
    p->dir = NULL;
    if (dirfd == AT_FDCWD || p->path[0] == '/')
        return 0;
    p->dir = fd_lookup(t->fds, dirfd);
    if (!p->dir) {
        kfree(p->path);
        return -EBADF;
    }
    p->at = &p->dir->path;
    return 0;
}

int path_args_begin(struct path_args *p, struct task *t, int dirfd, uint64_t upath)
{
    int err = get_parts(p, t, dirfd, upath);

    if (!err)
        task_fs_get(t, &p->ctx);
    return err;
}

int path_args_begin_second(struct path_args *p, const struct path_args *first,
                           struct task *t, int dirfd, uint64_t upath)
{
    p->ctx = first->ctx;
    return get_parts(p, t, dirfd, upath);
}

void path_args_end_second(struct path_args *p)
{
    if (p->dir)
        file_put(p->dir);
    kfree(p->path);
}

void path_args_end(struct path_args *p)
{
    path_args_end_second(p);
    task_fs_put(&p->ctx);
}

int path_args_walk(struct task *t, int dirfd, uint64_t upath, uint32_t at_flags,
                   struct vfs_path *out)
{
    struct path_args p;
    unsigned walk = (at_flags & AT_SYMLINK_NOFOLLOW ? VFS_NOFOLLOW : 0) |
                    (at_flags & AT_EMPTY_PATH ? VFS_EMPTY : 0);
    int err = path_args_begin(&p, t, dirfd, upath);

    if (err)
        return err;
    err = vfs_walk(&p.ctx, p.at, p.path, walk, out);
    path_args_end(&p);
    return err;
}
