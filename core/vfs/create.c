/* SPDX-License-Identifier: BSD-2-Clause */
/* New names: mknod, mkdir, symlink, link. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "vfs/names_priv.h"
#include "vfs/notify.h"

int may_create(struct walk *w)
{
    struct inode *dir = w->cur.dentry->inode;

    if (mount_readonly(w->cur.mount))
        return -EROFS;
    if (dir->nlink == 0)
        return -ENOENT;
    return inode_permission(dir, w->ctx->cred, 3);
}

int name_start(struct walk *w, const struct vfs_context *ctx, const struct vfs_path *at,
               const char *path, bool directory, struct dentry **d)
{
    struct inode *dir;
    int err = walk_start(w, ctx, at, path, 0);

    if (!err)
        err = walk_to_parent(w);
    if (!err && w->last != WALK_NAME)
        err = -EEXIST;
    if (err) {
        walk_end(w);
        return err;
    }
    dir = w->cur.dentry->inode;
    mutex_lock(&dir->lock);
    err = walk_lookup_locked(w->cur.dentry, w->name, w->name_len, d);
    if (!err) {
        if ((*d)->inode)
            err = -EEXIST;
        else if (w->slash && !directory)
            err = -ENOENT;
        else
            err = may_create(w);
        if (!err && !dir->ops->dir->create)
            err = -EPERM;
        if (err)
            dentry_put(*d);
    }
    if (err) {
        mutex_unlock(&dir->lock);
        walk_end(w);
    }
    return err;
}

void name_made(struct walk *w, struct dentry *d, struct inode *inode, uint32_t event)
{
    struct dentry *dir = w->cur.dentry, *fresh;

    dcache_drop(d);
    dentry_put(d);
    /* Without memory for the entry the next walk makes it. */
    if (dentry_create(dir, w->name, w->name_len, inode, &fresh) == 0) {
        if (!dir->super->no_dcache)
            dcache_insert(fresh);
        mutex_unlock(&dir->inode->lock);
        notify_dentry(fresh, event);
        dentry_put(fresh);
    } else {
        mutex_unlock(&dir->inode->lock);
    }
    walk_end(w);
}

void name_not_made(struct walk *w, struct dentry *d)
{
    mutex_unlock(&w->cur.dentry->inode->lock);
    dentry_put(d);
    walk_end(w);
}

static int create_node(const struct vfs_context *ctx, const struct vfs_path *at,
                       const char *path, uint32_t mode, uint64_t rdev, const char *target)
{
    struct walk w;
    struct dentry *d;
    struct inode *dir, *inode;
    int err = name_start(&w, ctx, at, path, S_ISDIR(mode), &d);

    if (err)
        return err;
    dir = w.cur.dentry->inode;
    if ((S_ISCHR(mode) || S_ISBLK(mode)) && !cred_capable(ctx->cred, CAP_MKNOD))
        err = -EPERM;
    else
        err = dir->ops->dir->create(dir, w.name, w.name_len, mode, rdev, target,
                                    ctx->cred, &inode);
    if (err) {
        name_not_made(&w, d);
        return err;
    }
    name_made(&w, d, inode, IN_CREATE);
    inode_put(inode);
    return 0;
}

int vfs_mknod(const struct vfs_context *ctx, const struct vfs_path *at, const char *path,
              uint32_t mode, uint64_t rdev)
{
    switch (mode & S_IFMT) {
    case 0:
        mode |= S_IFREG;
        break;
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
        break;
    case S_IFCHR:
    case S_IFBLK:
        break;
    case S_IFDIR:
        return -EPERM;
    default:
        return -EINVAL;
    }
    if (!S_ISCHR(mode) && !S_ISBLK(mode))
        rdev = 0;
    mode = (mode & S_IFMT) | (mode & ABI_MODE_BITS & ~ctx->umask);
    return create_node(ctx, at, path, mode, rdev, NULL);
}

int vfs_mkdir(const struct vfs_context *ctx, const struct vfs_path *at, const char *path,
              uint32_t mode)
{
    return create_node(ctx, at, path, S_IFDIR | (mode & 01777 & ~ctx->umask), 0, NULL);
}

int vfs_symlink(const struct vfs_context *ctx, const char *target,
                const struct vfs_path *at, const char *path)
{
    if (!*target)
        return -ENOENT;
    if (strnlen(target, VFS_PATH_MAX) == VFS_PATH_MAX)
        return -ENAMETOOLONG;
    return create_node(ctx, at, path, S_IFLNK | 0777, 0, target);
}

static int link_locked(struct walk *w, const struct vfs_path *old)
{
    struct inode *dir = w->cur.dentry->inode, *inode = vfs_path_inode(old);
    int err = 0;

    if (old->mount != w->cur.mount)
        return -EXDEV;
    if (S_ISDIR(inode_mode(inode)) || !dir->ops->dir->link)
        return -EPERM;
    mutex_lock(&inode->lock);
    if (inode->nlink == 0 && !inode_has(inode, INODE_LINKABLE))
        err = -ENOENT;
    else if (inode->nlink >= INT32_MAX)
        err = -EMLINK;
    else
        err = dir->ops->dir->link(dir, w->name, w->name_len, inode);
    if (!err)
        atomic_and(&inode->flags, ~(uint32_t)INODE_LINKABLE);
    mutex_unlock(&inode->lock);
    return err;
}

int vfs_link(const struct vfs_context *ctx, const struct vfs_path *old,
             const struct vfs_path *at, const char *path)
{
    struct walk w;
    struct dentry *d;
    int err = name_start(&w, ctx, at, path, false, &d);

    if (err)
        return err;
    err = link_locked(&w, old);
    if (err) {
        name_not_made(&w, d);
        return err;
    }
    name_made(&w, d, vfs_path_inode(old), IN_CREATE);
    notify_inode(vfs_path_inode(old), IN_ATTRIB, 0, NULL);
    return 0;
}
