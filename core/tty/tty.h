/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: a line discipline between a driver (console, pseudo-terminal) and programs.
 *
 * Owner:   reference counted; an open file holds one, so does the session whose
 *          controlling terminal it is, and the driver while the line exists.
 * Context: thread context, may sleep.
 * Locking: tty.lock (mutex) covers settings, input and job control; tty.out_lock (mutex)
 *          covers output; order: lock, then out_lock.  Job ops may be called with both held.
 * Errors:  0 or -errno of the call concerned.
 */
#ifndef CLOUDOS_TTY_TTY_H
#define CLOUDOS_TTY_TTY_H

#include "lib/base.h"

struct file;
struct tty;
struct vfs_context;

/* Who asks, as job control sees it.  All zero in a kernel thread. */
struct tty_caller {
    int32_t pid, pgid, sid;
    bool leader; /* of its session */
    bool admin;  /* CAP_SYS_ADMIN */
    const struct tty
        *tty; /* the session's controlling terminal, to compare with; no reference */
};

/* What proc provides; registered at boot.  Called from thread context. */
struct tty_job_ops {
    /* About the current process. */
    void (*caller)(struct tty_caller *out);
    /* Controlling terminal of the current process's session, with a reference, or NULL. */
    struct tty *(*session_tty)(void);
    /* Session `sid` gets `tty` as its controlling terminal (takes a reference of its own,
     * drops that of the old one); NULL: none.  -ESRCH. */
    int (*session_set_tty)(int32_t sid, struct tty *tty);
    /* To every process of the group; si_code is SI_KERNEL.  -ESRCH. */
    int (*signal_pgrp)(int32_t pgid, int signo);
    /* To the leader of the session.  -ESRCH. */
    int (*signal_leader)(int32_t sid, int signo);
    /* No member of the group has a parent in the same session but another group. */
    bool (*pgrp_orphaned)(int32_t pgid);
    /* 0: the group exists and belongs to session `sid`; -ESRCH, -EPERM. */
    int (*pgrp_in_session)(int32_t pgid, int32_t sid);
    /* The calling task blocks or ignores `signo`. */
    bool (*signal_ignored)(int signo);
};
void tty_job_register(const struct tty_job_ops *ops);

/* Boot: /dev/tty, /dev/ptmx, and the console's devices.  After vfs, before proc. */
void tty_init(void);

void tty_get(struct tty *t);
void tty_put(struct tty *t);
/* For /proc/pid/stat: 0 without a terminal; -1 without a foreground group. */
uint64_t tty_rdev(const struct tty *t);
int32_t tty_foreground(struct tty *t);
/* The terminal behind an open file, with a reference, or NULL. */
struct tty *tty_of_file(struct file *f);

/* Make `t` the controlling terminal of session `sid` with `pgid` in the foreground: for the
 * first program, and TIOCSCTTY.  -EPERM if another session has it. */
MUST_CHECK int tty_session_attach(struct tty *t, int32_t sid, int32_t pgid);
/* The leader of session `sid`, whose terminal was `t`, has exited: hang up, signal the
 * foreground group.  proc has taken `t` out of the session already and drops its reference
 * afterwards. */
void tty_session_leader_exit(struct tty *t, int32_t sid);
/* vhangup(2): hang up the current session's terminal; nothing without one. */
void tty_vhangup_current(void);

/* TIOCGPTPEER: open the other side of the pseudo-terminal whose master is `master`.  -ENOTTY
 * if it is none.  ioctl(2) installs the file, for which a terminal knows no descriptors. */
MUST_CHECK int pty_open_peer(struct file *master, uint32_t flags, struct file **out);

/* ---- the console: tty/console.c ---- */

/* From core_on_irq(HAL_IRQ_CONSOLE). */
void console_irq(void);
/* The console's terminal with a reference, or NULL if nobody types or looks. */
struct tty *console_tty(void);
/* Open files for descriptors 0, 1, 2 of the first program: terminals where the machine's
 * own are, else byte streams without termios.  *controlling: the console is a terminal that
 * the first session should have as its own. */
MUST_CHECK int console_stdio(const struct vfs_context *ctx, struct file *out[3],
                             bool *controlling);
/* Wait until output that is being written has gone out. */
void console_drain(void);

#endif /* CLOUDOS_TTY_TTY_H */
