/* SPDX-License-Identifier: BSD-2-Clause */
/* Filesystem types and superblocks. */
#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"

/* Types are registered at boot and never removed, so readers need the lock only to be shown a
 * complete list. */
static struct spinlock types_lock = SPINLOCK_INIT("vfs.fs_types");
static struct list_node types = LIST_INIT(types);

void fs_type_register(struct fs_type *t)
{
    spin_lock(&types_lock);
    list_add_tail(&t->link, &types);
    spin_unlock(&types_lock);
}

const struct fs_type *fs_type_find(const char *name)
{
    const struct fs_type *found = NULL;
    struct fs_type *t;

    spin_lock(&types_lock);
    list_for_each_entry (t, &types, link) {
        if (str_eq(t->name, name)) {
            found = t;
            break;
        }
    }
    spin_unlock(&types_lock);
    return found;
}

int fs_type_each(int (*fn)(const struct fs_type *t, void *arg), void *arg)
{
    struct fs_type *t;

    list_for_each_entry (t, &types, link) {
        int err = fn(t, arg);

        if (err)
            return err;
    }
    return 0;
}

int super_create(const struct super_ops *ops, const char *type, uint32_t flags,
                 struct super **out)
{
    static uint32_t next_minor = 1;
    struct super *s = kzalloc(sizeof(*s));

    if (!s)
        return -ENOMEM;
    s->ops = ops;
    s->type = type;
    s->flags = flags;
    refcount_init(&s->refs, 1);
    mutex_init(&s->rename_lock, "vfs.rename");
    /* Major 0: filesystems without a device, numbered as they come. */
    s->dev = abi_dev_make(0, atomic_fetch_add(&next_minor, 1));
    *out = s;
    return 0;
}

int super_make_root(struct super *s)
{
    kassert(s->root && s->root->super == s);
    if (s->root_dentry)
        return 0;
    return dentry_create_root(s, s->root, &s->root_dentry);
}

void super_get(struct super *s)
{
    refcount_get(&s->refs);
}

void super_put(struct super *s)
{
    if (!refcount_put(&s->refs))
        return;
    kassert(!s->no_kill);
    dcache_forget_super(s);
    if (s->root_dentry)
        dentry_put(s->root_dentry);
    if (s->root)
        inode_put(s->root);
    if (s->ops->unmount)
        s->ops->unmount(s);
    kfree(s);
}
