/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes, directory entries and filesystems.
 *
 * Owner:   a superblock owns its inodes; dentries hold references to them.
 * Context: thread context, may sleep.
 * Locking: inode.lock (mutex) covers contents of a directory and attributes; two inodes are
 *          locked parent first, else by address; rename takes super.rename_lock first.
 * Errors:  0 or -errno of the system call concerned.
 */
#ifndef CLOUDOS_VFS_INODE_H
#define CLOUDOS_VFS_INODE_H

#include "abi/stat.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/spinlock.h"
#include "sched/mutex.h"
#include "vfs/cred.h"
#include "vm/pagecache.h"

struct dentry;
struct file;
struct file_ops;
struct inode;
struct super;

struct vfs_time {
    int64_t sec;
    uint32_t nsec;
};

struct vfs_attr {
    uint32_t valid; /* VFS_ATTR_* */
    uint32_t mode;
    uint32_t uid, gid;
    uint64_t size;
    struct vfs_time atime, mtime, ctime;
};
enum { VFS_ATTR_MODE = 1, VFS_ATTR_UID = 2, VFS_ATTR_GID = 4, VFS_ATTR_SIZE = 8,
       VFS_ATTR_ATIME = 16, VFS_ATTR_MTIME = 32, VFS_ATTR_CTIME = 64 };

/* What a filesystem does with names; called with the directory's lock held. */
struct inode_dir_ops {
    /* 0 with *out (a reference), -ENOENT. */
    int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
    /* Make a file, directory, device, fifo, socket; `target` for symlinks. */
    int (*create)(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
                  const char *target, const struct cred *cred, struct inode **out);
    int (*link)(struct inode *dir, const char *name, size_t len, struct inode *inode);
    int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *inode);
    int (*rename)(struct inode *from, const char *from_name, struct inode *to,
                  const char *to_name, uint32_t flags);
};

struct inode_ops {
    const struct inode_dir_ops *dir; /* NULL: not a directory */
    int (*set_attr)(struct inode *inode, const struct vfs_attr *attr); /* checked before */
    /* Symlink text into buf: length.  `cred` asks (procfs's links depend on it). */
    int64_t (*read_link)(struct inode *inode, char *buf, size_t size);
    /* A magic link (/proc/self/exe, fd/N): 0 with *out, a reference.  NULL: text only. */
    int (*follow)(struct inode *inode, struct dentry **out, void **mount);
    void (*evict)(struct inode *inode); /* the last reference of a file without names is gone */
    int (*xattr)(struct inode *inode, int op, const char *name, void *value, size_t *len,
                 int flags); /* NULL: EOPNOTSUPP */
};

struct inode {
    struct refcount refs;
    struct super *super;
    const struct inode_ops *ops;
    const struct file_ops *fops; /* what open() gives; devices are looked up by rdev */
    struct mutex lock;
    uint64_t ino;
    uint32_t mode; /* S_IFMT | permissions */
    uint32_t uid, gid;
    uint32_t nlink;
    uint64_t rdev;
    uint64_t blocks; /* 512-byte units */
    struct vfs_time atime, mtime, ctime, btime;
    struct vm_object object; /* regular files; object.size is the size */
    void *priv;              /* the filesystem's own */
    void *pipe;              /* FIFO */
    void *bound;             /* unix socket */
    struct spinlock watch_lock; /* inotify watches, file locks */
    struct list_node watches;
    struct list_node locks;
};

struct super_ops {
    struct inode *(*inode_alloc)(struct super *s);
    void (*inode_free)(struct inode *inode);
    int (*statfs)(struct super *s, struct abi_statfs *out);
    int (*sync)(struct super *s);
    void (*unmount)(struct super *s);
};

struct super {
    const struct super_ops *ops;
    const char *type;
    struct refcount refs;
    struct mutex rename_lock;
    uint64_t dev;
    struct inode *root;
    uint32_t flags;
    bool no_dcache; /* names may appear and vanish by themselves (procfs): look up each time */
    void *priv;
};

struct fs_type {
    const char *name;
    bool nodev;
    int (*mount)(const char *source, uint32_t flags, const char *data, struct super **out);
    struct list_node link;
};
void fs_type_register(struct fs_type *t);
int fs_type_each(int (*fn)(const struct fs_type *t, void *arg), void *arg);

void inode_init(struct inode *inode, struct super *s, uint32_t mode);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
/* For a caller with `cred`: 0 or -EACCES.  `want`: 4 read, 2 write, 1 execute/search. */
MUST_CHECK int inode_permission(struct inode *inode, const struct cred *cred, unsigned want);
void inode_touch(struct inode *inode, uint32_t which); /* VFS_ATTR_ATIME | ... = now */
void inode_stat(struct inode *inode, struct abi_kstat *out);
struct vfs_time vfs_now(void);

#endif /* CLOUDOS_VFS_INODE_H */
