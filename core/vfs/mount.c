/* SPDX-License-Identifier: BSD-2-Clause */
/* mount(2) and umount2(2), and the text of the mount table. */
#include "vfs/mount.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/atomic.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"

#define MOUNT_FLAGS                                                                      \
    (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME |         \
     MS_RELATIME | MS_STRICTATIME | MS_NOSYMFOLLOW)

/* A new mount of `root` at `at`. */
static int mount_here(struct super *s, struct dentry *root, const char *source,
                      uint32_t flags, const struct vfs_path *at)
{
    struct mount *m;
    int err = -ENOENT;

    if (dentry_is(at->dentry, DENTRY_UNLINKED))
        return err;
    if (at->dentry->super->no_dcache && at->dentry != at->mount->root)
        return -EINVAL; /* its names are made anew on each walk: it would not be found */
    if (!S_ISDIR(inode_mode(root->inode)) != !S_ISDIR(inode_mode(at->dentry->inode)))
        return -ENOTDIR;
    err = mount_create(s, root, source, flags & MOUNT_FLAGS, &m);
    if (err)
        return err;
    err = mount_attach(m, at);
    mount_put(m);
    return err;
}

static int mount_new(const char *source, const struct vfs_path *at, const char *type,
                     uint32_t flags, const char *data)
{
    const struct fs_type *t = fs_type_find(type);
    struct super *s;
    int err;

    if (!t)
        return -ENODEV;
    err = t->mount(source, flags, data, &s);
    if (err)
        return err;
    err = super_make_root(s);
    if (!err)
        err = mount_here(s, s->root_dentry, *source ? source : "none", flags, at);
    super_put(s);
    return err;
}

/* MS_REC is taken as MS_BIND: what is mounted below `source` does not come along. */
static int mount_bind(const struct vfs_context *ctx, const char *source,
                      const struct vfs_path *at)
{
    struct vfs_path from;
    int err = vfs_walk(ctx, NULL, source, 0, &from);

    if (err)
        return err;
    err = mount_here(from.mount->super, from.dentry, from.mount->source,
                     from.mount->flags, at);
    vfs_path_put(&from);
    return err;
}

static int mount_remount(const struct vfs_path *at, uint64_t flags, const char *data)
{
    struct super *s = at->mount->super;
    int err = 0;

    if (at->dentry != at->mount->root)
        return -EINVAL;
    if (!(flags & MS_BIND) && s->ops->remount)
        err = s->ops->remount(s, (uint32_t)flags & MOUNT_FLAGS, data);
    if (!err)
        mount_set_flags(at->mount, (uint32_t)flags & MOUNT_FLAGS);
    return err;
}

static int mount_from(const struct vfs_context *ctx, const char *source,
                      const struct vfs_path *at)
{
    struct vfs_path from;
    int err = vfs_walk(ctx, NULL, source, 0, &from);

    if (err)
        return err;
    if (from.dentry != from.mount->root)
        err = -EINVAL;
    else if (dentry_is(at->dentry, DENTRY_UNLINKED))
        err = -ENOENT;
    else if (!S_ISDIR(inode_mode(from.dentry->inode)) !=
             !S_ISDIR(inode_mode(at->dentry->inode)))
        err = -ENOTDIR;
    else
        err = mount_move(from.mount, at);
    vfs_path_put(&from);
    return err;
}

int vfs_mount(const struct vfs_context *ctx, const char *source, const char *target,
              const char *type, uint64_t flags, const char *data)
{
    const uint64_t propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
    struct vfs_path at;
    int err;

    if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
        return -EPERM;
    err = vfs_walk(ctx, NULL, target, 0, &at);
    if (err)
        return err;
    source = source ? source : "";
    if (flags & MS_REMOUNT)
        err = mount_remount(&at, flags, data);
    else if (flags & MS_BIND)
        err = mount_bind(ctx, source, &at);
    else if (flags & propagation)
        /* One namespace: every mount is private, so that is all that can be asked for. */
        err = flags & (MS_SHARED | MS_SLAVE) ? -EINVAL : 0;
    else if (flags & MS_MOVE)
        err = mount_from(ctx, source, &at);
    else if (!type)
        err = -EINVAL;
    else
        err = mount_new(source, &at, type, (uint32_t)flags, data);
    vfs_path_put(&at);
    return err;
}

