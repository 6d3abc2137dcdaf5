/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files, and tables of descriptors.
 *
 * Owner:   a descriptor holds a reference; so does every call that uses the file.
 * Context: thread context, may sleep.
 * Locking: file.pos_lock for the offset, fd_table.lock for descriptors, inside.
 * Errors:  -EBADF and those of the call.
 */
#ifndef CLOUDOS_VFS_FILE_H
#define CLOUDOS_VFS_FILE_H

#include "lib/base.h"
#include "lib/refcount.h"
#include "sched/mutex.h"
#include "vfs/inode.h"
#include "vfs/path.h"
#include "vm/iter.h"

struct poll_table;
struct vm_map_args;

/* A directory reader gives entries to this; false: no room, stop before this one. */
struct dir_emit {
    bool (*entry)(struct dir_emit *e, const char *name, size_t len, uint64_t ino,
                  uint64_t next_off, unsigned type);
};

/* What the kinds of open file differ in; at NULL the call fails as on Linux (EINVAL, ENOTTY...).
 * pos: offset to use and advance; streams ignore it. */
#define FILE_POS_END UINT64_MAX /* write at the end of a regular file, wherever that is */

struct file_ops {
    int (*open)(struct inode *inode, struct file *f);
    void (*release)(struct file *f);
    int64_t (*read)(struct file *f, struct vm_iter *to, uint64_t *pos);
    int64_t (*write)(struct file *f, struct vm_iter *from, uint64_t *pos);
    int64_t (*ioctl)(struct file *f, uint32_t cmd, uint64_t arg);
    /* Events ready now (EPOLL*); registers the caller's waiters on the queues through poll_wait. */
    uint32_t (*poll)(struct file *f, struct poll_table *pt);
    int (*readdir)(struct file *f, struct dir_emit *e, uint64_t *pos);
    /* The rest, rarely overridden; may be NULL. */
    const struct file_extra_ops *extra;
};
struct file_extra_ops {
    int64_t (*seek)(struct file *f, int64_t off, int whence);
    int (*mmap)(struct file *f, struct vm_map_args *a); /* default: the inode's object */
    int (*sync)(struct file *f, bool data_only);
    int (*flush)(struct file *f); /* a descriptor was closed */
    int (*fdinfo)(struct file *f, char *buf,
                  size_t size); /* extra lines of /proc/pid/fdinfo */
    int (*fasync)(struct file *f, bool on);
};

enum file_can {
    FILE_CAN_READ = 1,
    FILE_CAN_WRITE = 2,
    FILE_CAN_SEEK = 4,      /* has a position; without it lseek and pread say ESPIPE */
    FILE_HAS_POS = 8,       /* reads and writes move `pos`, under pos_lock */
    FILE_COUNTS_WRITE = 16, /* holds inode_write_get() ... */
    FILE_DENIES_WRITE = 32, /* ... or inode_write_deny(), given back with the file */
};

struct file {
    struct refcount refs;
    uint32_t can; /* FILE_*; constant once others can see the file */
    const struct file_ops *ops;
    struct inode *inode;  /* never NULL: anonymous files have an anonymous inode */
    struct vfs_path path; /* dentry may be an anonymous one ("pipe:[12]") */
    uint32_t flags;       /* O_*: access mode and status flags; changed atomically */
    uint64_t pos;
    struct mutex pos_lock;
    struct cred *cred;
    void *priv;
    int32_t async_owner; /* F_SETOWN */
    int32_t async_sig;
    struct list_node epoll; /* epoll items that watch it; under epoll's lock */
};

static inline uint32_t file_flags(const struct file *f)
{
    return atomic_load_relaxed(&f->flags);
}

/* No inode yet: the caller sets inode, path, cred with references, or drops it with
 * file_put(). */
MUST_CHECK int file_alloc(const struct file_ops *ops, uint32_t flags, struct file **out);
/* A file without a name in the tree: "anon_inode:[eventfd]", "pipe:[N]", "socket:[N]": "[N]"
 * becomes the inode number.  ops->open is not called; ops->release is, with the last reference;
 * on failure `priv` is still the caller's. */
MUST_CHECK int file_anonymous(const struct file_ops *ops, const char *name, uint32_t mode,
                              uint32_t flags, void *priv, struct file **out);
void file_get(struct file *f);
void file_put(struct file *f);
/* As long as the file is open its inode is not: -ETXTBSY if it is open for writing.  Both
 * before others can see the file. */
