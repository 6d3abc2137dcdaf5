/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside pseudo-terminals: the object that pty.c makes and pty_master.c serves.
 *
 * Owner:   the slave's struct tty.
 * Context: thread context, may sleep.
 * Locking: ring under slave->out_lock; index, name and slave constant; the rest atomic.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_TTY_PTY_PRIV_H
#define CLOUDOS_TTY_PTY_PRIV_H

#include "lib/ring.h"
#include "sched/wait.h"
#include "vfs/file.h"

#define PTY_RING_BYTES 16384u

struct tty;

struct pty {
    struct tty *slave;
    uint32_t index;
    char name[12]; /* "pts/N" */
    struct ring ring;
    struct wait_queue read_wait, write_wait; /* of the master */
    bool locked;                             /* until unlockpt(3) */
    bool master_open;
    bool slave_gone; /* it was open, and nobody has it open now */
    bool packet_mode;
    uint32_t packet_events; /* TIOCPKT_* not yet read */
    uint8_t bytes[PTY_RING_BYTES];
};

extern const struct file_ops pty_master_ops; /* pty_master.c */

MUST_CHECK int pty_create(struct pty **out);
void pty_master_closed(struct pty *p);
int pty_master_open(struct inode *inode, struct file *f);

#endif /* CLOUDOS_TTY_PTY_PRIV_H */