int vfs_unmount(const struct vfs_context *ctx, const char *target, int flags)
{
    struct vfs_path at;
    int err;

    if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
        return -EINVAL;
    if (flags & MNT_EXPIRE)
        return -EINVAL;
    if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
        return -EPERM;
    err = vfs_walk(ctx, NULL, target, flags & UMOUNT_NOFOLLOW ? VFS_NOFOLLOW : 0, &at);
    if (err)
        return err;
    if (at.dentry != at.mount->root)
        err = -EINVAL;
    else
        err = mount_detach(at.mount, flags & MNT_DETACH);
    vfs_path_put(&at);
    return err;
}

/* Blanks in names are written in octal, as in fstab(5). */
static void put_escaped(struct strbuf *sb, const char *s)
{
    for (; *s; s++) {
        if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
            strbuf_printf(sb, "\\%03o", (unsigned)*s);
        else
            strbuf_putc(sb, *s);
    }
}

static void put_flags(struct strbuf *sb, const struct mount *m)
{
    static const struct {
        uint32_t flag;
        const char *text;
    } names[] = {
        {MS_NOSUID, ",nosuid"},         {MS_NODEV, ",nodev"},
        {MS_NOEXEC, ",noexec"},         {MS_NOATIME, ",noatime"},
        {MS_NODIRATIME, ",nodiratime"}, {MS_NOSYMFOLLOW, ",nosymfollow"},
    };

    strbuf_puts(sb, mount_readonly(m) ? "ro" : "rw");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (m->flags & names[i].flag)
            strbuf_puts(sb, names[i].text);
    }
    if (!(m->flags & (MS_NOATIME | MS_STRICTATIME)))
        strbuf_puts(sb, ",relatime");
}

static void put_super_options(struct strbuf *sb, struct super *s)
{
    if (s->ops->show_options)
        s->ops->show_options(s, sb);
}

static void put_mountinfo(struct strbuf *sb, struct mount *m, const char *at,
                          char *scratch)
{
    strbuf_printf(sb, "%u %u %u:%u ", m->id, m->parent_id, abi_dev_major(m->super->dev),
                  abi_dev_minor(m->super->dev));
    if (dentry_text(m->root, scratch, VFS_PATH_MAX) < 0)
        strlcpy(scratch, "/", VFS_PATH_MAX);
    put_escaped(sb, scratch);
    strbuf_putc(sb, ' ');
    put_escaped(sb, at);
    strbuf_putc(sb, ' ');
    put_flags(sb, m);
    strbuf_printf(sb, " - %s ", m->super->type);
    put_escaped(sb, m->source);
    strbuf_puts(sb, m->super->flags & MS_RDONLY ? " ro" : " rw");
    put_super_options(sb, m->super);
    strbuf_putc(sb, '\n');
}

static void put_mounts(struct strbuf *sb, struct mount *m, const char *at)
{
    put_escaped(sb, m->source);
    strbuf_putc(sb, ' ');
    put_escaped(sb, at);
    strbuf_printf(sb, " %s ", m->super->type);
    put_flags(sb, m);
    put_super_options(sb, m->super);
    strbuf_puts(sb, " 0 0\n");
}

void vfs_mounts_text(const struct vfs_context *ctx, struct strbuf *sb, bool info)
{
    char *at = kmalloc(2 * VFS_PATH_MAX);
    struct mount *m;
    uint32_t id = 0;

    if (!at)
        return;
    while ((m = mount_next(id))) {
        struct vfs_path p = {m, m->root};

        id = m->id;
        /* What a chrooted reader cannot reach is not shown. */
        if (vfs_path_text(ctx, &p, at, VFS_PATH_MAX) >= 0 && at[0] == '/') {
            if (info)
                put_mountinfo(sb, m, at, at + VFS_PATH_MAX);
            else
                put_mounts(sb, m, at);
        }
        mount_put(m);
    }
    kfree(at);
}
