/* SPDX-License-Identifier: BSD-2-Clause */
/* Inodes: life, rights, times, status. */
#include "vfs/inode.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/clock.h"
#include "vfs/lock.h"

#define NSEC_PER_SEC 1000000000u
#define RELATIME_SEC (24 * 60 * 60)

struct vfs_time vfs_now(void)
{
    uint64_t now = clock_wall_ns();

    return (struct vfs_time){(int64_t)(now / NSEC_PER_SEC),
                             (uint32_t)(now % NSEC_PER_SEC)};
}

uint64_t inode_next_ino(void)
{
    static uint64_t next = 1;

    return atomic_fetch_add_relaxed(&next, 1);
}

static const struct inode_ops no_ops;

void inode_init(struct inode *inode, struct super *s, uint32_t mode)
{
    memset(inode, 0, sizeof(*inode));
    refcount_init(&inode->refs, 1);
    inode->super = s;
    inode->ops = &no_ops;
    inode->mode = mode;
    inode->nlink = 1;
    inode->ino = inode_next_ino();
    mutex_init(&inode->lock, S_ISDIR(mode) ? "inode.dir" : "inode.file");
    spin_init(&inode->watch_lock, "inode.watch");
    list_init(&inode->watches);
    list_init(&inode->locks);
    inode->btime = vfs_now();
    inode->atime = inode->mtime = inode->ctime = inode->btime;
}

struct inode *inode_alloc(struct super *s, uint32_t mode)
{
    struct inode *inode = kmalloc(sizeof(*inode));

    if (inode)
        inode_init(inode, s, mode);
    return inode;
}

void inode_object_init(struct inode *inode, const struct vm_object_ops *ops,
                       uint64_t size)
{
    kassert(!inode_has(inode, INODE_OBJECT));
    vm_object_init(&inode->object, ops, size);
    inode->flags |= INODE_OBJECT;
}

void inode_get(struct inode *inode)
{
    refcount_get(&inode->refs);
}

void inode_put(struct inode *inode)
{
    if (!inode || !refcount_put(&inode->refs))
        return;
    kassert(list_empty(&inode->watches)); /* a watch holds the inode */
    lock_release_all(inode);
    if (inode->ops->evict)
        inode->ops->evict(inode);
    if (inode_has(inode, INODE_OBJECT))
        vm_object_destroy(&inode->object);
    if (inode->super && inode->super->ops->inode_free)
        inode->super->ops->inode_free(inode);
    else
        kfree(inode);
}

/* One more on the side of `step`, unless somebody is on the other. */
static int writers_join(struct inode *inode, int32_t step)
{
    int32_t n = atomic_load_relaxed(&inode->writers);

    do {
        if (step > 0 ? n < 0 : n > 0)
            return -ETXTBSY;
        kassert(n < INT32_MAX && n > INT32_MIN);
    } while (!atomic_cmpxchg(&inode->writers, &n, n + step));
    return 0;
}

static void writers_leave(struct inode *inode, int32_t step)
{
    int32_t left = atomic_add_return(&inode->writers, -step);

    kassert(step > 0 ? left >= 0 : left <= 0);
}

int inode_write_get(struct inode *inode)
{
    return writers_join(inode, 1);
}

void inode_write_put(struct inode *inode)
{
    writers_leave(inode, 1);
}

int inode_write_deny(struct inode *inode)
{
    return writers_join(inode, -1);
}

void inode_write_allow(struct inode *inode)
{
    writers_leave(inode, -1);
}

/* What the permission bits give to `cred`: the owner's, the group's or the others' three. */
static unsigned inode_mode_for(const struct inode *inode, const struct cred *cred)
{
    if (cred->fsuid == atomic_load_relaxed(&inode->uid))
        return (inode_mode(inode) >> 6) & 7;
    if (cred_in_group(cred, atomic_load_relaxed(&inode->gid)))
        return (inode_mode(inode) >> 3) & 7;
    return inode_mode(inode) & 7;
}

