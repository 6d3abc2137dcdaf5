/* SPDX-License-Identifier: BSD-2-Clause */
/* open(2): from a path and flags to an open file. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "lib/atomic.h"
#include "vfs/file_priv.h"
#include "vfs/notify.h"
#include "vfs/walk.h"

/* O_PATH: a file that can only be named. */
static const struct file_ops path_file_ops = {0};
/* Directories whose filesystem has nothing to say. */
static const struct file_ops no_file_ops = {0};

static int ops_of_inode(struct inode *inode, const struct file_ops **ops)
{
    switch (inode_mode(inode) & S_IFMT) {
    case S_IFCHR:
        *ops = dev_ops(inode->rdev);
        return *ops ? 0 : -ENXIO;
    case S_IFBLK:
    case S_IFSOCK:
        return -ENXIO;
    case S_IFIFO:
        *ops = &fifo_file_ops;
        return 0;
    case S_IFLNK:
        return -ELOOP;
    default:
        *ops = inode->fops ? inode->fops : &no_file_ops;
        return 0;
    }
}

static uint32_t can_of_inode(const struct inode *inode, const struct file_ops *ops)
{
    uint32_t can = 0;

    if (S_ISREG(inode_mode(inode)) || S_ISDIR(inode_mode(inode)))
        can |= FILE_CAN_SEEK | FILE_HAS_POS;
    if (ops->extra && ops->extra->seek)
        can |= FILE_CAN_SEEK;
    return can;
}

/* The file has its inode while `open` runs, and keeps it only if that succeeds. */
static int ops_open(struct file *f, struct inode *inode)
{
    int err;

    if (!f->ops->open)
        return 0;
    f->inode = inode;
    err = f->ops->open(inode, f);
    f->inode = NULL;
    if (err && (f->can & FILE_COUNTS_WRITE)) {
        f->can &= ~(uint32_t)FILE_COUNTS_WRITE;
        inode_write_put(inode);
    }
    return err;
}

int file_open_path(const struct vfs_context *ctx, const struct vfs_path *path,
                   uint32_t flags, struct file **out)
{
    struct inode *inode = vfs_path_inode(path);
    const struct file_ops *ops = &path_file_ops;
    struct file *f;
    int err = flags & O_PATH ? 0 : ops_of_inode(inode, &ops);

    if (err)
        return err;
    err = file_alloc(ops, flags, &f);
    if (err)
        return err;
    f->cred = (struct cred *)(uintptr_t)ctx->cred; /* references count in any copy */
    cred_get(f->cred);
    inode_get(inode);
    vfs_path_get(path);
    f->path = *path;
    if (!(flags & O_PATH)) {
        f->can |= can_of_inode(inode, ops);
        if (S_ISCHR(inode_mode(inode)))
            f->priv = dev_priv(inode->rdev);
        err = file_count_write(f, inode);
        if (!err)
            err = ops_open(f, inode);
        f->flags &= ~(uint32_t)O_NOCTTY; /* it was for `open` */
    }
    if (err) {
        file_put(f); /* without an inode: never opened, so not released */
        inode_put(inode);
        return err;
    }
    f->inode = inode;
    if (!(flags & O_PATH))
        notify_file(f, IN_OPEN);
    *out = f;
    return 0;
}

static unsigned want_of_flags(uint32_t flags)
{
    static const unsigned want[] = {4, 2, 6, 6}; /* access mode 3: checked as both */

    return want[flags & O_ACCMODE] | (flags & O_TRUNC ? 2 : 0);
}

static int check_kind(const struct inode *inode, const struct mount *m, uint32_t flags,
                      unsigned want)
{
    switch (inode_mode(inode) & S_IFMT) {
    case S_IFLNK:
        return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
    case S_IFDIR:
        if ((want & 2) || (flags & O_CREAT))
            return -EISDIR;
        break;
    case S_IFCHR:
    case S_IFBLK:
        if (m->flags & MS_NODEV)
            return -EACCES;
        break;
    default:
        break;
    }
    return (flags & O_DIRECTORY) && !S_ISDIR(inode_mode(inode)) ? -ENOTDIR : 0;
}

