/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of names, in shards.  See vfs/dentry.h for the protocol.
 *
 * Each shard keeps its entries on a clock: a list whose first entry the hand points at.  An
 * entry that was used since the hand last passed gets another round; others go when nobody but
 * the cache has them.  The hand moves when a shard is over its share, and for reclaim.
 */
#include "abi/errno.h"
#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vfs/dcache_priv.h"
#include "vfs/path.h"

#define SHARD_BITS    5u
#define SHARDS        (1u << SHARD_BITS)
#define CHAIN_BITS    7u
#define CHAINS        (1u << CHAIN_BITS)
#define SHARD_ENTRIES 1024u /* bound: 32768 in all */
#define SCAN_MAX      64u   /* clock steps that one insertion may take */

struct shard {
    struct spinlock lock;
    uint32_t count, negative;
    struct list_node clock;
    struct list_node chains[CHAINS];
};

static struct shard *shards;
static uint64_t hash_seed; /* programs choose names: no chain can be aimed at */
static uint64_t moves_begun, moves_done; /* atomic; see dcache_move_seq() */

static uint64_t reclaim(uint64_t want)
{
    /* A frame holds about a dozen entries. */
    return dcache_shrink(want * 12) / 12;
}

static struct frame_reclaimer reclaimer = {.name = "dcache", .reclaim = reclaim};

void dcache_init(void)
{
    dentry_init();
    hal_entropy(&hash_seed, sizeof(hash_seed));
    shards = kcalloc(SHARDS, sizeof(*shards));
    kassert(shards);
    for (unsigned i = 0; i < SHARDS; i++) {
        spin_init(&shards[i].lock, "dcache");
        list_init(&shards[i].clock);
        for (unsigned j = 0; j < CHAINS; j++)
            list_init(&shards[i].chains[j]);
    }
    frame_reclaimer_register(&reclaimer);
}

static uint64_t name_hash(const struct dentry *parent, const char *name, size_t len)
{
    return hash_combine(hash_bytes(name, len, hash_seed), (uintptr_t)parent);
}

static struct shard *shard_of(uint64_t hash)
{
    return &shards[hash_index(hash, SHARD_BITS)];
}

static struct list_node *chain_of(struct shard *s, uint64_t hash)
{
    return &s->chains[hash & (CHAINS - 1)];
}

struct dentry *dcache_lookup(struct dentry *parent, const char *name, size_t len)
{
    uint64_t hash = name_hash(parent, name, len);
    struct shard *s = shard_of(hash);
    struct dentry *d, *found = NULL;

    spin_lock(&s->lock);
    list_for_each_entry (d, chain_of(s, hash), chain) {
        if (d->hash == hash && d->parent == parent && d->name_len == len &&
            memcmp(d->name, name, len) == 0) {
            dentry_get(d);
            if (!dentry_is(d, DENTRY_REFERENCED))
                atomic_or(&d->flags, DENTRY_REFERENCED);
            found = d;
            break;
        }
    }
    spin_unlock(&s->lock);
    return found;
}

static void unhash_locked(struct shard *s, struct dentry *d)
{
    list_del(&d->chain);
    list_del(&d->clock);
    atomic_and(&d->flags, ~(uint32_t)DENTRY_HASHED);
    s->count--;
    s->negative -= !d->inode;
}

static void hash_locked(struct shard *s, struct dentry *d)
{
    list_add(&d->chain, chain_of(s, d->hash));
    list_add_tail(&d->clock, &s->clock);
    atomic_or(&d->flags, DENTRY_HASHED);
    s->count++;
    s->negative += !d->inode;
}

/* Move the hand over up to `steps` entries and take up to `want` victims off the shard. */
static uint64_t clock_locked(struct shard *s, unsigned steps, uint64_t want,
                             struct list_node *victims)
{
    uint64_t got = 0;

