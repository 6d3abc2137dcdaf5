/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: dentries, mounts and the path walk.
 *
 * Owner:   vfs; a vfs_path holds a reference to its mount and dentry.
 * Context: thread context, may sleep.
 * Locking: dentry tree lock per parent; mount table rwlock; see vfs/path.c.
 * Errors:  -ENOENT, -ENOTDIR, -EACCES, -ELOOP (40 links), -ENAMETOOLONG, -EXDEV.
 */
#ifndef CLOUDOS_VFS_PATH_H
#define CLOUDOS_VFS_PATH_H

#include "lib/base.h"
#include "vfs/cred.h"

#define VFS_PATH_MAX  4096
#define VFS_NAME_MAX  255
#define VFS_LINKS_MAX 40

struct dentry;
struct mount;
struct inode;
struct file;
struct abi_statfs;

struct vfs_path {
    struct mount *mount;
    struct dentry *dentry;
};

/* Who asks and from where.  A process owns one; threads may share it. */
struct vfs_context {
    struct vfs_path root, cwd;
    uint32_t umask;
    const struct cred *cred;
};

enum vfs_walk_flags {
    VFS_NOFOLLOW = 1, /* the last component is not followed if it is a symlink */
    VFS_PARENT = 2,   /* stop at the parent; the last name is given back */
    VFS_DIRECTORY = 4,
    VFS_EMPTY = 8, /* AT_EMPTY_PATH */
    VFS_NO_AUTOMOUNT = 16,
    VFS_BENEATH = 32, /* openat2 RESOLVE_* */
    VFS_IN_ROOT = 64,
    VFS_NO_SYMLINKS = 128,
    VFS_NO_MAGICLINKS = 256,
    VFS_NO_XDEV = 512,
};

void vfs_path_get(const struct vfs_path *p);
void vfs_path_put(struct vfs_path *p);
struct inode *vfs_path_inode(const struct vfs_path *p);

/* `at` is where a relative path starts; NULL: ctx->cwd. */
MUST_CHECK int vfs_walk(const struct vfs_context *ctx, const struct vfs_path *at,
                        const char *path, unsigned flags, struct vfs_path *out);
/* Absolute text of `p` as seen from ctx->root: length, or -ENAMETOOLONG; "(unreachable)" and
 * " (deleted)" as Linux writes them. */
MUST_CHECK int64_t vfs_path_text(const struct vfs_context *ctx, const struct vfs_path *p,
                                 char *buf, size_t size);

/* The calls, as their manual pages say. */
MUST_CHECK int vfs_open(const struct vfs_context *ctx, const struct vfs_path *at,
                        const char *path, uint32_t flags, uint32_t mode, unsigned walk,
                        struct file **out);
MUST_CHECK int vfs_mknod(const struct vfs_context *ctx, const struct vfs_path *at,
                         const char *path, uint32_t mode, uint64_t rdev);
MUST_CHECK int vfs_mkdir(const struct vfs_context *ctx, const struct vfs_path *at,
                         const char *path, uint32_t mode);
MUST_CHECK int vfs_symlink(const struct vfs_context *ctx, const char *target,
                           const struct vfs_path *at, const char *path);
MUST_CHECK int vfs_link(const struct vfs_context *ctx, const struct vfs_path *old,
                        const struct vfs_path *at, const char *path);
MUST_CHECK int vfs_unlink(const struct vfs_context *ctx, const struct vfs_path *at,
                          const char *path, bool directory);
MUST_CHECK int vfs_rename(const struct vfs_context *ctx, const struct vfs_path *old_at,
                          const char *old_path, const struct vfs_path *new_at,
                          const char *new_path, uint32_t flags);
struct vfs_attr;
MUST_CHECK int vfs_set_attr(const struct vfs_context *ctx, const struct vfs_path *p,
                            const struct vfs_attr *attr);
MUST_CHECK int vfs_mount(const struct vfs_context *ctx, const char *source,
                         const char *target, const char *type, uint64_t flags,
                         const char *data);
MUST_CHECK int vfs_unmount(const struct vfs_context *ctx, const char *target, int flags);
/* Mount table lines in the format of /proc/mounts (info false) or mountinfo (true). */
struct strbuf;
void vfs_mounts_text(const struct vfs_context *ctx, struct strbuf *sb, bool info);

/* Boot: an empty tmpfs as root; *ctx gets root and cwd. */
void vfs_init(void);
MUST_CHECK int vfs_mount_root(struct vfs_context *ctx);
/* Unpack a newc cpio archive (also concatenated ones) below ctx->root: 0, -EINVAL with *where
 * set to the offset of the broken header, -ENOSPC, -ENOMEM. */
MUST_CHECK int vfs_unpack_cpio(const struct vfs_context *ctx, const void *archive,
                               size_t len, size_t *where);

/* ---- devices: char devices by number, named in devfs ---- */
struct file_ops;
MUST_CHECK int dev_register(const char *name, uint64_t rdev, uint32_t mode,
                            const struct file_ops *ops, void *priv); /* "tty", "pts/3" */
void dev_unregister(const char *name);
void *dev_priv(uint64_t rdev);

#endif /* CLOUDOS_VFS_PATH_H */
