/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signalfd(2): taking signals by reading a descriptor.
 *
 * Reads take from whoever reads, so the file has nothing but a mask.  Pollers wait on the
 * polling process's own queue; the file keeps a reference to each process that ever polled it,
 * because an epoll leaves callbacks on that queue until the file goes.  Those of processes that
 * have ended and wait for nothing are dropped when the next one comes.
 *
 * Locking: signalfd.lock (mutex) covers the list of pollers; the mask is atomic.
 */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/install.h"
#include "vm/ucopy.h"

struct signalfd {
    uint64_t mask;
    struct mutex lock;
    struct list_node pollers;
};

struct signalfd_poller {
    struct list_node link;
    struct process *process;
};

/* struct signalfd_siginfo of signalfd(2). */
struct abi_signalfd_info {
    uint32_t signo;
    int32_t error, code;
    uint32_t pid, uid;
    int32_t fd;
    uint32_t tid, band, overrun, trapno;
    int32_t status, value_int;
    uint64_t value_ptr, utime, stime, addr;
    uint16_t addr_lsb, pad2;
    int32_t syscall;
    uint64_t call_addr;
    uint32_t arch;
    uint8_t pad[28];
};
_Static_assert(sizeof(struct abi_signalfd_info) == 128, "struct signalfd_siginfo");

static void fill(struct abi_signalfd_info *out, const struct abi_siginfo *in)
{
    memset(out, 0, sizeof(*out));
    out->signo = (uint32_t)in->signo;
    out->error = in->error;
    out->code = in->code;
    if (in->signo == SIGCHLD && in->code > 0 && in->code <= CLD_CONTINUED) {
        out->pid = (uint32_t)in->child.pid;
        out->uid = in->child.uid;
        out->status = in->child.status;
        out->utime = (uint64_t)in->child.utime;
        out->stime = (uint64_t)in->child.stime;
    } else if (in->code == SI_TIMER) {
        out->tid = (uint32_t)in->timer.id;
        out->overrun = (uint32_t)in->timer.overrun;
        out->value_ptr = in->timer.value;
        out->value_int = (int32_t)in->timer.value;
    } else if (in->signo == SIGIO && in->code > 0 && in->code <= POLL_HUP) {
        out->band = (uint32_t)in->poll.band;
        out->fd = in->poll.fd;
    } else if (in->code > 0 && in->code < SI_KERNEL) {
        out->addr = in->fault.addr;
        out->addr_lsb = (uint16_t)in->fault.addr_lsb;
    } else {
        out->pid = (uint32_t)in->rt.pid;
        out->uid = in->rt.uid;
        out->value_ptr = in->rt.value;
        out->value_int = (int32_t)in->rt.value;
    }
}

static int64_t signalfd_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct signalfd *s = f->priv;
    struct task *t = task_current();
    struct abi_signalfd_info out;
    struct abi_siginfo info;
    int64_t total = 0;

    (void)pos;
    if (!t || to->left < sizeof(out))
        return -EINVAL;
    while (to->left >= sizeof(out)) {
        uint64_t set = atomic_load(&s->mask) & ~SIGNAL_MASK_KERNEL;
        bool wait = total == 0 && !(atomic_load_relaxed(&f->flags) & O_NONBLOCK);
        int signo = signal_take(t, set, &info);
        int64_t n;

        if (signo == 0 && wait) {
            signo = signal_wait(t, set, HAL_NEVER, &info);
            if (signo < 0)
                return signo == -EINTR ? -ERESTARTSYS : signo;
        }
        if (signo == 0)
            return total ? total : -EAGAIN;
        fill(&out, &info);
        n = vm_iter_put(to, &out, sizeof(out));
        if (n != (int64_t)sizeof(out))
            return total ? total : -EFAULT;
        total += n;
    }
    return total;
}

static void drop_poller(struct signalfd_poller *p)
{
    list_del(&p->link);
    process_put(p->process);
    kfree(p);
}

/* Keep `process` as long as somebody may be on its queue.  False: no memory. */
static bool keep_poller(struct signalfd *s, struct process *process)
{
    struct signalfd_poller *p, *tmp;

    list_for_each_entry_safe (p, tmp, &s->pollers, link) {
        if (p->process == process)
            return true;
        if (atomic_load_relaxed(&p->process->zombie) &&
            wait_queue_empty(&p->process->signal_wait))
            drop_poller(p);
    }
    p = kzalloc(sizeof(*p));
    if (!p)
        return false;
    process_get(process);
    p->process = process;
    list_add(&p->link, &s->pollers);
    return true;
}

static uint32_t signalfd_poll(struct file *f, struct poll_table *pt)
{
    struct signalfd *s = f->priv;
    struct task *t = task_current();
    bool kept;

    if (!t)
        return 0;
    if (pt && pt->queue) {
        mutex_lock(&s->lock);
        kept = keep_poller(s, t->process);
        mutex_unlock(&s->lock);
        if (!kept)
            return EPOLLERR;
        poll_wait(pt, &t->process->signal_wait);
    }
    return signal_pending(t) & atomic_load(&s->mask) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void signalfd_release(struct file *f)
{
    struct signalfd *s = f->priv;
    struct signalfd_poller *p, *tmp;

    list_for_each_entry_safe (p, tmp, &s->pollers, link)
        drop_poller(p);
    kfree(s);
}

static const struct file_ops signalfd_ops = {
    .release = signalfd_release,
    .read = signalfd_read,
    .poll = signalfd_poll,
};

static int64_t change_mask(struct task *t, int fd, uint64_t mask)
{
    struct file *f = fd_lookup(t->fds, fd);
    struct signalfd *s;

    if (!f)
        return -EBADF;
    if (f->ops != &signalfd_ops) {
        file_put(f);
        return -EINVAL;
    }
    s = f->priv;
    atomic_store(&s->mask, mask);
    wait_wake_all(&t->process->signal_wait);
    file_put(f);
    return fd;
}

static int64_t do_signalfd(struct task *t, const uint64_t a[6], uint32_t flags)
{
    int fd = (int32_t)a[0];
    struct signalfd *s;
    struct file *f;
    uint64_t mask;
    int err;

    if (a[2] != ABI_SIGSET_BYTES || (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK)))
        return -EINVAL;
    if (copy_from_user(&mask, a[1], sizeof(mask)))
        return -EFAULT;
    mask &= ~SIGNAL_MASK_KERNEL;
    if (fd != -1)
        return change_mask(t, fd, mask);
    s = kzalloc(sizeof(*s));
    if (!s)
        return -ENOMEM;
    mutex_init(&s->lock, "signalfd.lock");
    list_init(&s->pollers);
    s->mask = mask;
    err = file_anonymous(&signalfd_ops, "anon_inode:[signalfd]", 0600,
                         O_RDWR | (flags & O_NONBLOCK), s, &f);
    if (err) {
        kfree(s);
        return err;
    }
    return syscall_install(t, f, flags);
}

int64_t sys_signalfd(struct task *t, const uint64_t a[6])
{
    return do_signalfd(t, a, 0);
}

int64_t sys_signalfd4(struct task *t, const uint64_t a[6])
{
    return do_signalfd(t, a, (uint32_t)a[3]);
}