    for (; steps && got < want && !list_empty(&s->clock); steps--) {
        struct dentry *d = list_first_entry(&s->clock, struct dentry, clock);

        if (refcount_read(&d->refs) > 1 || dentry_is(d, DENTRY_REFERENCED)) {
            atomic_and(&d->flags, ~(uint32_t)DENTRY_REFERENCED);
            list_move_tail(&d->clock, &s->clock);
            continue;
        }
        unhash_locked(s, d);
        list_add(&d->clock, victims);
        got++;
    }
    return got;
}

static void victims_free(struct list_node *victims)
{
    struct dentry *d, *tmp;

    list_for_each_entry_safe (d, tmp, victims, clock) {
        list_del(&d->clock);
        dentry_put(d);
    }
}

void dcache_insert(struct dentry *d)
{
    struct list_node victims = LIST_INIT(victims);
    struct shard *s;

    kassert(!dentry_is(d, DENTRY_HASHED));
    d->hash = name_hash(d->parent, d->name, d->name_len);
    s = shard_of(d->hash);
    dentry_get(d);
    spin_lock(&s->lock);
    hash_locked(s, d);
    if (s->count > SHARD_ENTRIES)
        (void)clock_locked(s, SCAN_MAX, 2, &victims);
    spin_unlock(&s->lock);
    victims_free(&victims);
}

void dcache_drop(struct dentry *d)
{
    struct shard *s = shard_of(d->hash);
    bool was;

    spin_lock(&s->lock);
    was = dentry_is(d, DENTRY_HASHED);
    if (was)
        unhash_locked(s, d);
    spin_unlock(&s->lock);
    if (was)
        dentry_put(d);
}

/* A directory that is gone has no entries left but names that are known not to exist.  They
 * would keep it, and its inode, until the hand comes by. */
static void forget_children(const struct dentry *parent)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct list_node victims = LIST_INIT(victims);
        struct dentry *d, *tmp;

        spin_lock(&shards[i].lock);
        list_for_each_entry_safe (d, tmp, &shards[i].clock, clock) {
            if (d->parent != parent)
                continue;
            unhash_locked(&shards[i], d);
            list_add(&d->clock, &victims);
        }
        spin_unlock(&shards[i].lock);
        victims_free(&victims);
    }
}

void dcache_unlink(struct dentry *d)
{
    atomic_or(&d->flags, DENTRY_UNLINKED);
    dcache_drop(d);
    /* The caller has one reference; more are somebody's who is there, or children's. */
    if (d->inode && S_ISDIR(inode_mode(d->inode)) && refcount_read(&d->refs) > 1)
        forget_children(d);
}

static void lock_two(struct shard *a, struct shard *b)
{
    if (a > b) {
        struct shard *tmp = a;

        a = b;
        b = tmp;
    }
    spin_lock(&a->lock);
    if (a != b)
        spin_lock_nested(&b->lock, 1);
}

static void unlock_two(struct shard *a, struct shard *b)
{
    spin_unlock(&a->lock);
    if (a != b)
        spin_unlock(&b->lock);
}

void dcache_moves_begin(void)
{
    atomic_inc(&moves_begun);
}

void dcache_moves_end(void)
{
    atomic_inc(&moves_done);
}

void dcache_move(struct dentry *d, struct dentry *parent, const char *name, size_t len,
                 char *room)
{
    char *old_name = d->name;
    struct dentry *old_parent = d->parent;
    uint64_t hash = name_hash(parent, name, len);
    struct shard *from = shard_of(d->hash), *to = shard_of(hash);

    kassert(len < DENTRY_INLINE_NAME || room);
    dentry_get(parent);
    dcache_moves_begin();
    lock_two(from, to);
    if (dentry_is(d, DENTRY_HASHED))
        unhash_locked(from, d);
    else
        dentry_get(d); /* the cache's */
    spin_lock(&d->lock);
    d->name = room ? room : d->inline_name;
    memcpy(d->name, name, len);
    d->name[len] = '\0';
    d->name_len = (uint32_t)len;
    if (old_parent != parent) /* else others may be reading it under another lock */
        d->parent = parent;
    d->hash = hash;
    spin_unlock(&d->lock);
    hash_locked(to, d);
    unlock_two(from, to);
    dcache_moves_end();
    if (old_name != d->inline_name)
        kfree(old_name);
    dentry_put(old_parent);
}

