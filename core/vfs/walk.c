/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The path walk.
 *
 * It holds references, never a lock, between steps.  A symlink's text and what was left behind
 * it become one new string that the walk goes on with; at most VFS_LINKS_MAX of them bound both
 * the steps and the memory.
 */
#include "vfs/walk.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"

static bool path_eq(const struct vfs_path *a, const struct vfs_path *b)
{
    return a->mount == b->mount && a->dentry == b->dentry;
}

static void cur_set(struct walk *w, const struct vfs_path *p)
{
    struct vfs_path old = w->cur;

    vfs_path_get(p);
    w->cur = *p;
    if (old.dentry)
        vfs_path_put(&old);
}

int walk_start(struct walk *w, const struct vfs_context *ctx, const struct vfs_path *at,
               const char *path, unsigned flags)
{
    const struct vfs_path *start = at ? at : &ctx->cwd;

    *w = (struct walk){.ctx = ctx, .root = ctx->root, .rest = path, .flags = flags};
    w->move_seq = dcache_move_seq();
    if (strnlen(path, VFS_PATH_MAX) == VFS_PATH_MAX)
        return -ENAMETOOLONG;
    if (!*path && !(flags & VFS_EMPTY))
        return -ENOENT;
    w->start = *start;
    if (flags & VFS_IN_ROOT)
        w->root = *start;
    if (*path == '/') {
        if (flags & VFS_BENEATH)
            return -EXDEV;
        start = &w->root;
    }
    cur_set(w, start);
    return 0;
}

void walk_end(struct walk *w)
{
    if (w->cur.dentry)
        vfs_path_put(&w->cur);
    w->cur = (struct vfs_path){NULL, NULL};
    kfree(w->buf);
    w->buf = NULL;
}

int walk_lookup_locked(struct dentry *parent, const char *name, size_t len,
                       struct dentry **out)
{
    struct inode *dir = parent->inode;
    struct inode *inode = NULL;
    bool cached = !parent->super->no_dcache;
    int err;

    kassert(mutex_held(&dir->lock));
    *out = cached ? dcache_lookup(parent, name, len) : NULL;
    if (*out)
        return 0;
    if (dir->nlink == 0)
        return -ENOENT;
    err = dir->ops->dir->lookup(dir, name, len, &inode);
    if (err && err != -ENOENT)
        return err;
    err = dentry_create(parent, name, len, inode, out);
    if (inode)
        inode_put(inode);
    if (!err && cached)
        dcache_insert(*out);
    return err;
}

int walk_lookup(struct walk *w, const char *name, size_t len, struct dentry **out)
{
    struct dentry *parent = w->cur.dentry;
    int err;

    if (len > VFS_NAME_MAX)
        return -ENAMETOOLONG;
    if (!parent->super->no_dcache) {
        *out = dcache_lookup(parent, name, len);
        if (*out)
            return 0;
    }
    mutex_lock(&parent->inode->lock);
    err = walk_lookup_locked(parent, name, len, out);
    mutex_unlock(&parent->inode->lock);
    return err;
}

int walk_enter(struct walk *w, struct dentry *d)
{
    struct mount *before = w->cur.mount;

    dentry_put(w->cur.dentry);
    w->cur.dentry = d;
    (void)mount_cross_down(&w->cur);
    if ((w->flags & VFS_NO_XDEV) && w->cur.mount != before)
        return -EXDEV;
    return 0;
}

static int walk_dotdot(struct walk *w)
{
    struct mount *before = w->cur.mount;
    struct dentry *parent;

    for (;;) {
        if ((w->flags & VFS_BENEATH) && path_eq(&w->cur, &w->start))
            return -EXDEV;
        if (path_eq(&w->cur, &w->root))
            return 0;
        if (w->cur.dentry != w->cur.mount->root)
            break;
        if (!mount_cross_up(&w->cur))
            return 0;
    }
    if ((w->flags & VFS_NO_XDEV) && w->cur.mount != before)
        return -EXDEV;
    parent = dentry_parent(w->cur.dentry);
    /* What moved meanwhile may have taken us out of the tree that must not be left, beyond the
     * point where ".." would have been stopped. */
    if ((w->flags & (VFS_BENEATH | VFS_IN_ROOT)) && dcache_moved_since(w->move_seq)) {
        dentry_put(parent);
        return -EAGAIN;
    }
    return walk_enter(w, parent);
}

/* The walk goes on with `text` and what is left. */
static int rest_prepend(struct walk *w, const char *text, size_t len)
{
    size_t rest_len = strlen(w->rest);
    char *joined = kmalloc(len + rest_len + 2);

    if (!joined)
        return -ENOMEM;
    memcpy(joined, text, len);
    /* What is left starts with a slash or is empty. */
    memcpy(joined + len, w->rest, rest_len + 1);
    kfree(w->buf);
    w->buf = joined;
    w->rest = joined;
    return 0;
}

static int link_text(struct walk *w, struct inode *inode)
{
    char *text = kmalloc(VFS_PATH_MAX);
    int64_t len;
    int err;

    if (!text)
        return -ENOMEM;
    len = inode->ops->read_link ? inode->ops->read_link(inode, text, VFS_PATH_MAX)
                                : -EINVAL;
    if (len <= 0 || len >= VFS_PATH_MAX)
        err = len < 0 ? (int)len : len == 0 ? -ENOENT : -ENAMETOOLONG;
    else
        err = rest_prepend(w, text, (size_t)len);
    if (!err && *w->rest == '/') {
        if (w->flags & VFS_BENEATH)
            err = -EXDEV;
        else if ((w->flags & VFS_NO_XDEV) && w->cur.mount != w->root.mount)
            err = -EXDEV;
        else
            cur_set(w, &w->root);
    }
    kfree(text);
    return err;
}

