/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rename(2).
 *
 * Two parents are locked ancestor first, because others lock a directory and then its child;
 * super.rename_lock keeps the tree as it is meanwhile, so that "ancestor" means something and
 * no two renames can make a loop.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/names_priv.h"
#include "vfs/notify.h"

struct rename {
    struct walk from, to;
    struct dentry *old, *target; /* entries; the target may be negative */
    uint32_t flags;
    bool tree_locked;
    char *room, names[2][VFS_NAME_MAX + 1];
};

static void lock_parents(struct rename *r)
{
    struct dentry *a = r->from.cur.dentry, *b = r->to.cur.dentry;

    if (a == b) {
        mutex_lock(&a->inode->lock);
        return;
    }
    mutex_lock(&a->super->rename_lock);
    r->tree_locked = true;
    if (dentry_is_below(a, b) || (!dentry_is_below(b, a) && a > b)) {
        struct dentry *tmp = a;

        a = b;
        b = tmp;
    }
    mutex_lock(&a->inode->lock);
    mutex_lock_nested(&b->inode->lock, DIR_LOCK_SECOND);
}

static void unlock_parents(struct rename *r)
{
    struct dentry *a = r->from.cur.dentry, *b = r->to.cur.dentry;

    mutex_unlock(&a->inode->lock);
    if (a == b)
        return;
    mutex_unlock(&b->inode->lock);
    mutex_unlock(&a->super->rename_lock);
}

static int check_names(const struct rename *r)
{
    bool old_dir = r->old->inode && S_ISDIR(inode_mode(r->old->inode));
    bool exchange = r->flags & RENAME_EXCHANGE;

    if (!r->old->inode)
        return -ENOENT;
    if (r->target->inode && (r->flags & RENAME_NOREPLACE))
        return -EEXIST;
    if (!r->target->inode && exchange)
        return -ENOENT;
    if (!old_dir && (r->from.slash || (r->to.slash && !exchange)))
        return -ENOTDIR;
    if (exchange && r->to.slash && !S_ISDIR(inode_mode(r->target->inode)))
        return -ENOTDIR;
    if (r->tree_locked) {
        if (dentry_is_below(r->to.cur.dentry, r->old))
            return -EINVAL;
        if (r->target->inode && dentry_is_below(r->from.cur.dentry, r->target))
            return exchange ? -EINVAL : -ENOTEMPTY;
    }
    return 0;
}

/* A directory that changes its parent gets another "..", so it must be writable itself. */
static int check_dotdot(const struct rename *r, struct dentry *moved)
{
    if (!r->tree_locked || !S_ISDIR(inode_mode(moved->inode)))
        return 0;
    return inode_permission(moved->inode, r->from.ctx->cred, 2);
}

static int check_rights(struct rename *r)
{
    bool exchange = r->flags & RENAME_EXCHANGE;
    int err = may_delete(&r->from, r->old);

    if (err)
        return err;
    if (!r->target->inode)
        err = may_create(&r->to);
    else
        err = may_delete(&r->to, r->target);
    if (!err && r->target->inode && !exchange) {
        if (S_ISDIR(inode_mode(r->old->inode)) && !S_ISDIR(inode_mode(r->target->inode)))
            err = -ENOTDIR;
        else if (!S_ISDIR(inode_mode(r->old->inode)) &&
                 S_ISDIR(inode_mode(r->target->inode)))
            err = -EISDIR;
    }
    if (!err)
        err = check_dotdot(r, r->old);
    if (!err && exchange)
        err = check_dotdot(r, r->target);
    return err;
}

static int do_rename(struct rename *r)
{
    struct inode *from = r->from.cur.dentry->inode, *to = r->to.cur.dentry->inode;
    struct inode *victim = r->target->inode;
    int err;

    if (victim && S_ISDIR(inode_mode(victim)))
        mutex_lock_nested(&victim->lock, DIR_LOCK_VICTIM);
    else if (victim)
        mutex_lock(&victim->lock);
    err = from->ops->dir->rename(from, r->names[0], to, r->names[1], r->flags);
    if (victim)
        mutex_unlock(&victim->lock);
    if (err)
        return err;
    if (r->flags & RENAME_EXCHANGE) {
        dcache_exchange(r->old, r->target);
        return 0;
    }
    if (victim)
        dcache_unlink(r->target);
    else
        dcache_drop(r->target);
    dcache_move(r->old, r->to.cur.dentry, r->names[1], r->to.name_len, r->room);
    r->room = NULL;
    return 0;
}

static int rename_locked(struct rename *r)
{
    int err =
        walk_lookup_locked(r->from.cur.dentry, r->from.name, r->from.name_len, &r->old);

    if (!err)
        err =
            walk_lookup_locked(r->to.cur.dentry, r->to.name, r->to.name_len, &r->target);
    if (!err)
        err = check_names(r);
    if (err)
        return err;
    if (r->old->inode == r->target->inode)
        return 1; /* two names of one file: nothing to do */
    if (!r->from.cur.dentry->inode->ops->dir->rename)
        return -EPERM;
    err = check_rights(r);
    if (!err)
        err = dentry_name_alloc(r->to.name_len, &r->room);
    return err ? err : do_rename(r);
}

static void notify_renamed(struct rename *r)
{
    struct inode *from = r->from.cur.dentry->inode, *to = r->to.cur.dentry->inode;
    struct inode *moved = r->old->inode;
    uint32_t dir = S_ISDIR(inode_mode(moved)) ? IN_ISDIR : 0;
    uint32_t cookie = notify_cookie();

    notify_inode(from, IN_MOVED_FROM | dir, cookie, r->names[0]);
    notify_inode(to, IN_MOVED_TO | dir, cookie, r->names[1]);
    notify_inode(moved, IN_MOVE_SELF | dir, 0, NULL);
    if (r->target->inode && !(r->flags & RENAME_EXCHANGE) &&
        atomic_load_relaxed(&r->target->inode->nlink) == 0)
        notify_inode_gone(r->target->inode);
}

static int check_walks(const struct rename *r)
{
    if (r->from.cur.mount != r->to.cur.mount)
        return -EXDEV;
    if (r->from.last != WALK_NAME)
        return -EBUSY;
    if (r->to.last != WALK_NAME)
        return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    return 0;
}

static int rename_walked(struct rename *r)
{
    int err = check_walks(r);

    if (err)
        return err;
    memcpy(r->names[0], r->from.name, r->from.name_len);
    r->names[0][r->from.name_len] = '\0';
    memcpy(r->names[1], r->to.name, r->to.name_len);
    r->names[1][r->to.name_len] = '\0';
    lock_parents(r);
    err = rename_locked(r);
    unlock_parents(r);
    if (err == 0)
        notify_renamed(r);
    if (r->old)
        dentry_put(r->old);
    if (r->target)
        dentry_put(r->target);
    kfree(r->room);
    return err > 0 ? 0 : err;
}

int vfs_rename(const struct vfs_context *ctx, const struct vfs_path *old_at,
               const char *old_path, const struct vfs_path *new_at, const char *new_path,
               uint32_t flags)
{
    struct rename *r;
    int err;

    if ((flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    r = kzalloc(sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->flags = flags;
    err = walk_start(&r->from, ctx, old_at, old_path, 0);
    if (!err)
        err = walk_to_parent(&r->from);
    if (!err)
        err = walk_start(&r->to, ctx, new_at, new_path, 0);
    if (!err)
        err = walk_to_parent(&r->to);
    if (!err)
        err = rename_walked(r);
    walk_end(&r->from);
    walk_end(&r->to);
    kfree(r);
    return err;
}
