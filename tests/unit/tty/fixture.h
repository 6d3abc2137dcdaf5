/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A booted fake machine with files and pseudo-terminals; user memory is the test's own.
 *
 * Owner:   tests/unit/tty.
 * Context: the test's thread, which is the kernel's boot thread.
 * Locking: none.
 * Errors:  a failure to set up fails the test.
 */
#ifndef CLOUDOS_UNIT_TTY_FIXTURE_H
#define CLOUDOS_UNIT_TTY_FIXTURE_H

#include "hal_fake.h"

#include "tty/pty.h"
#include "tty/pty_priv.h"
#include "tty/tty_priv.h"
#include "vfs/file.h"

struct pair {
    struct file *master, *slave;
    struct pty *pty;
    struct tty *tty;
};

/* cmocka group setup. */
int fixture_boot(void **state);
/* A pseudo-terminal, both sides open and non-blocking. */
void pair_open(struct pair *p);
struct file *pair_open_slave(struct pair *p);
void pair_close(struct pair *p);

/* Bytes moved or -errno. */
int64_t put_bytes(struct file *f, const void *data, size_t len);
int64_t get_bytes(struct file *f, void *data, size_t len);
/* All that can be read now must be this text. */
void expect_bytes(struct file *f, const char *text);
/* One read of at most 1024 bytes must give this text (NULL: EAGAIN). */
void expect_read(struct file *f, const char *text);

/* What the fake job control saw. */
struct job_record {
    int signo;
    int32_t pgid;
    unsigned count;
};
extern struct job_record job_last;
extern struct tty_caller job_caller;
extern bool job_ignores, job_orphaned;
extern struct tty *job_session_tty;
void job_reset(void);

#endif /* CLOUDOS_UNIT_TTY_FIXTURE_H */
