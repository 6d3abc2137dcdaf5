/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd_create(2): a timer behind a descriptor.
 *
 * Owner:   the file.
 * Context: thread context, may sleep.
 * Locking: inside.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VFS_TIMERFD_H
#define CLOUDOS_VFS_TIMERFD_H

#include "vfs/file.h"

#define TFD_TIMER_ABSTIME       1u
#define TFD_TIMER_CANCEL_ON_SET 2u

/* Nanoseconds; both 0: off. */
struct timerfd_spec {
    uint64_t interval_ns, value_ns;
};

/* clock: CLOCK_REALTIME, MONOTONIC, BOOTTIME and their _ALARM forms; flags: O_NONBLOCK. */
MUST_CHECK int timerfd_create_file(int clock, uint32_t flags, struct file **out);
bool timerfd_is(const struct file *f);
/* *old is what timerfd_get() would say. */
MUST_CHECK int timerfd_set(struct file *f, uint32_t flags,
                           const struct timerfd_spec *spec, struct timerfd_spec *old);
void timerfd_get(struct file *f, struct timerfd_spec *out);

#endif /* CLOUDOS_VFS_TIMERFD_H */
