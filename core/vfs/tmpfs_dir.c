/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs directories: a tree by name for lookups and one by cookie for readdir, so that a reader
 * who comes back after changes sees every entry that was there all the time exactly once.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/tmpfs_priv.h"

#define ENTRY_BYTES 20 /* what an entry adds to a directory's size, as on Linux */

static int name_cmp(const struct tmpfs_entry *e, const char *name, size_t len)
{
    int c = memcmp(name, e->name, MIN(len, (size_t)e->len));

    if (c)
        return c;
    return len < e->len ? -1 : len > e->len;
}

static struct tmpfs_entry *entry_find(struct tmpfs_inode *dir, const char *name,
                                      size_t len)
{
    struct rb_node *n = dir->by_name.node;

    while (n) {
        struct tmpfs_entry *e = rb_entry(n, struct tmpfs_entry, by_name);
        int c = name_cmp(e, name, len);

        if (c == 0)
            return e;
        n = n->child[c > 0];
    }
    return NULL;
}

static struct tmpfs_entry *entry_alloc(const char *name, size_t len)
{
    struct tmpfs_entry *e = kmalloc(sizeof(*e) + len + 1);

    if (!e)
        return NULL;
    memset(e, 0, sizeof(*e));
    memcpy(e->name, name, len);
    e->name[len] = '\0';
    e->len = (uint32_t)len;
    return e;
}

/* Takes over the caller's reference to the inode. */
static void entry_insert(struct tmpfs_inode *dir, struct tmpfs_entry *e,
                         struct inode *inode)
{
    struct rb_node **link = &dir->by_name.node, *parent = NULL;

    e->inode = inode;
    e->cookie = dir->next_cookie++;
    while (*link) {
        int c;

        parent = *link;
        c = name_cmp(rb_entry(parent, struct tmpfs_entry, by_name), e->name, e->len);
        kassert(c != 0);
        link = &parent->child[c > 0];
    }
    rb_insert(&dir->by_name, &e->by_name, parent, link);
    parent = rb_last(&dir->by_cookie); /* the newest is the last */
    link = parent ? &parent->right : &dir->by_cookie.node;
    rb_insert(&dir->by_cookie, &e->by_cookie, parent, link);
    dir->entries++;
    atomic_store_relaxed(&dir->inode.object.size, (uint64_t)dir->entries * ENTRY_BYTES);
}

static void entry_remove(struct tmpfs_inode *dir, struct tmpfs_entry *e)
{
    rb_erase(&dir->by_name, &e->by_name);
    rb_erase(&dir->by_cookie, &e->by_cookie);
    dir->entries--;
    atomic_store_relaxed(&dir->inode.object.size, (uint64_t)dir->entries * ENTRY_BYTES);
    kfree(e);
}

static void dir_changed(struct inode *dir)
{
    inode_touch(dir, VFS_ATTR_MTIME | VFS_ATTR_CTIME);
}

static int tmpfs_lookup(struct inode *dir, const char *name, size_t len,
                        struct inode **out)
{
    struct tmpfs_entry *e = entry_find(tmpfs_inode_of(dir), name, len);

    if (!e)
        return -ENOENT;
    inode_get(e->inode);
    *out = e->inode;
    return 0;
}

static int set_target(struct inode *inode, const char *target)
{
    struct tmpfs_inode *ti = tmpfs_inode_of(inode);

    ti->target = kstrdup(target);
    if (!ti->target)
        return -ENOMEM;
    inode->object.size = strlen(target);
    return 0;
}

static int tmpfs_make(struct inode *dir, const char *name, size_t len, uint32_t mode,
                      uint64_t rdev, const char *target, const struct cred *cred,
                      struct inode **out)
{
    struct tmpfs_entry *e = NULL;
    struct inode *inode;
    int err = tmpfs_inode_create(dir->super, mode, &inode);

    if (err)
        return err;
    inode->rdev = rdev;
    inode_init_owner(inode, dir, cred);
    if (S_ISLNK(mode))
        err = set_target(inode, target);
    if (!err && name) {
        e = entry_alloc(name, len);
        if (!e)
            err = -ENOMEM;
    }
    if (err) {
        inode_put(inode);
        return err;
    }
    if (!name) {
        inode->nlink = 0;
    } else {
        inode_get(inode);
        entry_insert(tmpfs_inode_of(dir), e, inode);
        if (S_ISDIR(mode))
            inode_add_links(dir, 1);
        dir_changed(dir);
    }
    *out = inode;
    return 0;
}

static int tmpfs_link(struct inode *dir, const char *name, size_t len,
                      struct inode *inode)
{
    struct tmpfs_entry *e = entry_alloc(name, len);

    if (!e)
        return -ENOMEM;
    inode_get(inode);
    inode_add_links(inode, 1);
    inode_touch(inode, VFS_ATTR_CTIME);
    entry_insert(tmpfs_inode_of(dir), e, inode);
    dir_changed(dir);
    return 0;
}

/* One name of `inode` is gone; a directory has two links of its own and one of its parent. */
static void name_gone(struct inode *dir, struct inode *inode)
{
    if (S_ISDIR(inode_mode(inode))) {
        inode_add_links(inode, -(int)inode->nlink);
        inode_add_links(dir, -1);
    } else {
        inode_add_links(inode, -1);
    }
    inode_touch(inode, VFS_ATTR_CTIME);
}

