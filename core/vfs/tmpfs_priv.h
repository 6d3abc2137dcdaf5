/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of tmpfs share.
 *
 * Owner:   an entry holds a reference to its inode; an inode of nlink 0 goes with its last
 *          user.
 * Context: thread context.
 * Locking: trees of entries and xattrs under inode.lock; quotas atomic.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VFS_TMPFS_PRIV_H
#define CLOUDOS_VFS_TMPFS_PRIV_H

#include "lib/rbtree.h"
#include "vfs/file_priv.h"
#include "vfs/tmpfs.h"

struct tmpfs {
    uint64_t max_pages, max_inodes; /* 0: no limit */
    uint64_t pages, inodes;         /* atomic */
    uint32_t mode, uid, gid;        /* of the root */
    bool draining;                  /* being unmounted: see tmpfs_evict */
    struct list_node dead; /* entries of directories that went with the instance */
};

struct tmpfs_entry {
    struct rb_node by_name, by_cookie;
    struct list_node dead;
    struct inode *inode;
    uint64_t cookie; /* position in readdir; never used again */
    uint32_t len;
    char name[]; /* terminated */
};

struct tmpfs_inode {
    struct inode inode;
    struct rb_root by_name, by_cookie; /* of a directory */
    uint64_t next_cookie;
    uint32_t entries;
    char *target;            /* of a symlink */
    struct list_node xattrs; /* struct tmpfs_xattr */
    uint32_t xattr_bytes;
};

static inline struct tmpfs *tmpfs_of(const struct super *s)
{
    return s->priv;
}

static inline struct tmpfs_inode *tmpfs_inode_of(struct inode *inode)
{
    return container_of(inode, struct tmpfs_inode, inode);
}

MUST_CHECK int tmpfs_inode_create(struct super *s, uint32_t mode, struct inode **out);

/* tmpfs_dir.c */
extern const struct inode_ops tmpfs_dir_inode_ops;
extern const struct file_ops tmpfs_dir_file_ops;
/* tmpfs_xattr.c */
int tmpfs_xattr(struct inode *inode, int op, const char *name, void *value, size_t *len,
                int flags);
void tmpfs_xattr_free(struct tmpfs_inode *ti);
void tmpfs_evict(struct inode *inode);

#endif /* CLOUDOS_VFS_TMPFS_PRIV_H */
