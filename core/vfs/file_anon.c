/* SPDX-License-Identifier: BSD-2-Clause */
/* Files without a place in the tree: pipes, sockets, eventfds, ... */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/mount.h"

#define ANON_NAME_MAX 80

/* They all belong to one filesystem that nobody can see, mounted nowhere. */
static struct mount *anon_mount;

static int anon_statfs(struct super *s, struct abi_statfs *out)
{
    (void)s;
    *out = (struct abi_statfs){.f_type = ABI_MAGIC_ANONINODE,
                               .f_bsize = 4096,
                               .f_frsize = 4096,
                               .f_namelen = 255};
    return 0;
}

static const struct super_ops anon_super_ops = {.statfs = anon_statfs};

void anon_init(void)
{
    struct super *s;
    int err = super_create(&anon_super_ops, "anon_inodefs", 0, &s);

    kassert(!err);
    s->root = inode_alloc(s, S_IFDIR | 0500);
    kassert(s->root);
    err = super_make_root(s);
    kassert(!err);
    err = mount_create(s, s->root_dentry, "anon", 0, &anon_mount);
    kassert(!err);
    super_put(s);
}

struct mount *mount_anonymous(void)
{
    return anon_mount;
}

int anon_inode_create(const char *name, uint32_t mode, struct inode **inode,
                      struct vfs_path *path)
{
    char text[ANON_NAME_MAX];
    size_t len = strlen(name);
    int err;

    *inode = inode_alloc(anon_mount->super, mode);
    if (!*inode)
        return -ENOMEM;
    if (len >= 3 && str_eq(name + len - 3, "[N]"))
        ksnprintf(text, sizeof(text), "%.*s[%llu]", (int)(len - 3), name,
                  (unsigned long long)(*inode)->ino);
    else
        strlcpy(text, name, sizeof(text));
    err = dentry_create_anon(text, *inode, &path->dentry);
    if (err) {
        inode_put(*inode);
        return err;
    }
    mount_get(anon_mount);
    path->mount = anon_mount;
    return 0;
}

int file_on_inode(const struct file_ops *ops, struct inode *inode,
                  const struct vfs_path *path, uint32_t flags, struct file **out)
{
    int err = file_alloc(ops, flags, out);

    if (err)
        return err;
    inode_get(inode);
    (*out)->inode = inode;
    vfs_path_get(path);
    (*out)->path = *path;
    (*out)->cred = cred_root();
    return 0;
}

int file_anonymous(const struct file_ops *ops, const char *name, uint32_t mode,
                   uint32_t flags, void *priv, struct file **out)
{
    struct vfs_path path;
    struct inode *inode;
    int err = anon_inode_create(name, mode, &inode, &path);

    if (err)
        return err;
    err = file_on_inode(ops, inode, &path, flags, out);
    if (!err)
        (*out)->priv = priv;
    vfs_path_put(&path);
    inode_put(inode);
    return err;
}