static int tmpfs_unlink(struct inode *dir, const char *name, size_t len,
                        struct inode *inode)
{
    struct tmpfs_inode *ti = tmpfs_inode_of(dir);
    struct tmpfs_entry *e = entry_find(ti, name, len);

    if (!e || e->inode != inode)
        return -ENOENT;
    if (S_ISDIR(inode_mode(inode)) && tmpfs_inode_of(inode)->entries)
        return -ENOTEMPTY;
    entry_remove(ti, e);
    name_gone(dir, inode);
    dir_changed(dir);
    inode_put(inode); /* the entry's; the caller has one */
    return 0;
}

static void exchange(struct inode *from, struct tmpfs_entry *a, struct inode *to,
                     struct tmpfs_entry *b)
{
    struct inode *inode = a->inode;

    a->inode = b->inode;
    b->inode = inode;
    if (from != to && S_ISDIR(inode_mode(a->inode)) != S_ISDIR(inode_mode(b->inode))) {
        inode_add_links(from, S_ISDIR(inode_mode(a->inode)) ? 1 : -1);
        inode_add_links(to, S_ISDIR(inode_mode(b->inode)) ? 1 : -1);
    }
    inode_touch(a->inode, VFS_ATTR_CTIME);
}

static int tmpfs_rename(struct inode *from, const char *from_name, struct inode *to,
                        const char *to_name, uint32_t flags)
{
    struct tmpfs_inode *tf = tmpfs_inode_of(from), *tt = tmpfs_inode_of(to);
    struct tmpfs_entry *a = entry_find(tf, from_name, strlen(from_name));
    struct tmpfs_entry *b = entry_find(tt, to_name, strlen(to_name)), *fresh;
    struct inode *moved, *gone = NULL;

    if (!a || ((flags & RENAME_EXCHANGE) && !b))
        return -ENOENT;
    moved = a->inode;
    if (flags & RENAME_EXCHANGE) {
        exchange(from, a, to, b);
    } else if (b) {
        gone = b->inode;
        if (S_ISDIR(inode_mode(gone)) && tmpfs_inode_of(gone)->entries)
            return -ENOTEMPTY;
        name_gone(to, gone);
        b->inode = moved;
    } else {
        fresh = entry_alloc(to_name, strlen(to_name));
        if (!fresh)
            return -ENOMEM;
        entry_insert(tt, fresh, moved);
    }
    if (!(flags & RENAME_EXCHANGE)) {
        entry_remove(tf, a);
        if (S_ISDIR(inode_mode(moved))) {
            inode_add_links(from, -1);
            inode_add_links(to, 1);
        }
    }
    inode_touch(moved, VFS_ATTR_CTIME);
    dir_changed(from);
    dir_changed(to);
    if (gone)
        inode_put(gone);
    return 0;
}

static const struct inode_dir_ops dir_ops = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_make,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
};

const struct inode_ops tmpfs_dir_inode_ops = {
    .dir = &dir_ops, .evict = tmpfs_evict, .xattr = tmpfs_xattr};

/* The first entry whose cookie is at least `cookie`. */
static struct tmpfs_entry *entry_at(struct tmpfs_inode *dir, uint64_t cookie)
{
    struct rb_node *n = dir->by_cookie.node;
    struct tmpfs_entry *best = NULL;

    while (n) {
        struct tmpfs_entry *e = rb_entry(n, struct tmpfs_entry, by_cookie);

        if (e->cookie >= cookie)
            best = e;
        n = e->cookie >= cookie ? n->left : n->right;
    }
    return best;
}

static bool emit_dots(struct file *f, struct dir_emit *emit, uint64_t *pos)
{
    struct dentry *parent;
    uint64_t ino;

    if (*pos == 0) {
        if (!emit->entry(emit, ".", 1, f->inode->ino, 1, DT_DIR))
            return false;
        *pos = 1;
    }
    if (*pos == 1) {
        parent = dentry_parent(f->path.dentry);
        ino = parent->inode->ino;
        dentry_put(parent);
        if (!emit->entry(emit, "..", 2, ino, 2, DT_DIR))
            return false;
        *pos = 2;
    }
    return true;
}

static int tmpfs_readdir(struct file *f, struct dir_emit *emit, uint64_t *pos)
{
    struct tmpfs_inode *ti = tmpfs_inode_of(f->inode);
    struct rb_node *n;
    struct tmpfs_entry *e;

    if (!emit_dots(f, emit, pos))
        return 0;
    mutex_lock(&f->inode->lock);
    e = entry_at(ti, *pos);
    while (e) {
        if (!emit->entry(emit, e->name, e->len, e->inode->ino, e->cookie + 1,
                         ABI_DT_OF(inode_mode(e->inode))))
            break;
        *pos = e->cookie + 1;
        n = rb_next(&e->by_cookie);
        e = n ? rb_entry(n, struct tmpfs_entry, by_cookie) : NULL;
    }
    mutex_unlock(&f->inode->lock);
    inode_accessed(f->inode);
    return 0;
}

const struct file_ops tmpfs_dir_file_ops = {.readdir = tmpfs_readdir};
