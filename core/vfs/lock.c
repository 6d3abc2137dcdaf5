/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks: the rules.  An inode's locks are a list; those of one owner never overlap and
 * neighbours of one type are one lock, so setting a range first cuts it out of what the owner
 * has and then puts the new piece in.
 */
#include "vfs/lock.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "mm/slab.h"
#include "sched/wait.h"
#include "vfs/file_priv.h"

#define QUEUE_BITS 4u
#define CHAIN_MAX  64u /* owners followed in the search for a deadlock */

/* Who sleeps for a POSIX lock, and for whom. */
struct waiter {
    struct list_node link;
    const void *owner, *blocker;
};

static struct spinlock waiters_lock = SPINLOCK_INIT("file_lock.waiters");
static struct list_node waiters = LIST_INIT(waiters);
static struct wait_queue queues[1u << QUEUE_BITS];

void lock_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(queues); i++)
        wait_queue_init(&queues[i]);
}

static struct wait_queue *queue_of(const struct inode *inode)
{
    return &queues[hash_index(hash_u64((uintptr_t)inode), QUEUE_BITS)];
}

static bool same_space(enum lock_kind a, enum lock_kind b)
{
    return (a == LOCK_FLOCK) == (b == LOCK_FLOCK);
}

static bool conflicts(const struct file_lock *have, const struct file_lock *want)
{
    if (!same_space(have->kind, want->kind) || have->owner == want->owner)
        return false;
    if (have->end < want->start || want->end < have->start)
        return false;
    return have->type == F_WRLCK || want->type == F_WRLCK;
}

static struct file_lock *conflict_locked(struct inode *inode,
                                         const struct file_lock *want)
{
    struct file_lock *l;

    list_for_each_entry (l, &inode->locks, link) {
        if (conflicts(l, want))
            return l;
    }
    return NULL;
}

/* Cut [req->start, req->end] out of the owner's locks.  A lock that has something left on both
 * sides becomes two: *spare is used for the second.  Emptied ones go to `dead`. */
static void cut_locked(struct inode *inode, const struct file_lock *req,
                       struct file_lock **spare, struct list_node *dead)
{
    struct file_lock *l, *tmp;

    list_for_each_entry_safe (l, tmp, &inode->locks, link) {
        if (l->kind != req->kind || l->owner != req->owner || l->end < req->start ||
            req->end < l->start)
            continue;
        if (l->start < req->start && l->end > req->end) {
            struct file_lock *right = *spare;

            *spare = NULL;
            *right = *l;
            right->start = req->end + 1;
            list_add(&right->link, &l->link);
            l->end = req->start - 1;
        } else if (l->start < req->start) {
            l->end = req->start - 1;
        } else if (l->end > req->end) {
            l->start = req->end + 1;
        } else {
            list_move(&l->link, dead);
        }
    }
}

/* Let `l` swallow the owner's neighbours of the same type. */
static void join_locked(struct inode *inode, struct file_lock *l, struct list_node *dead)
{
    struct file_lock *o, *tmp;

    list_for_each_entry_safe (o, tmp, &inode->locks, link) {
        if (o == l || o->kind != l->kind || o->owner != l->owner || o->type != l->type)
            continue;
        if (o->end != UINT64_MAX && o->end + 1 == l->start)
            l->start = o->start;
        else if (l->end != UINT64_MAX && l->end + 1 == o->start)
            l->end = o->end;
        else
            continue;
        list_move(&o->link, dead);
    }
}

static void free_all(struct list_node *dead)
{
    struct file_lock *l, *tmp;

    list_for_each_entry_safe (l, tmp, dead, link) {
        list_del(&l->link);
        kfree(l);
    }
}

