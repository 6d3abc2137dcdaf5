/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wants to know what happens to files: the events of inotify(7).
 *
 * Owner:   an inotify instance owns its watches; an inode is kept by the watches on it.
 * Context: thread context, may sleep.
 * Locking: inode.watch_lock covers its list; notify.c's instance lock is taken inside.
 * Errors:  an event that finds no memory or no room becomes IN_Q_OVERFLOW.
 */
#ifndef CLOUDOS_VFS_NOTIFY_H
#define CLOUDOS_VFS_NOTIFY_H

#include "vfs/file.h"

#define IN_ACCESS        0x00000001u
#define IN_MODIFY        0x00000002u
#define IN_ATTRIB        0x00000004u
#define IN_CLOSE_WRITE   0x00000008u
#define IN_CLOSE_NOWRITE 0x00000010u
#define IN_OPEN          0x00000020u
#define IN_MOVED_FROM    0x00000040u
#define IN_MOVED_TO      0x00000080u
#define IN_CREATE        0x00000100u
#define IN_DELETE        0x00000200u
#define IN_DELETE_SELF   0x00000400u
#define IN_MOVE_SELF     0x00000800u
#define IN_ALL_EVENTS    0x00000fffu
#define IN_UNMOUNT       0x00002000u
#define IN_Q_OVERFLOW    0x00004000u
#define IN_IGNORED       0x00008000u
#define IN_ONLYDIR       0x01000000u
#define IN_DONT_FOLLOW   0x02000000u
#define IN_EXCL_UNLINK   0x04000000u
#define IN_MASK_CREATE   0x10000000u
#define IN_MASK_ADD      0x20000000u
#define IN_ISDIR         0x40000000u
#define IN_ONESHOT       0x80000000u

#define NOTIFY_WATCHES_MAX 65536u /* of one instance */
#define NOTIFY_EVENTS_MAX  16384u /* queued in one instance */

struct dentry;

/* Some watch exists: what every hook looks at first. */
extern uint32_t notify_watches;

void notify_slow(struct inode *inode, uint32_t mask, uint32_t cookie, const char *name);
void notify_dentry_slow(struct dentry *d, uint32_t mask);

/* `name` in directory `dir` (an event about an entry), or NULL (about `dir` itself). */
static inline void notify_inode(struct inode *inode, uint32_t mask, uint32_t cookie,
                                const char *name)
{
    if (unlikely(atomic_load_relaxed(&notify_watches) != 0))
        notify_slow(inode, mask, cookie, name);
}

/* The inode of `d` and the directory that it is in. */
static inline void notify_dentry(struct dentry *d, uint32_t mask)
{
    if (unlikely(atomic_load_relaxed(&notify_watches) != 0))
        notify_dentry_slow(d, mask);
}

static inline void notify_file(struct file *f, uint32_t mask)
{
    if (f->path.dentry)
        notify_dentry(f->path.dentry, mask);
}

uint32_t notify_cookie(void);
/* The last name of `inode` is gone and nobody uses it any more: its watches end. */
void notify_inode_gone(struct inode *inode);

/* ---- inotify_init1, inotify_add_watch, inotify_rm_watch ---- */
MUST_CHECK int inotify_create(uint32_t flags, struct file **out);
MUST_CHECK int inotify_add(struct file *f, struct inode *inode, uint32_t mask);
MUST_CHECK int inotify_remove(struct file *f, int32_t wd);

#endif /* CLOUDOS_VFS_NOTIFY_H */
