/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks: byte ranges owned by a descriptor table (POSIX) or an open file (OFD), and
 * whole files owned by an open file (flock).
 *
 * Owner:   the inode's list owns the locks.
 * Context: thread context; waiting forms sleep interruptibly.
 * Locking: inode.watch_lock covers the list; who waits for whom is under one lock of its own,
 *          taken only by those that have to wait.
 * Errors:  -EAGAIN, -EDEADLK, -ERESTARTSYS, -ENOMEM.
 */
#ifndef CLOUDOS_VFS_LOCK_H
#define CLOUDOS_VFS_LOCK_H

#include "abi/fcntl.h"
#include "vfs/file.h"

enum lock_kind { LOCK_POSIX, LOCK_OFD, LOCK_FLOCK };

struct file_lock {
    struct list_node link;
    enum lock_kind kind;
    int type;            /* F_RDLCK, F_WRLCK, F_UNLCK */
    const void *owner;   /* fd_table or file; compared, never followed */
    int32_t pid;         /* for F_GETLK */
    uint64_t start, end; /* both included; end UINT64_MAX: for ever */
};

/* Set, change or (F_UNLCK) remove what `req` says; `wait`: until it is possible. */
MUST_CHECK int lock_set(struct inode *inode, const struct file_lock *req, bool wait);
/* Is something in the way?  Then *req becomes it, else its type F_UNLCK. */
void lock_test(struct inode *inode, struct file_lock *req);
/* A descriptor of the table was closed: its POSIX locks on the file end. */
void lock_release_table(struct inode *inode, const struct fd_table *t);
/* The last reference to an open file is gone: its OFD and flock locks end. */
void lock_release_file(struct inode *inode, const struct file *f);
/* The inode goes away: what a lock that raced with close(2) has left. */
void lock_release_all(struct inode *inode);
/* Each lock, for /proc/locks: under the lock, `fn` may not sleep. */
void lock_each(struct inode *inode, void (*fn)(const struct file_lock *l, void *arg),
               void *arg);

#endif /* CLOUDOS_VFS_LOCK_H */
