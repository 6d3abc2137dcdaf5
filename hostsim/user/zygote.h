/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The zygote: a process that has only the stub's text mapped, from which stubs are cloned.
 *
 * Owner:   hostsim/user.
 * Context: zygote_start() once, before any other thread; zygote_clone() any host thread.
 * Locking: inside.
 * Errors:  0 or -errno; -EAGAIN when the host has no processes left.
 */
#ifndef CLOUDOS_HOSTSIM_USER_ZYGOTE_H
#define CLOUDOS_HOSTSIM_USER_ZYGOTE_H

#include "hostsim/user/native_priv.h"

MUST_CHECK int zygote_start(void);
void zygote_stop(void);
/* A new process, whose mapper finds its orders on control page `id`. */
MUST_CHECK int zygote_clone(unsigned id);

#endif /* CLOUDOS_HOSTSIM_USER_ZYGOTE_H */