/* Name, length and parent of the two change places; heap names are handed over. */
static void swap_names_locked(struct dentry *a, struct dentry *b)
{
    char inline_a[DENTRY_INLINE_NAME];
    char *name_a = a->name == a->inline_name ? NULL : a->name;
    char *name_b = b->name == b->inline_name ? NULL : b->name;
    struct dentry *parent = a->parent;
    uint32_t len = a->name_len;
    uint64_t hash = a->hash;

    memcpy(inline_a, a->inline_name, sizeof(inline_a));
    memcpy(a->inline_name, b->inline_name, sizeof(inline_a));
    memcpy(b->inline_name, inline_a, sizeof(inline_a));
    a->name = name_b ? name_b : a->inline_name;
    b->name = name_a ? name_a : b->inline_name;
    a->name_len = b->name_len;
    b->name_len = len;
    if (a->parent != b->parent) { /* else others may be reading it under another lock */
        a->parent = b->parent;
        b->parent = parent;
    }
    a->hash = b->hash;
    b->hash = hash;
}

void dcache_exchange(struct dentry *a, struct dentry *b)
{
    struct shard *sa = shard_of(a->hash), *sb = shard_of(b->hash);
    struct dentry *low = a < b ? a : b, *high = a < b ? b : a;

    kassert(a != b);
    dcache_moves_begin();
    lock_two(sa, sb);
    if (dentry_is(a, DENTRY_HASHED))
        unhash_locked(sa, a);
    else
        dentry_get(a);
    if (dentry_is(b, DENTRY_HASHED))
        unhash_locked(sb, b);
    else
        dentry_get(b);
    spin_lock(&low->lock);
    spin_lock_nested(&high->lock, 1);
    swap_names_locked(a, b);
    spin_unlock(&high->lock);
    spin_unlock(&low->lock);
    hash_locked(sb, a);
    hash_locked(sa, b);
    unlock_two(sa, sb);
    dcache_moves_end();
}

static uint64_t shrink_round(uint64_t want)
{
    uint64_t got = 0;

    for (unsigned i = 0; i < SHARDS && got < want; i++) {
        struct list_node victims = LIST_INIT(victims);

        if (!spin_trylock(&shards[i].lock))
            continue;
        got += clock_locked(&shards[i], shards[i].count, want - got, &victims);
        spin_unlock(&shards[i].lock);
        victims_free(&victims);
    }
    return got;
}

/* A round frees what was not used lately, the next one what the first has found used; and when
 * leaves go, their parents become leaves.  So it ends when two rounds free nothing. */
uint64_t dcache_shrink(uint64_t want)
{
    uint64_t got = 0;
    unsigned idle = 0;

    while (got < want && idle < 2) {
        uint64_t n = shrink_round(want - got);

        idle = n ? 0 : idle + 1;
        got += n;
    }
    return got;
}

void dcache_forget_super(struct super *super)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct list_node victims = LIST_INIT(victims);
        struct dentry *d, *tmp;

        spin_lock(&shards[i].lock);
        list_for_each_entry_safe (d, tmp, &shards[i].clock, clock) {
            if (d->super != super)
                continue;
            unhash_locked(&shards[i], d);
            list_add(&d->clock, &victims);
        }
        spin_unlock(&shards[i].lock);
        victims_free(&victims);
    }
}

uint64_t dcache_move_seq(void)
{
    return atomic_load(&moves_done);
}

bool dcache_moved_since(uint64_t seq)
{
    return atomic_load(&moves_begun) != seq;
}

void dcache_stats(struct dcache_stats *out)
{
    *out = (struct dcache_stats){0};
    for (unsigned i = 0; i < SHARDS; i++) {
        out->entries += atomic_load_relaxed(&shards[i].count);
        out->negative += atomic_load_relaxed(&shards[i].negative);
    }
}
