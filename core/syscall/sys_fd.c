/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors: dup(2), fcntl(2), flock(2), ioctl(2). */
#include "abi/errno.h"
#include "abi/capability.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/resource.h"
#include "abi/termios.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/install.h"
#include "tty/tty.h"
#include "vfs/lock.h"
#include "vfs/pipe.h"
#include "vm/ucopy.h"

#define SETFL_FLAGS (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

static unsigned nofile(struct task *t)
{
    return (unsigned)MIN(task_rlimit(t, RLIMIT_NOFILE), (uint64_t)FD_TABLE_MAX);
}

static int64_t do_dup(struct task *t, struct file *f, uint64_t min, bool cloexec)
{
    if (min >= nofile(t))
        return -EINVAL;
    return fd_install(t->fds, f, (unsigned)min, nofile(t), cloexec);
}

int64_t sys_dup(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int fd;

    if (!f)
        return -EBADF;
    fd = fd_install(t->fds, f, 0, nofile(t), false);
    file_put(f);
    return fd;
}

static int64_t dup_to(struct task *t, uint64_t from, uint64_t to, bool cloexec)
{
    struct file *f = fd_lookup(t->fds, (int32_t)from);
    int fd;

    if (!f)
        return -EBADF;
    fd = fd_install_at(t->fds, f, (uint32_t)to, nofile(t), cloexec);
    file_put(f);
    return fd;
}

int64_t sys_dup2(struct task *t, const uint64_t a[6])
{
    struct file *f;

    if ((uint32_t)a[0] != (uint32_t)a[1])
        return dup_to(t, a[0], a[1], false);
    f = fd_lookup(t->fds, (int32_t)a[0]);
    if (!f)
        return -EBADF;
    file_put(f);
    return (int32_t)a[0];
}

int64_t sys_dup3(struct task *t, const uint64_t a[6])
{
    if ((uint32_t)a[0] == (uint32_t)a[1] || ((uint32_t)a[2] & ~(uint32_t)O_CLOEXEC))
        return -EINVAL;
    return dup_to(t, a[0], a[1], (a[2] & O_CLOEXEC) != 0);
}

/* ---- record locks ---- */

/* The range of a struct flock: lock_set's, both ends included. */
static int range_of(struct file *f, const struct abi_flock *fl, struct file_lock *l)
{
    int64_t base, start, end;

    switch (fl->l_whence) {
    case SEEK_SET:
        base = 0;
        break;
    case SEEK_CUR:
        base = (int64_t)f->pos;
        break;
    case SEEK_END:
        base = (int64_t)inode_size(f->inode);
        break;
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, fl->l_start, &start))
        return -EOVERFLOW;
    if (start < 0)
        return -EINVAL;
    l->start = (uint64_t)start;
    l->end = UINT64_MAX;
    if (fl->l_len > 0) {
        if (__builtin_add_overflow(start, fl->l_len - 1, &end))
            return -EOVERFLOW;
        l->end = (uint64_t)end;
    } else if (fl->l_len < 0) {
        if (start + fl->l_len < 0)
            return -EINVAL;
        l->start = (uint64_t)(start + fl->l_len);
        l->end = (uint64_t)(start - 1);
    }
    return 0;
}

static int lock_of(struct task *t, struct file *f, int cmd, const struct abi_flock *fl,
                   struct file_lock *l)
{
    bool ofd = cmd >= F_OFD_GETLK;

    if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK && fl->l_type != F_UNLCK)
        return -EINVAL;
    if (ofd && fl->l_pid)
        return -EINVAL;
    *l = (struct file_lock){.kind = ofd ? LOCK_OFD : LOCK_POSIX,
                            .type = fl->l_type,
                            .owner = ofd ? (const void *)f : t->fds,
                            .pid = ofd ? -1 : t->process->pid};
    return range_of(f, fl, l);
}

