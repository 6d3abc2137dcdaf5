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
#include "lib/atomic.h"
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
struct strbuf;
struct super;
struct vfs_path;

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
enum {
    VFS_ATTR_MODE = 1,
    VFS_ATTR_UID = 2,
    VFS_ATTR_GID = 4,
    VFS_ATTR_SIZE = 8,
    VFS_ATTR_ATIME = 16,
    VFS_ATTR_MTIME = 32,
    VFS_ATTR_CTIME = 64,
    VFS_ATTR_NOW = 128 /* the times are the present: who may write may set them */
};

/*
 * What a filesystem does with names; called with the directory's lock held.  A NULL entry
 * answers -EPERM (create, link, unlink, rename).  vfs has checked rights, that the name is
 * (or is not) there, and that the directory still has links (nlink > 0: set it, also in
 * synthetic directories); the operation keeps nlink of everything it touches.
 */
struct inode_dir_ops {
    /* 0 with *out (a reference), -ENOENT. */
    int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
    /* Make a file, directory, device, fifo, socket; `target` for symlinks.  name NULL: a file
     * without a name (O_TMPFILE), nlink 0; -EOPNOTSUPP where that is not possible. */
    int (*create)(struct inode *dir, const char *name, size_t len, uint32_t mode,
                  uint64_t rdev, const char *target, const struct cred *cred,
                  struct inode **out);
    int (*link)(struct inode *dir, const char *name, size_t len, struct inode *inode);
    int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *inode);
    /* A target that is there is replaced, or exchanged with RENAME_EXCHANGE.  Names are
     * terminated; both directories are locked. */
    int (*rename)(struct inode *from, const char *from_name, struct inode *to,
                  const char *to_name, uint32_t flags);
};

enum { VFS_XATTR_GET, VFS_XATTR_SET, VFS_XATTR_REMOVE, VFS_XATTR_LIST };

struct inode_ops {
    const struct inode_dir_ops *dir; /* NULL: not a directory */
    /* Rights are checked; the inode's lock is held.  NULL: inode_set_attr(). */
    int (*set_attr)(struct inode *inode, const struct vfs_attr *attr);
    /* Symlink text into buf: length.  `cred` asks (procfs's links depend on it). */
    int64_t (*read_link)(struct inode *inode, char *buf, size_t size);
    /* A magic link (/proc/self/exe, fd/N): 0 with *out, a reference.  NULL: text only. */
    int (*follow)(struct inode *inode, struct vfs_path *out);
    void (*evict)(
        struct inode *inode); /* the last reference of a file without names is gone */
    /* op VFS_XATTR_*; *len: room in `value` (0: ask for the size), then what is there.  With
     * the lock.  NULL: EOPNOTSUPP */
    int (*xattr)(struct inode *inode, int op, const char *name, void *value, size_t *len,
                 int flags);
};

enum inode_flags {
    INODE_OBJECT = 1,   /* `object` is initialised: destroyed with the inode */
    INODE_LINKABLE = 2, /* nlink 0, but linkat() may still name it (O_TMPFILE) */
    INODE_WATCHED = 4,  /* `watches` is not empty */
    INODE_SEALABLE = 8, /* made by memfd_create: has `seals` */
    INODE_LOCKED = 16,  /* `locks` is, or was lately, not empty */
};

struct inode {
    struct refcount refs;
    uint32_t flags; /* INODE_*, atomic */
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
    uint32_t seals;  /* F_SEAL_* of memfd_create(2), under `lock` */
    int32_t
        writers; /* files that may write to it, or minus those that forbid it; atomic */
    struct vfs_time atime, mtime, ctime, btime;
    struct vm_object object;    /* regular files; object.size is the size */
    void *priv;                 /* the filesystem's own */
    void *pipe;                 /* FIFO */
    void *bound;                /* unix socket */
    struct spinlock watch_lock; /* the four times, inotify watches, file locks */
    struct list_node watches;
    struct list_node locks;
};

/* What may change while others look: attributes, under `lock` to change, read without. */
static inline uint32_t inode_mode(const struct inode *inode)
{
    return atomic_load_relaxed(&inode->mode);
}

static inline bool inode_has(const struct inode *inode, uint32_t flag)
{
    return atomic_load_relaxed(&inode->flags) & flag;
}

static inline uint64_t inode_size(const struct inode *inode)
{
    return atomic_load_relaxed(&inode->object.size);
}

static inline void inode_add_links(struct inode *inode, int delta)
{
    atomic_store_relaxed(&inode->nlink, inode->nlink + (uint32_t)delta);
}