int inode_permission(struct inode *inode, const struct cred *cred, unsigned want)
{
    if ((inode_mode_for(inode, cred) & want) == want)
        return 0;
    if (S_ISDIR(inode_mode(inode))) {
        if (!(want & 2) && cred_capable(cred, CAP_DAC_READ_SEARCH))
            return 0;
        return cred_capable(cred, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
    }
    if (want == 4 && cred_capable(cred, CAP_DAC_READ_SEARCH))
        return 0;
    /* Even root executes only what somebody may execute. */
    if ((!(want & 1) || (inode_mode(inode) & 0111)) &&
        cred_capable(cred, CAP_DAC_OVERRIDE))
        return 0;
    return -EACCES;
}

/* Times change under watch_lock; who only needs an idea of them reads without. */
static struct vfs_time time_load(const struct vfs_time *t)
{
    return (struct vfs_time){atomic_load_relaxed(&t->sec), atomic_load_relaxed(&t->nsec)};
}

static void time_store(struct vfs_time *t, struct vfs_time v)
{
    atomic_store_relaxed(&t->sec, v.sec);
    atomic_store_relaxed(&t->nsec, v.nsec);
}

static bool time_after_eq(struct vfs_time a, struct vfs_time b)
{
    return a.sec != b.sec ? a.sec > b.sec : a.nsec >= b.nsec;
}

void inode_touch(struct inode *inode, uint32_t which)
{
    struct vfs_time now = vfs_now();

    spin_lock(&inode->watch_lock);
    if (which & VFS_ATTR_ATIME)
        time_store(&inode->atime, now);
    if (which & VFS_ATTR_MTIME)
        time_store(&inode->mtime, now);
    if (which & VFS_ATTR_CTIME)
        time_store(&inode->ctime, now);
    spin_unlock(&inode->watch_lock);
}

/* relatime: only the first read after a change, and one a day.  Looks without the lock: what
 * it may miss is one update of a time that is approximate by definition. */
void inode_accessed(struct inode *inode)
{
    struct vfs_time atime = time_load(&inode->atime);

    if (time_after_eq(time_load(&inode->mtime), atime) ||
        time_after_eq(time_load(&inode->ctime), atime) ||
        (int64_t)(clock_wall_ns() / NSEC_PER_SEC) - atime.sec >= RELATIME_SEC)
        inode_touch(inode, VFS_ATTR_ATIME);
}

void inode_init_owner(struct inode *inode, const struct inode *dir,
                      const struct cred *cred)
{
    inode->uid = cred->fsuid;
    inode->gid = cred->fsgid;
    if (!(inode_mode(dir) & S_ISGID))
        return;
    inode->gid = dir->gid;
    if (S_ISDIR(inode_mode(inode)))
        inode->mode |= S_ISGID;
    else if ((inode_mode(inode) & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
             !cred_in_group(cred, dir->gid) && !cred_capable(cred, CAP_FSETID))
        inode->mode &= ~(uint32_t)S_ISGID;
}

int inode_set_attr(struct inode *inode, const struct vfs_attr *attr)
{
    if ((attr->valid & VFS_ATTR_SIZE) && inode_has(inode, INODE_OBJECT)) {
        int err = vm_object_resize(&inode->object, attr->size);

        if (err)
            return err;
    }
    if (attr->valid & VFS_ATTR_MODE)
        atomic_store_relaxed(&inode->mode,
                             (inode->mode & S_IFMT) | (attr->mode & ABI_MODE_BITS));
    if (attr->valid & VFS_ATTR_UID)
        atomic_store_relaxed(&inode->uid, attr->uid);
    if (attr->valid & VFS_ATTR_GID)
        atomic_store_relaxed(&inode->gid, attr->gid);
    spin_lock(&inode->watch_lock);
    if (attr->valid & VFS_ATTR_ATIME)
        time_store(&inode->atime, attr->atime);
    if (attr->valid & VFS_ATTR_MTIME)
        time_store(&inode->mtime, attr->mtime);
    if (attr->valid & VFS_ATTR_CTIME)
        time_store(&inode->ctime, attr->ctime);
    spin_unlock(&inode->watch_lock);
    return 0;
}

static struct abi_kstat_time kstat_time(struct vfs_time t)
{
    return (struct abi_kstat_time){t.sec, t.nsec};
}

void inode_stat(struct inode *inode, struct abi_kstat *out)
{
    *out = (struct abi_kstat){
        .dev = inode->super->dev,
        .ino = inode->ino,
        .nlink = atomic_load_relaxed(&inode->nlink),
        .mode = inode_mode(inode),
        .uid = atomic_load_relaxed(&inode->uid),
        .gid = atomic_load_relaxed(&inode->gid),
        .rdev = inode->rdev,
        .size = inode_size(inode),
        .blksize = 4096,
        .blocks = inode->blocks,
    };
    if (inode_has(inode, INODE_OBJECT))
        out->blocks = atomic_load_relaxed(&inode->object.pages) * (4096 / 512);
    spin_lock(&inode->watch_lock);
    out->atime = kstat_time(inode->atime);
    out->mtime = kstat_time(inode->mtime);
    out->ctime = kstat_time(inode->ctime);
    out->btime = kstat_time(inode->btime);
    spin_unlock(&inode->watch_lock);
}

void inode_lock_two(struct inode *a, struct inode *b)
{
    if (a == b) {
        mutex_lock(&a->lock);
        return;
    }
    if ((uintptr_t)a > (uintptr_t)b) {
        struct inode *tmp = a;

        a = b;
        b = tmp;
    }
    mutex_lock(&a->lock);
    mutex_lock_nested(&b->lock, 1);
}

void inode_unlock_two(struct inode *a, struct inode *b)
{
    mutex_unlock(&a->lock);
    if (a != b)
        mutex_unlock(&b->lock);
}