static int link_magic(struct walk *w, struct inode *inode)
{
    struct vfs_path to = {NULL, NULL};
    int err;

    if (w->flags & (VFS_NO_MAGICLINKS | VFS_BENEATH | VFS_IN_ROOT))
        return w->flags & VFS_NO_MAGICLINKS ? -ELOOP : -EXDEV;
    err = inode->ops->follow(inode, &to);
    if (err)
        return err;
    if ((w->flags & VFS_NO_XDEV) && to.mount != w->cur.mount)
        err = -EXDEV;
    else
        cur_set(w, &to);
    vfs_path_put(&to);
    return err;
}

int walk_link(struct walk *w, struct dentry *d)
{
    struct inode *inode = d->inode;
    int err;

    if ((w->flags & VFS_NO_SYMLINKS) || (w->cur.mount->flags & MS_NOSYMFOLLOW) ||
        ++w->links > VFS_LINKS_MAX)
        err = -ELOOP;
    else if (inode->ops->follow)
        err = link_magic(w, inode);
    else
        err = link_text(w, inode);
    if (!err)
        inode_accessed(inode);
    dentry_put(d);
    return err;
}

/* Cut the next component off w->rest: what it is and whether nothing follows. */
static bool next_component(struct walk *w)
{
    const char *p = w->rest;
    const char *end;

    while (*p == '/')
        p++;
    w->name = p;
    while (*p && *p != '/')
        p++;
    w->name_len = (size_t)(p - w->name);
    w->rest = p;
    end = p;
    while (*end == '/')
        end++;
    w->slash = end != p;
    if (w->name_len == 0)
        w->last = WALK_SELF;
    else if (w->name_len == 1 && w->name[0] == '.')
        w->last = WALK_DOT;
    else if (w->name_len == 2 && w->name[0] == '.' && w->name[1] == '.')
        w->last = WALK_DOTDOT;
    else
        w->last = WALK_NAME;
    return *end == '\0';
}

int walk_special(struct walk *w)
{
    return w->last == WALK_DOTDOT ? walk_dotdot(w) : 0;
}

/* One component that is not the last. */
static int walk_step(struct walk *w)
{
    struct dentry *d;
    int err;

    if (w->last != WALK_NAME)
        return walk_special(w);
    err = walk_lookup(w, w->name, w->name_len, &d);
    if (err)
        return err;
    if (!d->inode) {
        dentry_put(d);
        return -ENOENT;
    }
    return S_ISLNK(inode_mode(d->inode)) ? walk_link(w, d) : walk_enter(w, d);
}

int walk_to_parent(struct walk *w)
{
    for (;;) {
        struct inode *dir = w->cur.dentry->inode;
        bool last;
        int err;

        /* Nothing left, as behind a magic link: what we have may be of any kind. */
        if (!*w->rest) {
            w->last = WALK_SELF;
            w->slash = false;
            return 0;
        }
        if (!dir->ops->dir || !S_ISDIR(inode_mode(dir)))
            return -ENOTDIR;
        last = next_component(w);
        if (w->last != WALK_SELF) {
            err = inode_permission(dir, w->ctx->cred, 1);
            if (err)
                return err;
        }
        if (last) {
            if (w->name_len > VFS_NAME_MAX)
                return -ENAMETOOLONG;
            /* A name that is a link is not the end of the walk: only what follows is cut. */
            return 0;
        }
        err = walk_step(w);
        if (err)
            return err;
    }
}

/* The last component: 0 with w->cur at it, 1 if there is a link's text to walk. */
static int walk_last(struct walk *w)
{
    struct dentry *d;
    int err;

    if (w->last != WALK_NAME)
        return walk_special(w);
    err = walk_lookup(w, w->name, w->name_len, &d);
    if (err)
        return err;
    if (!d->inode) {
        dentry_put(d);
        return -ENOENT;
    }
    if (S_ISLNK(inode_mode(d->inode)) && (w->slash || !(w->flags & VFS_NOFOLLOW))) {
        err = walk_link(w, d);
        return err ? err : 1;
    }
    return walk_enter(w, d);
}

int vfs_walk(const struct vfs_context *ctx, const struct vfs_path *at, const char *path,
             unsigned flags, struct vfs_path *out)
{
    struct walk w;
    bool slash = false;
    int err = walk_start(&w, ctx, at, path, flags);

    while (!err) {
        err = walk_to_parent(&w);
        if (err)
            break;
        slash |= w.slash;
        err = walk_last(&w);
        if (err <= 0)
            break;
        err = 0;
    }
    if (!err && (slash || (flags & VFS_DIRECTORY)) &&
        !S_ISDIR(inode_mode(w.cur.dentry->inode)))
        err = -ENOTDIR;
    if (!err) {
        *out = w.cur;
        w.cur = (struct vfs_path){NULL, NULL};
    }
    walk_end(&w);
    return err;
}

void vfs_path_get(const struct vfs_path *p)
{
    mount_get(p->mount);
    dentry_get(p->dentry);
}

void vfs_path_put(struct vfs_path *p)
{
    /* The mount last: it keeps the filesystem that the dentry belongs to. */
    if (p->dentry)
        dentry_put(p->dentry);
    if (p->mount)
        mount_put(p->mount);
    *p = (struct vfs_path){NULL, NULL};
}

struct inode *vfs_path_inode(const struct vfs_path *p)
{
    return p->dentry->inode;
}
