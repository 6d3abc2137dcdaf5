/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll(7): interest in many files, and the list of those that are ready.
 *
 * Owner:   the epoll file; an item belongs to its epoll and goes when either file is closed.
 * Context: thread context, may sleep.
 * Locking: see epoll.c.
 * Errors:  0 or -errno as epoll_ctl(2) and epoll_wait(2) say.
 */
#ifndef CLOUDOS_VFS_EPOLL_H
#define CLOUDOS_VFS_EPOLL_H

#include "abi/poll.h"
#include "vfs/file.h"

#define EPOLL_NEST_MAX                                                                   \
    4 /* epoll files on top of each other; as many as lock subclasses */
#define EPOLL_ITEMS_MAX  1048576u
#define EPOLL_EVENTS_MAX (INT32_MAX / (int)sizeof(struct abi_epoll_event))

void epoll_init(void); /* boot */
MUST_CHECK int epoll_create_file(uint32_t flags, struct file **out);
bool epoll_is(const struct file *f);
/* `event` may be NULL for EPOLL_CTL_DEL. */
MUST_CHECK int epoll_control(struct file *ep, int op, struct file *target, int fd,
                             const struct abi_epoll_event *event);
/* Up to `max` events to user memory; waits until there is one: count, 0 at the deadline (0:
 * look once), -EINTR, -EFAULT. */
MUST_CHECK int epoll_wait_events(struct file *ep, uint64_t user, int max,
                                 uint64_t deadline_ns);

#endif /* CLOUDOS_VFS_EPOLL_H */
