/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that go: unlink and rmdir. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "lib/atomic.h"
#include "vfs/names_priv.h"
#include "vfs/notify.h"

int may_delete(struct walk *w, const struct dentry *victim)
{
    struct inode *dir = w->cur.dentry->inode;
    const struct cred *cred = w->ctx->cred;
    int err;

    if (mount_readonly(w->cur.mount))
        return -EROFS;
    err = inode_permission(dir, cred, 3);
    if (err)
        return err;
    if ((inode_mode(dir) & S_ISVTX) && cred->fsuid != victim->inode->uid &&
        cred->fsuid != dir->uid && !cred_capable(cred, CAP_FOWNER))
        return -EPERM;
    return atomic_load_relaxed(&victim->mounts) ? -EBUSY : 0;
}

static int check_last(const struct walk *w, bool directory)
{
    if (w->last == WALK_NAME)
        return 0;
    if (!directory)
        return -EISDIR;
    if (w->last == WALK_DOT)
        return -EINVAL;
    return w->last == WALK_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int check_kind(const struct walk *w, const struct dentry *d, bool directory)
{
    bool is_dir;

    if (!d->inode)
        return -ENOENT;
    is_dir = S_ISDIR(inode_mode(d->inode));
    if (directory)
        return is_dir ? 0 : -ENOTDIR;
    if (is_dir)
        return -EISDIR;
    return w->slash ? -ENOTDIR : 0;
}

static int unlink_locked(struct walk *w, struct dentry *d)
{
    struct inode *dir = w->cur.dentry->inode, *inode = d->inode;
    int err;

    if (!dir->ops->dir->unlink)
        return -EPERM;
    if (S_ISDIR(inode_mode(inode)))
        mutex_lock_nested(&inode->lock, DIR_LOCK_VICTIM);
    else
        mutex_lock(&inode->lock);
    err = dir->ops->dir->unlink(dir, w->name, w->name_len, inode);
    mutex_unlock(&inode->lock);
    if (!err)
        dcache_unlink(d);
    return err;
}

static void notify_removed(struct dentry *d)
{
    notify_dentry(d, IN_DELETE);
    notify_inode(d->inode, IN_ATTRIB, 0, NULL);
    if (atomic_load_relaxed(&d->inode->nlink) == 0)
        notify_inode_gone(d->inode);
}

int vfs_unlink(const struct vfs_context *ctx, const struct vfs_path *at, const char *path,
               bool directory)
{
    struct walk w;
    struct dentry *d = NULL;
    struct inode *dir;
    int err = walk_start(&w, ctx, at, path, 0);

    if (!err)
        err = walk_to_parent(&w);
    if (!err)
        err = check_last(&w, directory);
    if (err) {
        walk_end(&w);
        return err;
    }
    dir = w.cur.dentry->inode;
    mutex_lock(&dir->lock);
    err = walk_lookup_locked(w.cur.dentry, w.name, w.name_len, &d);
    if (!err)
        err = check_kind(&w, d, directory);
    if (!err)
        err = may_delete(&w, d);
    if (!err)
        err = unlink_locked(&w, d);
    mutex_unlock(&dir->lock);
    if (!err)
        notify_removed(d);
    if (d)
        dentry_put(d);
    walk_end(&w);
    return err;
}