struct super_ops {
    void (*inode_free)(struct inode *inode); /* NULL: it came from inode_alloc() */
    int (*statfs)(struct super *s, struct abi_statfs *out);
    int (*sync)(struct super *s);
    void (*unmount)(struct super *s); /* free `priv`; NULL: nothing to do */
    /* Lines after the common flags in /proc/mounts (",size=4k"); may be NULL. */
    void (*show_options)(struct super *s, struct strbuf *sb);
    int (*remount)(struct super *s, uint32_t flags, const char *data);
};

struct super {
    const struct super_ops *ops;
    const char *type;
    struct refcount refs;
    struct mutex rename_lock;
    uint64_t dev;
    struct inode *root;
    uint32_t flags;
    bool
        no_dcache; /* names may appear and vanish by themselves (procfs): look up each time */
    bool no_kill; /* one instance for ever (devtmpfs): survives its last mount */
    void *priv;
    struct dentry *root_dentry; /* made by super_make_root() */
};

/*
 * How a synthetic filesystem (procfs) is written: fs_type.mount() makes a super with
 * super_create(), sets no_dcache and `root`, an inode with one reference; vfs makes the root's
 * dentry.  With no_dcache each walk calls dir->lookup() anew and what it returns is used once,
 * so an entry can never go stale; lookup() may make a fresh inode each time (its ino should be
 * the same for the same thing) or keep them.  Nothing can be mounted on entries of such a
 * super.  Regular files have fops with read (the caller keeps pos), directories fops with
 * readdir.  inode.priv belongs to the filesystem; release it in inode_ops.evict or inode_free.
 */
MUST_CHECK int super_create(const struct super_ops *ops, const char *type, uint32_t flags,
                            struct super **out);
MUST_CHECK int super_make_root(struct super *s); /* its dentry; by vfs_mount */
void super_get(struct super *s);
void super_put(struct super *s); /* the last one unmounts */

struct fs_type {
    const char *name;
    bool nodev;
    int (*mount)(const char *source, uint32_t flags, const char *data,
                 struct super **out);
    struct list_node link;
};
void fs_type_register(struct fs_type *t);
const struct fs_type *fs_type_find(const char *name);
int fs_type_each(int (*fn)(const struct fs_type *t, void *arg), void *arg);

/* One reference, owned by fsuid 0; nlink 1, a fresh ino (set another if there is a better). */
void inode_init(struct inode *inode, struct super *s, uint32_t mode);
MUST_CHECK struct inode *inode_alloc(struct super *s,
                                     uint32_t mode); /* a plain one, or NULL */
uint64_t inode_next_ino(void);
/* Regular files that live in the page cache. */
void inode_object_init(struct inode *inode, const struct vm_object_ops *ops,
                       uint64_t size);
/* Owner, group and setgid rules of a new entry of `dir`. */
void inode_init_owner(struct inode *inode, const struct inode *dir,
                      const struct cred *cred);
/* Store the attributes, resize the object: what most filesystems want of set_attr. */
MUST_CHECK int inode_set_attr(struct inode *inode, const struct vfs_attr *attr);
/* truncate(2) of a regular file, rights checked; takes the lock.  -EPERM if sealed, -EFBIG,
 * -ETXTBSY while it is executed. */
MUST_CHECK int inode_truncate(struct inode *inode, uint64_t size,
                              const struct cred *cred);
/* Writing and executing exclude each other: both count, each -ETXTBSY while the other does. */
MUST_CHECK int inode_write_get(struct inode *inode);
void inode_write_put(struct inode *inode);
MUST_CHECK int inode_write_deny(struct inode *inode);
void inode_write_allow(struct inode *inode);
void inode_lock_two(struct inode *a, struct inode *b); /* by address; may be equal */
void inode_unlock_two(struct inode *a, struct inode *b);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
/* For a caller with `cred`: 0 or -EACCES.  `want`: 4 read, 2 write, 1 execute/search. */
MUST_CHECK int inode_permission(struct inode *inode, const struct cred *cred,
                                unsigned want);
void inode_touch(struct inode *inode, uint32_t which); /* VFS_ATTR_ATIME | ... = now */
/* It was read: update atime by the rules of relatime. */
void inode_accessed(struct inode *inode);
void inode_stat(struct inode *inode, struct abi_kstat *out);
struct vfs_time vfs_now(void);

#endif /* CLOUDOS_VFS_INODE_H */