static int64_t lock_get(struct task *t, struct file *f, int cmd, uint64_t arg)
{
    struct abi_flock fl;
    struct file_lock l;
    int err = copy_from_user(&fl, arg, sizeof(fl));

    if (!err)
        err = lock_of(t, f, cmd, &fl, &l);
    if (!err && fl.l_type == F_UNLCK)
        err = -EINVAL;
    if (err)
        return err;
    lock_test(f->inode, &l);
    fl.l_type = (int16_t)l.type;
    if (l.type != F_UNLCK) {
        fl.l_whence = SEEK_SET;
        fl.l_start = (int64_t)l.start;
        fl.l_len = l.end == UINT64_MAX ? 0 : (int64_t)(l.end - l.start + 1);
        fl.l_pid = l.pid;
    }
    return copy_to_user(arg, &fl, sizeof(fl));
}

static int64_t lock_change(struct task *t, int fd, struct file *f, int cmd, uint64_t arg)
{
    struct abi_flock fl;
    struct file_lock l;
    struct file *now;
    int err = copy_from_user(&fl, arg, sizeof(fl));

    if (!err)
        err = lock_of(t, f, cmd, &fl, &l);
    if (err)
        return err;
    if ((l.type == F_RDLCK && !(f->can & FILE_CAN_READ)) ||
        (l.type == F_WRLCK && !(f->can & FILE_CAN_WRITE)))
        return -EBADF;
    err = lock_set(f->inode, &l, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
    if (err || l.type == F_UNLCK || l.kind == LOCK_OFD)
        return err;
    /* If another thread has closed the descriptor meanwhile, its close(2) found no lock. */
    now = fd_lookup(t->fds, fd);
    if (now != f)
        lock_release_table(f->inode, t->fds);
    if (now)
        file_put(now);
    return now == f ? 0 : -EBADF;
}

int64_t sys_flock(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    uint32_t op = (uint32_t)a[1];
    struct file_lock l = {.kind = LOCK_FLOCK, .owner = f, .end = UINT64_MAX};
    int err;

    if (!f)
        return -EBADF;
    l.pid = t->process->pid;
    l.type = (op & ~(uint32_t)LOCK_NB) == LOCK_SH   ? F_RDLCK
             : (op & ~(uint32_t)LOCK_NB) == LOCK_EX ? F_WRLCK
             : (op & ~(uint32_t)LOCK_NB) == LOCK_UN ? F_UNLCK
                                                    : -1;
    if (l.type < 0)
        err = -EINVAL;
    else if (file_flags(f) & O_PATH)
        err = -EBADF;
    else
        err = lock_set(f->inode, &l, !(op & LOCK_NB));
    file_put(f);
    return err;
}

/* ---- owners of SIGIO ---- */

static int64_t owner_set(struct file *f, uint64_t arg)
{
    struct abi_f_owner_ex own;

    if (copy_from_user(&own, arg, sizeof(own)))
        return -EFAULT;
    if (own.type < F_OWNER_TID || own.type > F_OWNER_PGRP)
        return -EINVAL;
    f->async_owner = own.type == F_OWNER_PGRP ? -own.pid : own.pid;
    return 0;
}

static int64_t owner_get(struct file *f, uint64_t arg)
{
    struct abi_f_owner_ex own = {.type = f->async_owner < 0 ? F_OWNER_PGRP : F_OWNER_PID,
                                 .pid = f->async_owner < 0 ? -f->async_owner
                                                           : f->async_owner};

    return copy_to_user(arg, &own, sizeof(own));
}

/* ---- fcntl ---- */

static int set_async(struct file *f, bool on)
{
    int err;

    if (((file_flags(f) & O_ASYNC) != 0) == on || !f->ops->extra ||
        !f->ops->extra->fasync)
        return 0;
    err = f->ops->extra->fasync(f, on);
    if (!err)
        file_change_flags(f, O_ASYNC, on ? O_ASYNC : 0);
    return err;
}

static int64_t flags_set(struct task *t, struct file *f, uint32_t flags)
{
    int err;

    if ((flags & O_NOATIME) && !(file_flags(f) & O_NOATIME) &&
        t->cred->fsuid != f->inode->uid && !cred_capable(t->cred, CAP_FOWNER))
        return -EPERM;
    err = set_async(f, (flags & O_ASYNC) != 0);
    if (!err)
        file_change_flags(f, SETFL_FLAGS, flags & SETFL_FLAGS);
    return err;
}

static int64_t seals_get(struct file *f)
{
    return inode_has(f->inode, INODE_SEALABLE) ? (int64_t)f->inode->seals : -EINVAL;
}

static int64_t fcntl_rare(struct task *t, struct file *f, int cmd, uint64_t arg)
{
    switch (cmd) {
    case F_SETOWN:
        if ((int32_t)arg == INT32_MIN)
            return -EINVAL;
        f->async_owner = (int32_t)arg;
        return 0;
    case F_GETOWN:
        return f->async_owner;
    case F_SETOWN_EX:
        return owner_set(f, arg);
    case F_GETOWN_EX:
        return owner_get(f, arg);
    case F_SETSIG:
        if (arg > 64)
            return -EINVAL;
        f->async_sig = (int32_t)arg;
        return 0;
    case F_GETSIG:
        return f->async_sig;
    case F_SETPIPE_SZ:
        return pipe_resize(f, (uint32_t)arg, cred_capable(t->cred, CAP_SYS_RESOURCE));
    case F_GETPIPE_SZ:
        return pipe_size(f);
    case F_ADD_SEALS:
        return file_add_seals(f, (uint32_t)arg);
    case F_GET_SEALS:
        return seals_get(f);
    case F_GETLEASE:
        return F_UNLCK;
    default:
        return -EINVAL;
    }
}

static int64_t fcntl_file(struct task *t, int fd, struct file *f, int cmd, uint64_t arg)
{
    switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return do_dup(t, f, (uint32_t)arg, cmd == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return fd_cloexec(t->fds, fd, -1) ? FD_CLOEXEC : 0;
    case F_SETFD:
        return fd_cloexec(t->fds, fd, (arg & FD_CLOEXEC) != 0);
    case F_GETFL:
        return f->flags;
    }
    if (file_flags(f) & O_PATH)
        return -EBADF;
    switch (cmd) {
    case F_SETFL:
        return flags_set(t, f, (uint32_t)arg);
    case F_GETLK:
    case F_OFD_GETLK:
        return lock_get(t, f, cmd, arg);
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_change(t, fd, f, cmd, arg);
    default:
        return fcntl_rare(t, f, cmd, arg);
    }
}

int64_t sys_fcntl(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t result;

    if (!f)
        return -EBADF;
    result = fcntl_file(t, (int32_t)a[0], f, (int32_t)a[1], a[2]);
    file_put(f);
    return result;
}

/* ---- ioctl: what every file understands ---- */

static int64_t ioctl_flag(struct file *f, uint64_t arg, bool async)
{
    uint32_t on;

    if (get_user32(&on, arg))
        return -EFAULT;
    if (async)
        return set_async(f, on != 0);
    file_change_flags(f, O_NONBLOCK, on ? O_NONBLOCK : 0);
    return 0;
}

/* The one request whose result is a descriptor. */
static int64_t ioctl_peer(struct task *t, struct file *f, uint64_t flags)
{
    struct file *peer;
    int err = pty_open_peer(f, (uint32_t)flags, &peer);

    return err ? err : syscall_install(t, peer, (uint32_t)flags);
}

static int64_t ioctl_file(struct task *t, int fd, struct file *f, uint32_t cmd,
                          uint64_t arg)
{
    switch (cmd) {
    case FIOCLEX:
        return fd_cloexec(t->fds, fd, 1);
    case FIONCLEX:
        return fd_cloexec(t->fds, fd, 0);
    case FIONBIO:
        return ioctl_flag(f, arg, false);
    case FIOASYNC:
        return ioctl_flag(f, arg, true);
    case TIOCGPTPEER:
        return ioctl_peer(t, f, arg);
    case FIONREAD:
        if (S_ISREG(inode_mode(f->inode)))
            return put_user32(arg, (uint32_t)(inode_size(f->inode) -
                                              MIN(f->pos, inode_size(f->inode))));
        break;
    default:
        break;
    }
    return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

int64_t sys_ioctl(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t result;

    if (!f)
        return -EBADF;
    if (file_flags(f) & O_PATH)
        result = -EBADF;
    else
        result = ioctl_file(t, (int32_t)a[0], f, (uint32_t)a[1], a[2]);
    file_put(f);
    return result;
}
