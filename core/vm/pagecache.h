/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page cache: the pages of one object (file, shared memory) by index.
 *
 * Owner:   the inode embeds a vm_object; the page cache owns the frames in it.
 * Context: thread context; reading a page may sleep.
 * Locking: vm_object.lock (mutex) for the tree and truncation; a frame is pinned by its refs.
 * Errors:  -EIO from the backing store, -ENOMEM, -ENOSPC.
 */
#ifndef CLOUDOS_VM_PAGECACHE_H
#define CLOUDOS_VM_PAGECACHE_H

#include "lib/base.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "sched/mutex.h"
#include "vm/radix.h"

struct vm_object;

/* The backing store, implemented by a filesystem. */
struct vm_object_ops {
    /* Fill the page at `index` (contents zeroed before).  NULL: holes read as zero. */
    int (*read_page)(struct vm_object *o, uint64_t index, void *page);
    /* Write a dirty page back.  NULL: the page cache is the store (tmpfs), never reclaimed. */
    int (*write_page)(struct vm_object *o, uint64_t index, const void *page);
    /* About to add a page (quota of a tmpfs): 0 or -ENOSPC; undone by page_removed. */
    int (*page_added)(struct vm_object *o);
    void (*page_removed)(struct vm_object *o);
};

struct vm_object {
    const struct vm_object_ops *ops;
    struct mutex lock;
    struct radix tree;    /* of struct frame * by page index */
    uint64_t pages;       /* frames in the tree */
    uint64_t size;        /* bytes, atomic; faults beyond the last page give SIGBUS */
    uint64_t id;          /* unique; futex keys */
    struct refcount refs; /* of one made by vm_shared_create(); 0: embedded in an inode */
    bool
        written_shared; /* once mapped shared and writable: bytes beyond `size` may be dirty */
    struct spinlock map_lock;  /* mappings, sweep; taken before any vm_space.pt_lock */
    struct list_node mappings; /* areas that map it, for truncation (vm private) */
    uint64_t sweep;
    struct list_node link; /* all objects, for reclaim */
    bool reclaiming;       /* under the list's lock: do not destroy now */
};

void vm_object_init(struct vm_object *o, const struct vm_object_ops *ops, uint64_t size);
void vm_object_destroy(struct vm_object *o); /* no mappings left */
/* File read and write through the cache; the caller excludes writes and resizes against each
 * other (inode lock), user or kernel memory on the other side. */
struct vm_iter; /* vm/iter.h: scatter list over user or kernel memory */
MUST_CHECK int64_t vm_object_read(struct vm_object *o, uint64_t offset,
                                  struct vm_iter *to);
MUST_CHECK int64_t vm_object_write(struct vm_object *o, uint64_t offset,
                                   struct vm_iter *from);
/* Set the size; pages beyond are dropped and unmapped everywhere, the last one zero-filled. */
MUST_CHECK int vm_object_resize(struct vm_object *o, uint64_t size);
/* fallocate: allocate pages of a range; or punch a hole. */
MUST_CHECK int vm_object_allocate(struct vm_object *o, uint64_t offset, uint64_t len);
MUST_CHECK int vm_object_punch(struct vm_object *o, uint64_t offset, uint64_t len);
/* lseek SEEK_DATA/SEEK_HOLE: -ENXIO. */
MUST_CHECK int64_t vm_object_seek(struct vm_object *o, uint64_t offset, bool data);
MUST_CHECK int vm_object_sync(struct vm_object *o, uint64_t offset, uint64_t len);
/* Anonymous shared memory (MAP_SHARED | MAP_ANONYMOUS, SysV).  Reference counted: the caller
 * has one, each area takes its own. */
MUST_CHECK int vm_shared_create(uint64_t size, struct vm_object **out);
void vm_shared_get(struct vm_object *o);
void vm_shared_put(struct vm_object *o);

struct vm_cache_stats {
    uint64_t cached, dirty, shared; /* pages */
};
void vm_cache_stats(struct vm_cache_stats *out);

#endif /* CLOUDOS_VM_PAGECACHE_H */