/* 0, or -EAGAIN with *blocker.  On success locks have changed and waiters may try again. */
static int try_set(struct inode *inode, const struct file_lock *req, const void **blocker)
{
    struct list_node dead = LIST_INIT(dead);
    struct file_lock *fresh = NULL, *spare = kmalloc(sizeof(*spare)), *other = NULL;

    if (req->type != F_UNLCK)
        fresh = kmalloc(sizeof(*fresh));
    if (!spare || (req->type != F_UNLCK && !fresh)) {
        kfree(spare);
        kfree(fresh);
        return -ENOMEM;
    }
    spin_lock(&inode->watch_lock);
    if (fresh)
        other = conflict_locked(inode, req);
    if (other) {
        *blocker = other->owner;
    } else {
        cut_locked(inode, req, &spare, &dead);
        if (fresh) {
            *fresh = *req;
            list_add_tail(&fresh->link, &inode->locks);
            atomic_or(&inode->flags, INODE_LOCKED);
            join_locked(inode, fresh, &dead);
        }
    }
    spin_unlock(&inode->watch_lock);
    kfree(spare);
    if (other) {
        kfree(fresh);
        return -EAGAIN;
    }
    free_all(&dead);
    wait_wake_all(queue_of(inode));
    return 0;
}

/* Does `blocker` wait, through others, for `owner`? */
static bool deadlock_locked(const void *owner, const void *blocker)
{
    for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
        const void *next = NULL;
        struct waiter *w;

        list_for_each_entry (w, &waiters, link) {
            if (w->owner == blocker) {
                next = w->blocker;
                break;
            }
        }
        if (!next)
            return false;
        if (next == owner)
            return true;
        blocker = next;
    }
    return false;
}

static int waiter_add(struct waiter *w, const struct file_lock *req, const void *blocker)
{
    int err = 0;

    *w = (struct waiter){.owner = req->owner, .blocker = blocker};
    list_init(&w->link);
    if (req->kind != LOCK_POSIX)
        return 0; /* fcntl(2): only traditional locks are checked */
    spin_lock(&waiters_lock);
    if (deadlock_locked(req->owner, blocker))
        err = -EDEADLK;
    else
        list_add(&w->link, &waiters);
    spin_unlock(&waiters_lock);
    return err;
}

static void waiter_remove(struct waiter *w)
{
    spin_lock(&waiters_lock);
    list_del(&w->link);
    spin_unlock(&waiters_lock);
}

static bool still_blocked(struct inode *inode, const struct file_lock *req)
{
    bool blocked;

    spin_lock(&inode->watch_lock);
    blocked = conflict_locked(inode, req) != NULL;
    spin_unlock(&inode->watch_lock);
    return blocked;
}

int lock_set(struct inode *inode, const struct file_lock *req, bool wait)
{
    for (;;) {
        const void *blocker = NULL;
        struct waiter w;
        int err = try_set(inode, req, &blocker);

        if (err != -EAGAIN || !wait)
            return err;
        err = waiter_add(&w, req, blocker);
        if (err)
            return err;
        err = wait_event(queue_of(inode), !still_blocked(inode, req));
        waiter_remove(&w);
        if (err)
            return err;
    }
}

void lock_test(struct inode *inode, struct file_lock *req)
{
    struct file_lock *other;

    spin_lock(&inode->watch_lock);
    other = conflict_locked(inode, req);
    if (other)
        *req = *other;
    else
        req->type = F_UNLCK;
    spin_unlock(&inode->watch_lock);
}

static void release_owner(struct inode *inode, const void *owner)
{
    struct list_node dead = LIST_INIT(dead);
    struct file_lock *l, *tmp;

    spin_lock(&inode->watch_lock);
    list_for_each_entry_safe (l, tmp, &inode->locks, link) {
        if (l->owner == owner)
            list_move(&l->link, &dead);
    }
    if (list_empty(&inode->locks))
        atomic_and(&inode->flags, ~(uint32_t)INODE_LOCKED);
    spin_unlock(&inode->watch_lock);
    if (list_empty(&dead))
        return;
    free_all(&dead);
    wait_wake_all(queue_of(inode));
}

void lock_release_table(struct inode *inode, const struct fd_table *t)
{
    release_owner(inode, t);
}

void lock_release_file(struct inode *inode, const struct file *f)
{
    release_owner(inode, f);
}

void lock_release_all(struct inode *inode)
{
    free_all(&inode->locks); /* nobody else can reach the list any more */
}

void lock_each(struct inode *inode, void (*fn)(const struct file_lock *l, void *arg),
               void *arg)
{
    struct file_lock *l;

    spin_lock(&inode->watch_lock);
    list_for_each_entry (l, &inode->locks, link) {
        fn(l, arg);
    }
    spin_unlock(&inode->watch_lock);
}
