/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directory entries and their cache.
 *
 * A dentry's inode never changes: a name that comes or goes gets a new dentry and the old one
 * is dropped from the cache.  Only rename changes parent and name.  The cache is divided in
 * shards by hash of (parent, name); each has its own lock, chains and clock hand, so that no
 * lock is taken by every walk.  A cached dentry carries one reference of the cache: refs == 1
 * under the shard lock means that nobody else has it, and then the clock may evict it.  A
 * child holds a reference to its parent, so leaves go first.
 *
 * Owner:   reference counted.
 * Context: thread context.
 * Locking: shard.lock for chains; parent and name change under the shard lock(s) and
 *          dentry.lock together, so either is enough to read them.  Order: shard (low index
 *          first), dentry.  Who inserts, drops or moves holds the parent's inode lock.
 * Errors:  -ENOMEM.
 */
#ifndef CLOUDOS_VFS_DENTRY_H
#define CLOUDOS_VFS_DENTRY_H

#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/spinlock.h"
#include "vfs/inode.h"

#define DENTRY_INLINE_NAME 40

enum dentry_flags {
    DENTRY_HASHED = 1,     /* under the shard lock */
    DENTRY_REFERENCED = 2, /* used since the clock hand passed */
    DENTRY_UNLINKED = 4,   /* its name is gone: " (deleted)" */
    DENTRY_ANON = 8,       /* the name is the whole text: "pipe:[12]" */
};

struct dentry {
    struct refcount refs;
    uint32_t flags;  /* DENTRY_*, atomic */
    uint32_t mounts; /* mounts on it, atomic; looked at before the mount table */
    uint32_t name_len;
    uint64_t hash;
    struct dentry *parent; /* itself for a root and without a name in the tree */
    struct inode *inode;   /* NULL: known not to exist */
    struct super *super;
    struct spinlock lock;
    struct list_node chain, clock;
    char *name;
    char inline_name[DENTRY_INLINE_NAME];
};

static inline bool dentry_is(const struct dentry *d, uint32_t flag)
{
    return atomic_load_relaxed(&d->flags) & flag;
}

void dcache_init(void);
/* A dentry that is not in the cache, one reference; takes its own of parent and inode. */
MUST_CHECK int dentry_create(struct dentry *parent, const char *name, size_t len,
                             struct inode *inode, struct dentry **out);
MUST_CHECK int dentry_create_root(struct super *s, struct inode *inode,
                                  struct dentry **out);
MUST_CHECK int dentry_create_anon(const char *text, struct inode *inode,
                                  struct dentry **out);
void dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
/* With a reference, or NULL. */
struct dentry *dentry_parent(struct dentry *d);
/* Copy of the name; `size` of VFS_NAME_MAX + 1 is always enough. */
size_t dentry_name(struct dentry *d, char *buf, size_t size);

/* Path from the root of its filesystem: length, or -ENAMETOOLONG. */
MUST_CHECK int64_t dentry_text(struct dentry *d, char *buf, size_t size);

/* What the cache knows: with a reference (maybe a negative one), or NULL. */
struct dentry *dcache_lookup(struct dentry *parent, const char *name, size_t len);
void dcache_insert(struct dentry *d);
void dcache_drop(struct dentry *d);   /* the name is not (any more) what it says */
void dcache_unlink(struct dentry *d); /* the same, and the name is gone */
/* `d` becomes `name` below `parent`; the super's rename lock is held as well unless the parent
 * stays.  `room`: dentry_name_alloc(len), taken over, so that this cannot fail. */
void dcache_move(struct dentry *d, struct dentry *parent, const char *name, size_t len,
                 char *room);
/* Heap room for a name that does not fit into a dentry: *room NULL if none is needed. */
MUST_CHECK int dentry_name_alloc(size_t len, char **room);
/* `d` is `top` or below it, in one filesystem; the super's rename lock is held. */
bool dentry_is_below(struct dentry *d, const struct dentry *top);
/* Both change places. */
void dcache_exchange(struct dentry *a, struct dentry *b);
uint64_t dcache_shrink(uint64_t want);
void dcache_forget_super(struct super *s); /* drop every entry of it */
/* A reader of several parents takes the number first and asks last: true if some entry or
 * mount moved in between or was on its way at one of the two moments. */
uint64_t dcache_move_seq(void);
bool dcache_moved_since(uint64_t seq);
/* Around a change of who is above whom; moves may overlap. */
void dcache_moves_begin(void);
void dcache_moves_end(void);

struct dcache_stats {
    uint64_t entries, negative;
};
void dcache_stats(struct dcache_stats *out);

#endif /* CLOUDOS_VFS_DENTRY_H */