MUST_CHECK int file_deny_write(struct file *f);
void file_allow_write(struct file *f);
MUST_CHECK int64_t file_read(struct file *f, struct vm_iter *to, uint64_t *pos);
MUST_CHECK int64_t file_write(struct file *f, struct vm_iter *from, uint64_t *pos);
/* Kernel buffer, at an offset (ELF loader, initramfs). */
MUST_CHECK int64_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos);
/* As sendfile and splice need: write a kernel buffer; stops at the first short write. */
MUST_CHECK int64_t file_write_kernel(struct file *f, const void *buf, size_t len,
                                     uint64_t *pos);
/* Events ready now, masked by nothing; a file without poll is always readable and writable. */
uint32_t file_poll(struct file *f, struct poll_table *pt);
MUST_CHECK int64_t file_seek(struct file *f, int64_t off, int whence);
/* Fill object, file and max_prot of a mapping of `f`: -EACCES, -ENODEV, -EPERM as mmap(2). */
MUST_CHECK int file_map_args(struct file *f, struct vm_map_args *a);
/* fallocate(2) with FALLOC_FL_*: -EOPNOTSUPP for what a filesystem cannot do. */
MUST_CHECK int file_allocate(struct file *f, int mode, uint64_t off, uint64_t len);
MUST_CHECK int file_truncate(struct file *f, uint64_t size);
MUST_CHECK int file_sync(struct file *f, bool data_only);
/* F_ADD_SEALS: -EPERM, -EBUSY, -EINVAL. */
MUST_CHECK int file_add_seals(struct file *f, uint32_t seals);
/* Set and clear status flags (O_APPEND, O_NONBLOCK, ...) atomically. */
void file_change_flags(struct file *f, uint32_t clear, uint32_t set);
/* epoll registers what must happen when a file that it watches (f->epoll) has its last
 * reference dropped; called before release. */
void file_set_watch_hook(void (*closed)(struct file *f));

/* ---- poll ---- */
/* What a poller wants done with each queue that a file may become ready on. */
struct poll_table {
    void (*queue)(struct poll_table *pt, struct wait_queue *q);
    uint32_t events; /* of interest */
};
static inline void poll_wait(struct poll_table *pt, struct wait_queue *q)
{
    if (pt && pt->queue)
        pt->queue(pt, q);
}

/* ---- descriptor tables ---- */
#define FD_TABLE_MAX 1048576u

struct fd_table; /* vfs/fdtable.c */
MUST_CHECK int fd_table_create(struct fd_table **out);
MUST_CHECK int fd_table_copy(struct fd_table *from, struct fd_table **out);
void fd_table_get(struct fd_table *t);
void fd_table_put(struct fd_table *t); /* the last one closes all */
/* Lowest free descriptor >= min below `limit` (RLIMIT_NOFILE): number or -EMFILE. */
MUST_CHECK int fd_install(struct fd_table *t, struct file *f, unsigned min,
                          unsigned limit, bool cloexec); /* takes its own reference */
MUST_CHECK int fd_install_at(struct fd_table *t, struct file *f, unsigned fd,
                             unsigned limit,
                             bool cloexec);         /* dup2: closes what was there */
struct file *fd_lookup(struct fd_table *t, int fd); /* with a reference, or NULL */
/* A number without a file yet, so that what makes the file need not be undone for want of a
 * descriptor: fd_reserve, then fd_fill (takes over the caller's reference) or fd_unreserve. */
MUST_CHECK int fd_reserve(struct fd_table *t, unsigned min, unsigned limit, bool cloexec);
void fd_fill(struct fd_table *t, int fd, struct file *f);
void fd_unreserve(struct fd_table *t, int fd);
MUST_CHECK int fd_close(struct fd_table *t, int fd);
MUST_CHECK int fd_close_range(struct fd_table *t, unsigned first, unsigned last,
                              bool cloexec_only);
MUST_CHECK int fd_cloexec(struct fd_table *t, int fd, int set); /* set -1: read */
void fd_close_on_exec(struct fd_table *t);
uint32_t fd_table_users(struct fd_table *t); /* references: tasks, and who looks at it */
/* Next used descriptor >= fd, or -1; for /proc/pid/fd. */
int fd_next(struct fd_table *t, int fd);

#endif /* CLOUDOS_VFS_FILE_H */
