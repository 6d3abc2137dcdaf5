/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-terminals (pty(7)): a terminal whose other end is a file.
 *
 * Owner:   the slave's struct tty owns the pty; the master file holds a reference to it.
 * Context: thread context, may sleep.
 * Locking: see pty.c.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_TTY_PTY_H
#define CLOUDOS_TTY_PTY_H

#include "lib/base.h"

struct tty;

bool pty_is_slave(uint64_t rdev);
/* For open(2) of a slave: 0 with a reference, -EIO while locked, -ENXIO without a master. */
MUST_CHECK int pty_slave_get(uint64_t rdev, struct tty **out);

#endif /* CLOUDOS_TTY_PTY_H */