/* May `cred` open what the walk arrived at? */
static int check_open(const struct vfs_context *ctx, const struct vfs_path *path,
                      uint32_t flags, bool created)
{
    struct inode *inode = vfs_path_inode(path);
    unsigned want = want_of_flags(flags);
    int err;

    if (flags & O_PATH)
        return (flags & O_DIRECTORY) && !S_ISDIR(inode_mode(inode)) ? -ENOTDIR : 0;
    err = check_kind(inode, path->mount, flags, want);
    if (err)
        return err;
    if ((want & 2) && mount_readonly(path->mount) && S_ISREG(inode_mode(inode)))
        return -EROFS;
    if (!created) {
        err = inode_permission(inode, ctx->cred, want);
        if (err)
            return err;
    }
    if ((flags & O_NOATIME) && ctx->cred->fsuid != inode->uid &&
        !cred_capable(ctx->cred, CAP_FOWNER))
        return -EPERM;
    return 0;
}

static int open_here(const struct vfs_context *ctx, const struct vfs_path *path,
                     uint32_t flags, bool created, struct file **out)
{
    struct inode *inode = vfs_path_inode(path);
    int err = check_open(ctx, path, flags, created);

    if (err)
        return err;
    err = file_open_path(ctx, path, flags, out);
    if (err || !(flags & O_TRUNC) || (flags & O_PATH) || created ||
        !S_ISREG(inode_mode(inode)))
        return err;
    err = inode_truncate(inode, 0, ctx->cred);
    if (err) {
        file_put(*out);
        return err;
    }
    notify_file(*out, IN_MODIFY);
    return 0;
}

/* Make the regular file `name` in w->cur, whose lock is held; *d is its negative entry and
 * becomes the positive one. */
static int create_locked(struct walk *w, uint32_t mode, struct dentry **d)
{
    struct dentry *dir = w->cur.dentry, *fresh;
    struct inode *inode;
    int err;

    if (mount_readonly(w->cur.mount))
        return -EROFS;
    if (dir->inode->nlink == 0)
        return -ENOENT;
    err = inode_permission(dir->inode, w->ctx->cred, 3);
    if (err)
        return err;
    if (!dir->inode->ops->dir->create)
        return -EACCES;
    mode = S_IFREG | (mode & ABI_MODE_BITS & ~w->ctx->umask);
    err = dir->inode->ops->dir->create(dir->inode, w->name, w->name_len, mode, 0, NULL,
                                       w->ctx->cred, &inode);
    if (err)
        return err;
    err = dentry_create(dir, w->name, w->name_len, inode, &fresh);
    inode_put(inode);
    dcache_drop(*d);
    if (err)
        return err; /* the file is there; only its dentry must wait for the next walk */
    if (!dir->super->no_dcache)
        dcache_insert(fresh);
    dentry_put(*d);
    *d = fresh;
    return 0;
}

/* The last component with O_CREAT: *d is positive afterwards. */
static int lookup_or_create(struct walk *w, uint32_t flags, uint32_t mode,
                            struct dentry **d, bool *created)
{
    struct inode *dir = w->cur.dentry->inode;
    int err;

    if (w->slash)
        return -EISDIR;
    if (!(flags & O_EXCL)) {
        err = walk_lookup(w, w->name, w->name_len, d);
        if (err || (*d)->inode)
            return err;
        dentry_put(*d);
    }
    mutex_lock(&dir->lock);
    err = walk_lookup_locked(w->cur.dentry, w->name, w->name_len, d);
    if (!err && !(*d)->inode) {
        err = create_locked(w, mode, d);
        *created = !err;
    } else if (!err && (flags & O_EXCL)) {
        err = -EEXIST;
        dentry_put(*d);
        mutex_unlock(&dir->lock);
        return err;
    }
    mutex_unlock(&dir->lock);
    if (err && *d)
        dentry_put(*d);
    if (*created)
        notify_dentry(*d, IN_CREATE);
    return err;
}

