/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Job control: sessions, foreground groups, signals from the keyboard (POSIX 11.1.3, 11.1.4;
 * credentials(7)).  Processes are reached through the ops that proc registers; without them,
 * at boot and in unit tests, nobody has a terminal.
 */
#include "tty/tty_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "vm/ucopy.h"

static const struct tty_job_ops *job;

void tty_job_register(const struct tty_job_ops *ops)
{
    job = ops;
}

void tty_job_caller(struct tty_caller *out)
{
    memset(out, 0, sizeof(*out));
    if (job)
        job->caller(out);
}

struct tty *tty_job_session_tty(void)
{
    return job ? job->session_tty() : NULL;
}

/* Signals to groups that are gone meanwhile are nobody's loss. */
static void signal_group(int32_t pgid, int signo)
{
    if (job && pgid > 0)
        (void)job->signal_pgrp(pgid, signo);
}

void tty_job_signal_foreground(struct tty *t, int signo)
{
    signal_group(atomic_load_relaxed(&t->pgrp), signo);
}

int tty_job_check(struct tty *t, int signo)
{
    struct tty_caller who;
    int32_t pgrp;

    if (!job)
        return 0;
    tty_job_caller(&who);
    pgrp = atomic_load_relaxed(&t->pgrp);
    if (who.tty != t || pgrp == 0 || who.pgid == pgrp)
        return 0;
    if (job->signal_ignored(signo))
        return signo == SIGTTIN ? -EIO : 0;
    if (job->pgrp_orphaned(who.pgid))
        return -EIO;
    signal_group(who.pgid, signo);
    return -ERESTARTSYS;
}

/* ---- a session gets and loses its terminal ---- */

int tty_session_attach(struct tty *t, int32_t sid, int32_t pgid)
{
    int err = -EPERM;

    mutex_lock(&t->lock);
    if (t->session == 0 || t->session == sid) {
        err = job ? job->session_set_tty(sid, t) : 0;
        if (!err) {
            atomic_store_relaxed(&t->session, sid);
            atomic_store_relaxed(&t->pgrp, pgid);
        }
    }
    mutex_unlock(&t->lock);
    return err;
}

static void detach(struct tty *t, int32_t sid)
{
    mutex_lock(&t->lock);
    if (t->session == sid) {
        atomic_store_relaxed(&t->session, 0);
        atomic_store_relaxed(&t->pgrp, 0);
    }
    mutex_unlock(&t->lock);
}

void tty_job_hangup(struct tty *t)
{
    int32_t sid = atomic_load_relaxed(&t->session);

    if (sid == 0 || !job)
        return;
    (void)job->signal_leader(sid, SIGHUP);
    (void)job->signal_leader(sid, SIGCONT);
    detach(t, sid);
    (void)job->session_set_tty(sid, NULL);
}

void tty_session_leader_exit(struct tty *t, int32_t sid)
{
    int32_t pgrp = tty_foreground(t);

    if (atomic_load_relaxed(&t->session) != sid)
        return;
    detach(t, sid);
    tty_hangup(t);
    if (pgrp > 0) {
        signal_group(pgrp, SIGHUP);
        signal_group(pgrp, SIGCONT);
    }
}

void tty_vhangup_current(void)
{
    struct tty *t = tty_job_session_tty();

    if (!t)
        return;
    tty_hangup(t);
    tty_put(t);
}

void tty_job_opened(struct tty *t, struct file *f)
{
    struct tty_caller who;

    if ((atomic_load_relaxed(&f->flags) & O_NOCTTY) ||
        (atomic_load_relaxed(&f->flags) & O_ACCMODE) == O_WRONLY)
        return;
    tty_job_caller(&who);
    if (!who.leader || who.tty || atomic_load_relaxed(&t->session) != 0)
        return;
    if (tty_session_attach(t, who.sid, who.pgid) != 0)
        return; /* another session was faster: the open is an ordinary one */
}

/* ---- requests ---- */

static int64_t set_controlling(struct tty *t, struct file *f, bool steal)
{
    struct tty_caller who;
    int32_t owner = atomic_load_relaxed(&t->session);

    tty_job_caller(&who);
    if (who.leader && owner == who.sid)
        return 0;
    if (!who.leader || who.tty)
        return -EPERM;
    if ((atomic_load_relaxed(&f->flags) & O_ACCMODE) == O_WRONLY && !who.admin)
        return -EPERM;
    if (owner != 0) {
        if (!steal || !who.admin)
            return -EPERM;
        detach(t, owner);
        (void)job->session_set_tty(owner, NULL);
    }
    return tty_session_attach(t, who.sid, who.pgid);
}

/* Only the leader can give the terminal up: it belongs to the session as a whole here, not to
 * each process. */
static int64_t drop_controlling(struct tty *t)
{
    struct tty_caller who;
    int32_t pgrp = tty_foreground(t);

    tty_job_caller(&who);
    if (who.tty != t)
        return -ENOTTY;
    if (!who.leader)
        return -EPERM;
    detach(t, who.sid);
    (void)job->session_set_tty(who.sid, NULL);
    if (pgrp > 0) {
        signal_group(pgrp, SIGHUP);
        signal_group(pgrp, SIGCONT);
    }
    return 0;
}

static int64_t set_foreground(struct tty *t, uint64_t arg)
{
    struct tty_caller who;
    int32_t pgid;
    int err = tty_job_check(t, SIGTTOU);

    if (err)
        return err == -EIO ? -ENOTTY : err;
    if (copy_from_user(&pgid, arg, sizeof(pgid)))
        return -EFAULT;
    if (pgid <= 0)
        return -EINVAL;
    tty_job_caller(&who);
    if (who.tty != t || atomic_load_relaxed(&t->session) != who.sid)
        return -ENOTTY;
    err = job->pgrp_in_session(pgid, who.sid);
    if (err)
        return err;
    atomic_store_relaxed(&t->pgrp, pgid);
    return 0;
}

static int64_t put_id(uint64_t arg, int32_t id)
{
    return copy_to_user(arg, &id, sizeof(id));
}

int64_t tty_job_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg)
{
    bool own_side = f->ops == &tty_file_ops;
    struct tty_caller who;
    int32_t sid;

    tty_job_caller(&who);
    switch (cmd) {
    case TIOCSCTTY:
        return set_controlling(t, f, arg == 1);
    case TIOCNOTTY:
        return drop_controlling(t);
    case TIOCSPGRP:
        return set_foreground(t, arg);
    case TIOCGPGRP:
        if (own_side && who.tty != t)
            return -ENOTTY;
        return put_id(arg, atomic_load_relaxed(&t->pgrp));
    case TIOCGSID:
        sid = atomic_load_relaxed(&t->session);
        if ((own_side && who.tty != t) || sid == 0)
            return -ENOTTY;
        return put_id(arg, sid);
    default:
        return -ENOTTY;
    }
}
