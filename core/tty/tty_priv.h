/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the tty room: the terminal object and what a driver provides.
 *
 * Owner:   tty.
 * Context: thread context, may sleep.
 * Locking: as each member says; "atomic" ones are also read without the lock, by conditions
 *          of waits and by poll.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_TTY_TTY_PRIV_H
#define CLOUDOS_TTY_TTY_PRIV_H

#include "abi/termios.h"
#include "lib/atomic.h"
#include "lib/refcount.h"
#include "sched/mutex.h"
#include "sched/wait.h"
#include "tty/tty.h"
#include "vfs/file.h"

#define TTY_INPUT_BYTES                                                                  \
    4096u                    /* also the longest line, its end included; a power of two */
#define TTY_CHUNK_BYTES 512u /* moved at once between a program and a driver */

#define TTY_RDEV(major, minor) (((uint64_t)(major) << 8) | (minor))

/* What stands behind the line.  Output calls have out_lock held. */
struct tty_driver {
    /* Bytes that write() takes now; echo may use a reserve. */
    size_t (*room)(struct tty *t, bool echo);
    void (*write)(struct tty *t, const uint8_t *buf, size_t len); /* len <= room */
    void (*flush_output)(struct tty *t); /* forget what nobody has taken yet */
    size_t (*queued)(struct tty *t);     /* for TIOCOUTQ */
    /* Input has room again; both locks may be held. */
    void (*unthrottle)(struct tty *t);
    /* TIOCPKT_* happened; lock is held, out_lock may be.  May be NULL. */
    void (*packet)(struct tty *t, uint8_t event);
    void (*last_close)(
        struct tty *t); /* no file is open any more; lock is held.  May be NULL. */
    void (*free)(struct tty *t); /* the last reference is gone.  May be NULL. */
};

/* Input between the driver and readers.  Bytes [tail, canon_head) are complete lines in
 * canonical mode; [canon_head, head) are being edited.  A delimiter bit marks the last byte
 * of a line; a NUL with that bit is an end of file and not part of the data. */
struct tty_input {
    uint8_t buf[TTY_INPUT_BYTES];
    uint64_t delim[TTY_INPUT_BYTES / 64];
    uint64_t head, canon_head, tail; /* atomic; bytes ever put and taken */
    bool literal_next;               /* after VLNEXT */
    uint32_t line_column;            /* output column where the edited line starts */
};

struct tty {
    struct refcount refs;
    char name[12];
    uint64_t rdev;
    const struct tty_driver *driver;
    void *driver_data;

    struct mutex lock;
    struct abi_termios2 settings; /* lock, changed with out_lock too */
    struct abi_termios locked;    /* lock; bits and characters that stay as they are */
    struct abi_winsize winsize;   /* lock */
    struct tty_input in;          /* lock; positions atomic */
    int32_t session, pgrp;        /* lock; atomic */
    uint32_t open_count;          /* lock */
    bool exclusive;               /* lock */
    uint32_t generation;          /* atomic; counts hang-ups */

    struct mutex out_lock;
    uint32_t column; /* out_lock */
    bool stopped;    /* atomic, changed with lock: by ^S or TCOOFF */

    struct wait_queue read_wait, write_wait;
};

/* An open file of a terminal. */
struct tty_file {
    struct tty *tty;
    uint32_t generation; /* of its open; hung up when it differs */
};

static inline bool tty_file_hung(const struct tty_file *tf)
{
    return tf->generation != atomic_load_relaxed(&tf->tty->generation);
}

/* ---- tty.c ---- */
MUST_CHECK int tty_create(const char *name, uint64_t rdev,
                          const struct tty_driver *driver, void *driver_data,
                          struct tty **out);
extern const struct file_ops tty_file_ops;
/* Finish opening `f` as a file of `t`; consumes the caller's reference, also on failure. */
MUST_CHECK int tty_open_file(struct tty *t, struct file *f);
void tty_hangup(struct tty *t);
/* New size; SIGWINCH to the foreground group if it differs.  lock is held. */
void tty_resize_locked(struct tty *t, const struct abi_winsize *w);
void tty_flow_stop_locked(struct tty *t);
void tty_flow_start_locked(struct tty *t);

/* ---- ldisc.c: driver -> reader ---- */
/* Take what arrived: bytes used; fewer than len when readers have to make room first.
 * lock is held. */
size_t ldisc_receive(struct tty *t, const uint8_t *buf, size_t len);
bool ldisc_has_room(const struct tty *t); /* any context */
void ldisc_flush_input_locked(struct tty *t);
void ldisc_settings_changed_locked(struct tty *t, const struct abi_termios *old);

/* ---- ldisc_edit.c: erasing and reprinting of the edited line; lock and out_lock are held */
enum ldisc_erase { LDISC_ERASE_CHAR, LDISC_ERASE_WORD, LDISC_ERASE_LINE };
void ldisc_erase(struct tty *t, enum ldisc_erase what);
void ldisc_reprint(struct tty *t);

/* ---- ldisc_read.c ---- */
int64_t ldisc_read(struct file *f, struct tty_file *tf, struct vm_iter *to);
bool ldisc_readable(const struct tty *t, uint64_t min); /* any context */
uint32_t ldisc_poll_min(const struct tty *t);
uint64_t ldisc_input_bytes_locked(struct tty *t); /* FIONREAD */

/* ---- ldisc_output.c: writer -> driver; out_lock is held ---- */
/* Output processing of up to `len` bytes: how many were used before the driver was full. */
size_t ldisc_output(struct tty *t, const uint8_t *buf, size_t len);
void ldisc_echo(struct tty *t, uint8_t c); /* control characters as ^X */
void ldisc_echo_raw(struct tty *t, uint8_t c);
void ldisc_echo_text(struct tty *t, const char *s);

/* ---- tty_job.c ---- */
/* The caller is about to read (SIGTTIN) or change (SIGTTOU) its terminal: 0, or -EIO or
 * -ERESTARTSYS from the background. */
MUST_CHECK int tty_job_check(struct tty *t, int signo);
void tty_job_caller(struct tty_caller *out);
void tty_job_signal_foreground(struct tty *t, int signo);
void tty_job_hangup(struct tty *t);
void tty_job_opened(struct tty *t,
                    struct file *f); /* may become the controlling terminal */
struct tty *tty_job_session_tty(void);
int64_t tty_job_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg);

/* ---- tty_ioctl.c ---- */
int64_t tty_ioctl(struct file *f, uint32_t cmd, uint64_t arg);
/* What a terminal's side and a pseudo-terminal's master have in common, acting on `t`. */
int64_t tty_mode_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg);

/* ---- pty.c, console.c ---- */
void pty_init(void);
void console_init(void);

#endif /* CLOUDOS_TTY_TTY_PRIV_H */
