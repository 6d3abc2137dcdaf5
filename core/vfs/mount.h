/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounts: which tree stands on which directory.
 *
 * A mount in the tree has one reference of the table; each child mount and each vfs_path has
 * another.  One that was detached lazily lives until its last path is gone.
 *
 * Owner:   reference counted.
 * Context: thread context.
 * Locking: the table's spinlock covers the lists and parent, mountpoint and flags of every
 *          mount.  It is taken by walks only where a dentry says that something is mounted on
 *          it, and at the root of a mount for "..".  dentry.lock and the cache are not taken
 *          inside.
 * Errors:  -EBUSY, -EINVAL, -ENOMEM as mount(2) and umount(2).
 */
#ifndef CLOUDOS_VFS_MOUNT_H
#define CLOUDOS_VFS_MOUNT_H

#include "lib/list.h"
#include "lib/refcount.h"
#include "vfs/inode.h"
#include "vfs/path.h"

#define MOUNTS_MAX 10000u

struct mount {
    struct refcount refs;
    uint32_t id, parent_id;
    uint32_t flags; /* MS_RDONLY, MS_NOSUID, ... of this mount */
    bool attached;
    struct super *super;
    struct dentry *root;       /* what of the filesystem it shows */
    struct mount *parent;      /* NULL: root of the tree, or detached */
    struct dentry *mountpoint; /* in parent */
    struct list_node link;     /* the table, in order of mounting */
    struct list_node hash;     /* by (parent, mountpoint) */
    uint32_t children;
    char *source;
};

/* A mount of `root`, not yet anywhere; takes references. */
MUST_CHECK int mount_create(struct super *s, struct dentry *root, const char *source,
                            uint32_t flags, struct mount **out);
void mount_get(struct mount *m);
void mount_put(struct mount *m);
/* -EBUSY if the very same root stands there already. */
MUST_CHECK int mount_attach(struct mount *m, const struct vfs_path *at);
void mount_attach_root(struct mount *m);
/* Take it out of the tree; `lazy`: with all below, also when in use. */
MUST_CHECK int mount_detach(struct mount *m, bool lazy);
MUST_CHECK int mount_move(struct mount *m, const struct vfs_path *to);
void mount_set_flags(struct mount *m, uint32_t flags);
/* The mount on *p, if there is one: *p becomes its root; true if it moved. */
bool mount_cross_down(struct vfs_path *p);
/* At the root of a mount: *p becomes the mountpoint; false at the top of the tree. */
bool mount_cross_up(struct vfs_path *p);
/* The attached mount with the lowest id above `id`, with a reference, or NULL. */
struct mount *mount_next(uint32_t id);

static inline bool mount_readonly(const struct mount *m)
{
    return (m->flags | m->super->flags) & 1; /* MS_RDONLY */
}

/* The mount for files that have no place in the tree. */
struct mount *mount_anonymous(void);

#endif /* CLOUDOS_VFS_MOUNT_H */
