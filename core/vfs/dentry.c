/* SPDX-License-Identifier: BSD-2-Clause */
/* Dentries: life and names.  The cache is in dcache.c. */
#include "vfs/dentry.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dcache_priv.h"
#include "vfs/path.h"

static struct kmem_cache *dentry_cache;

void dentry_init(void)
{
    dentry_cache = kmem_cache_create("dentry", sizeof(struct dentry), 0);
    kassert(dentry_cache);
}

/* Room for `len` bytes and a terminator: inside the dentry or on the heap. */
char *dentry_name_room(struct dentry *d, size_t len)
{
    return len < DENTRY_INLINE_NAME ? d->inline_name : kmalloc(len + 1);
}

int dentry_name_alloc(size_t len, char **room)
{
    *room = len < DENTRY_INLINE_NAME ? NULL : kmalloc(len + 1);
    return len < DENTRY_INLINE_NAME || *room ? 0 : -ENOMEM;
}

bool dentry_is_below(struct dentry *d, const struct dentry *top)
{
    for (;; d = d->parent) {
        if (d == top)
            return true;
        if (d->parent == d)
            return false;
    }
}

static int dentry_alloc(const char *name, size_t len, struct inode *inode,
                        struct dentry **out)
{
    struct dentry *d = kmem_cache_alloc(dentry_cache);

    if (!d)
        return -ENOMEM;
    memset(d, 0, offsetof(struct dentry, inline_name));
    d->name = dentry_name_room(d, len);
    if (!d->name) {
        kmem_cache_free(dentry_cache, d);
        return -ENOMEM;
    }
    memcpy(d->name, name, len);
    d->name[len] = '\0';
    d->name_len = (uint32_t)len;
    refcount_init(&d->refs, 1);
    spin_init(&d->lock, "dentry");
    list_init(&d->chain);
    list_init(&d->clock);
    d->parent = d;
    if (inode)
        inode_get(inode);
    d->inode = inode;
    *out = d;
    return 0;
}

int dentry_create(struct dentry *parent, const char *name, size_t len,
                  struct inode *inode, struct dentry **out)
{
    int err = dentry_alloc(name, len, inode, out);

    if (err)
        return err;
    dentry_get(parent);
    (*out)->parent = parent;
    (*out)->super = parent->super;
    return 0;
}

int dentry_create_root(struct super *s, struct inode *inode, struct dentry **out)
{
    int err = dentry_alloc("", 0, inode, out);

    if (!err)
        (*out)->super = s;
    return err;
}

int dentry_create_anon(const char *text, struct inode *inode, struct dentry **out)
{
    int err = dentry_alloc(text, strlen(text), inode, out);

    if (err)
        return err;
    (*out)->super = inode->super;
    (*out)->flags = DENTRY_ANON;
    return 0;
}

void dentry_get(struct dentry *d)
{
    refcount_get(&d->refs);
}

/* The last reference of a child may be the last of its parent: a loop, not a recursion, since
 * a path may be thousands of directories deep. */
void dentry_put(struct dentry *d)
{
    while (d && refcount_put(&d->refs)) {
        struct dentry *parent = d->parent != d ? d->parent : NULL;

        kassert(!dentry_is(d, DENTRY_HASHED) && d->mounts == 0);
        inode_put(d->inode);
        if (d->name != d->inline_name)
            kfree(d->name);
        kmem_cache_free(dentry_cache, d);
        d = parent;
    }
}

struct dentry *dentry_parent(struct dentry *d)
{
    struct dentry *parent;

    spin_lock(&d->lock);
    parent = d->parent;
    dentry_get(parent);
    spin_unlock(&d->lock);
    return parent;
}

size_t dentry_name(struct dentry *d, char *buf, size_t size)
{
    size_t len;

    spin_lock(&d->lock);
    len = strlcpy(buf, d->name, size);
    spin_unlock(&d->lock);
    return len;
}
