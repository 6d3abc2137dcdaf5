/* SPDX-License-Identifier: BSD-2-Clause */
/* chmod, chown, utimes: who may change what. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/mount.h"
#include "vfs/notify.h"

static bool owns(const struct inode *inode, const struct cred *cred)
{
    return cred->fsuid == inode->uid || cred_capable(cred, CAP_FOWNER);
}

static int check_owner_change(const struct inode *inode, const struct cred *cred,
                              const struct vfs_attr *attr)
{
    if (cred_capable(cred, CAP_CHOWN))
        return 0;
    if ((attr->valid & VFS_ATTR_UID) &&
        (cred->fsuid != inode->uid || attr->uid != inode->uid))
        return -EPERM;
    if ((attr->valid & VFS_ATTR_GID) &&
        (cred->fsuid != inode->uid ||
         (attr->gid != inode->gid && !cred_in_group(cred, attr->gid))))
        return -EPERM;
    return 0;
}

static int check_times(struct inode *inode, const struct cred *cred,
                       const struct vfs_attr *attr)
{
    if (owns(inode, cred))
        return 0;
    if (attr->valid & VFS_ATTR_NOW)
        return inode_permission(inode, cred, 2);
    return -EPERM;
}

static int check_locked(struct inode *inode, const struct cred *cred,
                        struct vfs_attr *attr)
{
    int err = check_owner_change(inode, cred, attr);

    if (err)
        return err;
    if (attr->valid & VFS_ATTR_MODE) {
        if (S_ISLNK(inode_mode(inode)))
            return -EOPNOTSUPP;
        if (!owns(inode, cred))
            return -EPERM;
        if (!cred_in_group(cred, inode->gid) && !cred_capable(cred, CAP_FSETID))
            attr->mode &= ~(uint32_t)S_ISGID;
    }
    if (attr->valid & (VFS_ATTR_ATIME | VFS_ATTR_MTIME))
        return check_times(inode, cred, attr);
    return 0;
}

/* A new owner must not get a program that runs with the rights of the old one, or with his. */
static void add_setid_drop(const struct inode *inode, struct vfs_attr *attr)
{
    uint32_t mode = inode_mode(inode);

    if (!(attr->valid & (VFS_ATTR_UID | VFS_ATTR_GID)) || S_ISDIR(mode))
        return;
    if (!(mode & (S_ISUID | S_ISGID)))
        return;
    mode &= ~(uint32_t)S_ISUID;
    if (mode & S_IXGRP)
        mode &= ~(uint32_t)S_ISGID;
    attr->valid |= VFS_ATTR_MODE;
    attr->mode = mode;
}

int vfs_set_attr(const struct vfs_context *ctx, const struct vfs_path *p,
                 const struct vfs_attr *attr)
{
    struct inode *inode = vfs_path_inode(p);
    struct vfs_attr wanted = *attr;
    int err;

    kassert(!(attr->valid & VFS_ATTR_SIZE)); /* inode_truncate() */
    if (mount_readonly(p->mount))
        return -EROFS;
    mutex_lock(&inode->lock);
    err = check_locked(inode, ctx->cred, &wanted);
    if (!err && wanted.valid) {
        add_setid_drop(inode, &wanted);
        wanted.valid |= VFS_ATTR_CTIME;
        wanted.ctime = vfs_now();
        err = inode->ops->set_attr ? inode->ops->set_attr(inode, &wanted)
                                   : inode_set_attr(inode, &wanted);
    }
    mutex_unlock(&inode->lock);
    if (!err)
        notify_dentry(p->dentry, IN_ATTRIB);
    return err;
}
