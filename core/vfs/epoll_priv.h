/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside epoll: the instance and its items.
 *
 * Owner:   the epoll file.
 * Context: as in epoll.c.
 * Locking: as each member says; the order is in epoll.c.
 * Errors:  none.
 */
#ifndef CLOUDOS_VFS_EPOLL_PRIV_H
#define CLOUDOS_VFS_EPOLL_PRIV_H

#include "abi/poll.h"
#include "lib/rbtree.h"
#include "sched/mutex.h"
#include "vfs/file.h"

/* What a file can be; the rest of `events` says how it is reported. */
#define EPOLL_EVENT_BITS (~(EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE))

struct epoll {
    struct mutex lock;
    struct rb_root items; /* lock and link_lock to change */
    uint32_t item_count;  /* lock */
    struct spinlock ready_lock;
    struct list_node ready;     /* ready_lock */
    struct wait_queue sleepers; /* in epoll_wait */
    struct wait_queue pollers;  /* in poll and select on the epoll file */
    struct list_node
        watchers; /* items of outer epolls; nest_lock, and link_lock to change */
    uint32_t watcher_count; /* atomic */
};

/* A callback on one wait queue of the item's file. */
struct epoll_hook {
    struct wait_entry entry;
    struct epoll_item *item; /* NULL in item.first: not used yet */
    struct epoll_hook *next;
};

struct epoll_item {
    struct epoll *ep;
    struct file *file; /* no reference */
    int fd;
    uint32_t events; /* atomic; changed under epoll.lock */
    uint64_t data;   /* epoll.lock */
    bool ready;      /* ready_lock: on the ready list, or on a batch being delivered */
    struct rb_node node;
    struct list_node ready_link, file_link, watch_link;
    struct epoll_hook first;
};

/* Setting callbacks: passed through the file's poll operation. */
struct epoll_register {
    struct poll_table table;
    struct epoll_item *item;
    bool no_memory;
};

#endif /* CLOUDOS_VFS_EPOLL_PRIV_H */
