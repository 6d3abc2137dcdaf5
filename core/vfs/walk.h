/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The path walk, step by step: for calls that need the last name and its directory.
 *
 *     walk_start(&w, ctx, at, path, flags);
 *     while ((err = walk_to_parent(&w)) == 0) {       w.cur: the directory, w.name: the rest
 *         ... look the name up, make it, remove it ...
 *         if (it is a symlink to be followed) { err = walk_link(&w, dentry); continue; }
 *         break;
 *     }
 *     walk_end(&w);
 *
 * Owner:   the caller, on its stack; ctx, at and path outlive it.
 * Context: thread context, may sleep.
 * Locking: takes no lock that it keeps.
 * Errors:  as vfs/path.h.
 */
#ifndef CLOUDOS_VFS_WALK_H
#define CLOUDOS_VFS_WALK_H

#include "vfs/dentry.h"
#include "vfs/mount.h"
#include "vfs/path.h"

/* What the last component is. */
enum walk_last {
    WALK_NAME,
    WALK_DOT,
    WALK_DOTDOT,
    WALK_SELF /* "/", "" or a magic link */
};

struct walk {
    const struct vfs_context *ctx;
    struct vfs_path root;  /* where "/" and ".." end; borrowed */
    struct vfs_path start; /* VFS_BENEATH: may not be left; borrowed */
    struct vfs_path cur;   /* referenced */
    const char *rest;      /* not yet walked */
    char *buf;             /* heap text that `rest` points into, or NULL */
    uint64_t move_seq;     /* at the start, for VFS_BENEATH and VFS_IN_ROOT */
    unsigned flags;        /* VFS_* */
    unsigned links;        /* symlinks so far */
    enum walk_last last;
    const char *name; /* the last component; not terminated */
    size_t name_len;
    bool slash; /* something like "name/": must be a directory */
};

MUST_CHECK int walk_start(struct walk *w, const struct vfs_context *ctx,
                          const struct vfs_path *at, const char *path, unsigned flags);
MUST_CHECK int walk_to_parent(struct walk *w);
/* w->last is not WALK_NAME: make w->cur what it names. */
MUST_CHECK int walk_special(struct walk *w);
/* The entry in w->cur, negative included; in *out with a reference. */
MUST_CHECK int walk_lookup(struct walk *w, const char *name, size_t len,
                           struct dentry **out);
/* The same while the directory's lock is held. */
MUST_CHECK int walk_lookup_locked(struct dentry *parent, const char *name, size_t len,
                                  struct dentry **out);
/* Follow the symlink `d`, found in w->cur; takes over the reference. */
MUST_CHECK int walk_link(struct walk *w, struct dentry *d);
/* w->cur becomes `d` (reference taken over), and what is mounted there. */
MUST_CHECK int walk_enter(struct walk *w, struct dentry *d);
void walk_end(struct walk *w);

#endif /* CLOUDOS_VFS_WALK_H */
