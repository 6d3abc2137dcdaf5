/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/{fd,fdinfo}: open files as magic links. */
#include "proc/procfs/procfs_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "mm/slab.h"

/* The open file of `ref`, with a reference, or NULL. */
static struct file *fd_file(const struct procfs_ref *ref)
{
    struct fd_table *fds = procfs_ref_fds(ref);
    struct file *f = fds ? fd_lookup(fds, ref->fd) : NULL;

    if (fds)
        fd_table_put(fds);
    return f;
}

static int fd_show(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct file *f;
    struct vfs_context ctx;
    char *path;
    int64_t len;
    int err = procfs_may_access(ref);

    if (err)
        return err;
    f = fd_file(ref);
    if (!f)
        return -ENOENT;
    path = kmalloc(VFS_PATH_MAX);
    if (!path) {
        file_put(f);
        return -ENOMEM;
    }
    task_fs_get(task_current(), &ctx);
    len = vfs_path_text(&ctx, &f->path, path, VFS_PATH_MAX);
    task_fs_put(&ctx);
    if (len >= 0)
        strbuf_puts(sb, path);
    kfree(path);
    file_put(f);
    return len < 0 ? (int)len : 0;
}

static int fd_follow(const struct procfs_ref *ref, struct vfs_path *out)
{
    struct file *f;
    int err = procfs_may_access(ref);

    if (err)
        return err;
    f = fd_file(ref);
    if (!f)
        return -ENOENT;
    *out = f->path;
    vfs_path_get(out);
    file_put(f);
    return 0;
}

#define FDINFO_EXTRA 512

static int fdinfo_show(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct file *f;
    char *extra;
    int err = procfs_may_access(ref);

    if (err)
        return err;
    f = fd_file(ref);
    if (!f)
        return -ENOENT;
    strbuf_printf(sb, "pos:\t%llu\nflags:\t0%o\nmnt_id:\t0\nino:\t%llu\n",
                  (unsigned long long)f->pos, f->flags,
                  (unsigned long long)f->inode->ino);
    extra = kzalloc(FDINFO_EXTRA);
    if (extra && f->ops->extra && f->ops->extra->fdinfo &&
        f->ops->extra->fdinfo(f, extra, FDINFO_EXTRA) >= 0)
        strbuf_puts(sb, extra);
    kfree(extra);
    file_put(f);
    return 0;
}

const struct procfs_entry procfs_fd = {
    .mode = S_IFLNK | 0700,
    .show = fd_show,
    .follow = fd_follow,
};

const struct procfs_entry procfs_fdinfo = {
    .mode = S_IFREG | 0400,
    .show = fdinfo_show,
};