/* The last component: 0 with w->cur at it, 1 if there is a link's text to walk. */
static int open_last(struct walk *w, uint32_t flags, uint32_t mode, bool *created)
{
    struct dentry *d = NULL;
    int err;

    if (w->last != WALK_NAME)
        return flags & O_CREAT && w->last != WALK_SELF ? -EISDIR : walk_special(w);
    if (flags & O_CREAT)
        err = lookup_or_create(w, flags, mode, &d, created);
    else
        err = walk_lookup(w, w->name, w->name_len, &d);
    if (err)
        return err;
    if (!d->inode) {
        dentry_put(d);
        return -ENOENT;
    }
    if (S_ISLNK(inode_mode(d->inode)) && (w->slash || !(w->flags & VFS_NOFOLLOW))) {
        err = walk_link(w, d);
        return err ? err : 1;
    }
    return walk_enter(w, d);
}

/* O_TMPFILE: a file in the filesystem of directory `dir`, without a name. */
static int open_tmpfile(const struct vfs_context *ctx, const struct vfs_path *dir,
                        uint32_t flags, uint32_t mode, struct file **out)
{
    struct inode *parent = vfs_path_inode(dir), *inode;
    struct vfs_path path = {dir->mount, NULL};
    int err;

    if ((flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    if (!S_ISDIR(inode_mode(parent)))
        return -ENOTDIR;
    if (mount_readonly(dir->mount))
        return -EROFS;
    if (!parent->ops->dir || !parent->ops->dir->create)
        return -EOPNOTSUPP;
    err = inode_permission(parent, ctx->cred, 3);
    if (err)
        return err;
    mutex_lock(&parent->lock);
    err =
        parent->ops->dir->create(parent, NULL, 0, S_IFREG | (mode & 07777 & ~ctx->umask),
                                 0, NULL, ctx->cred, &inode);
    mutex_unlock(&parent->lock);
    if (err)
        return err;
    if (!(flags & O_EXCL))
        atomic_or(&inode->flags, INODE_LINKABLE);
    err = dentry_create(dir->dentry, "#tmpfile", 8, inode, &path.dentry);
    inode_put(inode);
    if (err)
        return err;
    atomic_or(&path.dentry->flags, DENTRY_UNLINKED);
    err = file_open_path(ctx, &path, flags & ~(uint32_t)O_TMPFILE, out);
    dentry_put(path.dentry);
    if (!err)
        (*out)->flags |= O_TMPFILE; /* F_GETFL tells; nobody else knows the file yet */
    return err;
}

int vfs_open(const struct vfs_context *ctx, const struct vfs_path *at, const char *path,
             uint32_t flags, uint32_t mode, unsigned walk, struct file **out)
{
    struct walk w;
    bool created = false, slash = false;
    int err;

    if ((flags & O_TMPFILE) == O_TMPFILE && !(flags & O_PATH)) {
        struct vfs_path dir;

        err = vfs_walk(ctx, at, path, walk | VFS_DIRECTORY, &dir);
        if (err)
            return err;
        err = open_tmpfile(ctx, &dir, flags, mode, out);
        vfs_path_put(&dir);
        return err;
    }
    if ((flags & O_NOFOLLOW) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        walk |= VFS_NOFOLLOW;
    err = walk_start(&w, ctx, at, path, walk);
    while (!err) {
        err = walk_to_parent(&w);
        if (err)
            break;
        slash |= w.slash;
        err = open_last(&w, flags, mode, &created);
        if (err <= 0)
            break;
        err = 0;
    }
    if (!err && slash && !S_ISDIR(inode_mode(w.cur.dentry->inode)))
        err = -ENOTDIR;
    if (!err)
        err = open_here(ctx, &w.cur, flags, created, out);
    walk_end(&w);
    return err;
}
