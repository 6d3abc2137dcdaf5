/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that stand for a process: readable once it has ended. */
#include "proc/pidfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "lib/format.h"
#include "proc/proc_priv.h"

static void pidfd_release(struct file *f)
{
    process_put(f->priv);
}

static uint32_t pidfd_poll(struct file *f, struct poll_table *pt)
{
    struct process *p = f->priv;

    poll_wait(pt, &p->exit_wait);
    return atomic_load(&p->zombie) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int pidfd_fdinfo(struct file *f, char *buf, size_t size)
{
    const struct process *p = f->priv;
    int32_t pid = p->reaped ? -1 : p->pid;

    return ksnprintf(buf, size, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_extra_ops pidfd_extra = {.fdinfo = pidfd_fdinfo};
static const struct file_ops pidfd_ops = {
    .release = pidfd_release,
    .poll = pidfd_poll,
    .extra = &pidfd_extra,
};

int pidfd_install(struct task *t, struct process *p, unsigned flags)
{
    struct file *f;
    int fd, err;

    process_get(p);
    err = file_anonymous(&pidfd_ops, "anon_inode:[pidfd]", 0600, O_RDWR | flags, p, &f);
    if (err) {
        process_put(p);
        return err;
    }
    fd = fd_install(t->fds, f, 0, (unsigned)task_rlimit(t, RLIMIT_NOFILE), true);
    file_put(f);
    return fd;
}

int pidfd_lookup(struct task *t, int fd, struct process **out, bool *nonblock)
{
    struct file *f = fd_lookup(t->fds, fd);
    int err = -EBADF;

    if (!f)
        return err;
    if (f->ops == &pidfd_ops) {
        *out = f->priv;
        process_get(*out);
        if (nonblock)
            *nonblock = (f->flags & O_NONBLOCK) != 0;
        err = 0;
    }
    file_put(f);
    return err;
}
