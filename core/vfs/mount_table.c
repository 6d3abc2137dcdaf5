/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of mounts. */
#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/mount.h"

#define HASH_BITS 6u

static struct spinlock table_lock = SPINLOCK_INIT("vfs.mounts");
static struct list_node mounts = LIST_INIT(mounts);
static struct list_node by_place[1u << HASH_BITS];
static uint32_t mount_count, next_id = 1;

static struct list_node *place_chain(const struct mount *parent, const struct dentry *at)
{
    struct list_node *chain =
        &by_place[hash_index(hash_combine((uintptr_t)parent, (uintptr_t)at), HASH_BITS)];

    if (!chain->next) /* first use; under the lock */
        list_init(chain);
    return chain;
}

int mount_create(struct super *s, struct dentry *root, const char *source, uint32_t flags,
                 struct mount **out)
{
    struct mount *m = kzalloc(sizeof(*m));

    if (!m)
        return -ENOMEM;
    m->source = kstrdup(source);
    if (!m->source) {
        kfree(m);
        return -ENOMEM;
    }
    refcount_init(&m->refs, 1);
    m->flags = flags;
    list_init(&m->link);
    list_init(&m->hash);
    super_get(s);
    m->super = s;
    dentry_get(root);
    m->root = root;
    *out = m;
    return 0;
}

void mount_get(struct mount *m)
{
    refcount_get(&m->refs);
}

void mount_put(struct mount *m)
{
    if (!m || !refcount_put(&m->refs))
        return;
    kassert(!m->attached && m->children == 0);
    dentry_put(m->root);
    super_put(m->super);
    kfree(m->source);
    kfree(m);
}

static void link_locked(struct mount *m, struct mount *parent, struct dentry *at)
{
    mount_get(parent);
    dentry_get(at);
    m->parent = parent;
    m->parent_id = parent->id;
    m->mountpoint = at;
    parent->children++;
    atomic_inc(&at->mounts);
    list_add(&m->hash, place_chain(parent, at));
}

/* What the mount held of its place; the caller drops it after unlocking. */
static struct vfs_path unlink_locked(struct mount *m)
{
    struct vfs_path place = {m->parent, m->mountpoint};

    list_del(&m->hash);
    m->parent->children--;
    atomic_dec(&m->mountpoint->mounts);
    m->parent = NULL;
    m->mountpoint = NULL;
    return place;
}

static void enlist_locked(struct mount *m)
{
    mount_get(m);
    m->attached = true;
    m->id = next_id++;
    mount_count++;
    list_add_tail(&m->link, &mounts);
}

int mount_attach(struct mount *m, const struct vfs_path *at)
{
    int err = 0;

    spin_lock(&table_lock);
    if (!at->mount->attached)
        err = -EINVAL;
    else if (at->dentry == at->mount->root && m->root == at->mount->root)
        err = -EBUSY;
    else if (mount_count >= MOUNTS_MAX)
        err = -ENOSPC;
    if (!err) {
        link_locked(m, at->mount, at->dentry);
        enlist_locked(m);
    }
    spin_unlock(&table_lock);
    return err;
}

void mount_attach_root(struct mount *m)
{
    spin_lock(&table_lock);
    enlist_locked(m);
    spin_unlock(&table_lock);
}

static bool below_locked(const struct mount *m, const struct mount *top)
{
    for (; m; m = m->parent) {
        if (m == top)
            return true;
    }
    return false;
}

static struct vfs_path delist_locked(struct mount *m)
{
    m->attached = false;
    mount_count--;
    list_del(&m->link);
    return unlink_locked(m);
}

/* Some leaf of the tree below `top`, off the table; or NULL. */
static struct mount *detach_leaf(struct mount *top, struct vfs_path *place)
{
    struct mount *m, *victim = NULL;

    spin_lock(&table_lock);
    list_for_each_entry_reverse (m, &mounts, link) {
        if (m->children == 0 && m->parent && below_locked(m, top)) {
            victim = m;
            *place = delist_locked(m);
            break;
        }
    }
    spin_unlock(&table_lock);
    return victim;
}

static int detach_strict(struct mount *m)
{
    struct vfs_path place = {NULL, NULL};
    int err = 0;

    spin_lock(&table_lock);
    if (!m->attached || !m->parent)
        err = -EINVAL;
    else if (m->children || refcount_read(&m->refs) > 2)
        err = -EBUSY; /* the table's reference and the caller's are not "in use" */
    else
        place = delist_locked(m);
    spin_unlock(&table_lock);
    if (!err) {
        vfs_path_put(&place);
        mount_put(m);
    }
    return err;
}

int mount_detach(struct mount *m, bool lazy)
{
    struct mount *gone = NULL;
    struct vfs_path place;

    if (!lazy)
        return detach_strict(m);
    if (!m->parent)
        return -EINVAL;
    while (gone != m && (gone = detach_leaf(m, &place))) {
        vfs_path_put(&place);
        mount_put(gone); /* the caller still has one of m */
    }
    return 0;
}

int mount_move(struct mount *m, const struct vfs_path *to)
{
    struct vfs_path old = {NULL, NULL};
    int err = 0;

    dcache_moves_begin();
    spin_lock(&table_lock);
    if (!m->attached || !m->parent || !to->mount->attached)
        err = -EINVAL;
    else if (below_locked(to->mount, m))
        err = -ELOOP;
    if (!err) {
        old = unlink_locked(m);
        link_locked(m, to->mount, to->dentry);
    }
    spin_unlock(&table_lock);
    dcache_moves_end();
    if (!err)
        vfs_path_put(&old);
    return err;
}

void mount_set_flags(struct mount *m, uint32_t flags)
{
    spin_lock(&table_lock);
    atomic_store_relaxed(&m->flags, flags);
    spin_unlock(&table_lock);
}

bool mount_cross_down(struct vfs_path *p)
{
    bool moved = false;

    while (atomic_load_acquire(&p->dentry->mounts)) {
        struct mount *m, *found = NULL;

        spin_lock(&table_lock);
        list_for_each_entry (m, place_chain(p->mount, p->dentry), hash) {
            if (m->parent == p->mount && m->mountpoint == p->dentry) {
                mount_get(m);
                found = m;
                break;
            }
        }
        spin_unlock(&table_lock);
        if (!found)
            return moved; /* mounted on in another mount of the same filesystem */
        vfs_path_put(p);
        p->mount = found;
        p->dentry = found->root;
        dentry_get(p->dentry);
        moved = true;
    }
    return moved;
}

bool mount_cross_up(struct vfs_path *p)
{
    struct vfs_path up = {NULL, NULL};

    kassert(p->dentry == p->mount->root);
    spin_lock(&table_lock);
    if (p->mount->parent) {
        up.mount = p->mount->parent;
        up.dentry = p->mount->mountpoint;
        vfs_path_get(&up);
    }
    spin_unlock(&table_lock);
    if (!up.mount)
        return false;
    vfs_path_put(p);
    *p = up;
    return true;
}

struct mount *mount_next(uint32_t id)
{
    struct mount *m, *best = NULL;

    spin_lock(&table_lock);
    list_for_each_entry (m, &mounts, link) {
        if (m->id > id) { /* in order of ids */
            mount_get(m);
            best = m;
            break;
        }
    }
    spin_unlock(&table_lock);
    return best;
}
