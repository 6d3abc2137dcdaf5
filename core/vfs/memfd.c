/* SPDX-License-Identifier: BSD-2-Clause */
/* memfd_create(2): files of a tmpfs that is mounted nowhere. */
#include "vfs/memfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/mount.h"
#include "vfs/tmpfs.h"

static struct mount *memfd_mount;

void memfd_init(void)
{
    struct super *s;
    int err = tmpfs_create("tmpfs", 0, "nr_blocks=0,nr_inodes=0", &s);

    kassert(!err);
    err = super_make_root(s);
    kassert(!err);
    err = mount_create(s, s->root_dentry, "memfd", 0, &memfd_mount);
    kassert(!err);
    super_put(s);
}

int memfd_file_create(const char *name, uint32_t flags, const struct cred *cred,
                      struct file **out)
{
    char text[MEMFD_NAME_MAX + 32];
    struct vfs_path path = {memfd_mount, NULL};
    struct inode *inode;
    uint32_t mode = flags & MFD_NOEXEC_SEAL ? 0666 : 0777;
    int err;

    ksnprintf(text, sizeof(text), "/memfd:%s (deleted)", name);
    err = tmpfs_file_create(memfd_mount->super, S_IFREG | mode, cred, &inode);
    if (err)
        return err;
    atomic_or(&inode->flags, INODE_SEALABLE);
    if (flags & MFD_NOEXEC_SEAL)
        inode->seals = F_SEAL_EXEC;
    else if (!(flags & MFD_ALLOW_SEALING))
        inode->seals = F_SEAL_SEAL;
    err = dentry_create_anon(text, inode, &path.dentry);
    if (!err) {
        atomic_or(&path.dentry->flags, DENTRY_UNLINKED);
        err = file_on_inode(&regular_file_ops, inode, &path, O_RDWR, out);
        if (!err)
            (*out)->can |= FILE_CAN_SEEK | FILE_HAS_POS;
        dentry_put(path.dentry);
    }
    inode_put(inode);
    return err;
}
