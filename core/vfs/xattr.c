/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: who may do what with which name (xattr(7)). */
#include "vfs/xattr.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/notify.h"

static int check_user(struct inode *inode, const struct cred *cred, bool write)
{
    if (!S_ISREG(inode_mode(inode)) && !S_ISDIR(inode_mode(inode)))
        return write ? -EPERM : -ENODATA;
    if (S_ISDIR(inode_mode(inode)) && (inode_mode(inode) & S_ISVTX) && write &&
        cred->fsuid != inode->uid && !cred_capable(cred, CAP_FOWNER))
        return -EPERM;
    return inode_permission(inode, cred, write ? 2 : 4);
}

static int check(const struct vfs_path *p, const struct cred *cred, const char *name,
                 bool write)
{
    struct inode *inode = vfs_path_inode(p);

    if (write && mount_readonly(p->mount))
        return -EROFS;
    if (!inode->ops->xattr)
        return -EOPNOTSUPP;
    if (str_starts_with(name, "user."))
        return name[5] ? check_user(inode, cred, write) : -EINVAL;
    if (str_starts_with(name, "trusted.")) {
        if (cred_capable(cred, CAP_SYS_ADMIN))
            return 0;
        return write ? -EPERM : -ENODATA;
    }
    if (str_starts_with(name, "security."))
        return !write || cred_capable(cred, CAP_SYS_ADMIN) ? 0 : -EPERM;
    return -EOPNOTSUPP;
}

static int call(const struct vfs_path *p, int op, const char *name, void *value,
                size_t *len, int flags)
{
    struct inode *inode = vfs_path_inode(p);
    int err;

    mutex_lock(&inode->lock);
    err = inode->ops->xattr(inode, op, name, value, len, flags);
    mutex_unlock(&inode->lock);
    return err;
}

int64_t vfs_xattr_get(const struct vfs_context *ctx, const struct vfs_path *p,
                      const char *name, void *value, size_t size)
{
    int err = check(p, ctx->cred, name, false);

    if (!err)
        err = call(p, VFS_XATTR_GET, name, value, &size, 0);
    return err ? err : (int64_t)size;
}

int64_t vfs_xattr_list(const struct vfs_path *p, char *names, size_t size)
{
    int err;

    if (!vfs_path_inode(p)->ops->xattr)
        return 0;
    err = call(p, VFS_XATTR_LIST, NULL, names, &size, 0);
    return err ? err : (int64_t)size;
}

int vfs_xattr_set(const struct vfs_context *ctx, const struct vfs_path *p,
                  const char *name, const void *value, size_t size, int flags)
{
    int err = check(p, ctx->cred, name, true);

    if (!err)
        err = call(p, VFS_XATTR_SET, name, (void *)(uintptr_t)value, &size, flags);
    if (!err)
        notify_dentry(p->dentry, IN_ATTRIB);
    return err;
}

int vfs_xattr_remove(const struct vfs_context *ctx, const struct vfs_path *p,
                     const char *name)
{
    size_t none = 0;
    int err = check(p, ctx->cred, name, true);

    if (!err)
        err = call(p, VFS_XATTR_REMOVE, name, NULL, &none, 0);
    if (!err)
        notify_dentry(p->dentry, IN_ATTRIB);
    return err;
}
