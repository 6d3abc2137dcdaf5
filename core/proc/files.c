/* SPDX-License-Identifier: BSD-2-Clause */
#include "proc/files.h"

#include "abi/errno.h"
#include "abi/sched-clone.h"
#include "proc/fs.h"
#include "proc/task.h"

int task_files_copy(struct task *from, struct task *to, uint64_t flags)
{
    int err = 0;

    if (flags & ABI_CLONE_FS) {
        fs_share_get(from->fs);
        to->fs = from->fs;
    } else {
        err = fs_share_copy(from->fs, &to->fs);
    }
    if (err)
        return err;
    if (!(flags & ABI_CLONE_FILES))
        return fd_table_copy(from->fds, &to->fds);
    fd_table_get(from->fds);
    to->fds = from->fds;
    return 0;
}

void task_files_put(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct fd_table *fds = t->fds;
    struct fs_share *fs = t->fs;

    t->fds = NULL;
    t->fs = NULL;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (fds)
        fd_table_put(fds);
    if (fs)
        fs_share_put(fs);
}

struct fd_table *task_fds_get(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct fd_table *fds = t->fds;

    if (fds)
        fd_table_get(fds);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return fds;
}

struct fd_table *task_fds_replace(struct task *t, struct fd_table *fds)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct fd_table *old = t->fds;

    t->fds = fds;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return old;
}

bool task_fds_shared_outside(struct task *t)
{
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct task *other;
    uint32_t own = 0;

    list_for_each_entry (other, &p->tasks, link)
        own += other->fds == t->fds;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return fd_table_users(t->fds) > own;
}

int task_fds_unshare(struct task *t)
{
    struct fd_table *fresh;
    int err;

    if (fd_table_users(t->fds) == 1)
        return 0;
    err = fd_table_copy(t->fds, &fresh);
    if (!err)
        fd_table_put(task_fds_replace(t, fresh));
    return err;
}

int task_fs_unshare(struct task *t)
{
    struct fs_share *fresh, *old;
    bool irq;
    int err;

    if (!fs_is_shared(t->fs))
        return 0;
    err = fs_share_copy(t->fs, &fresh);
    if (err)
        return err;
    irq = spin_lock_irqsave(&t->process->signal_lock);
    old = t->fs;
    t->fs = fresh;
    spin_unlock_irqrestore(&t->process->signal_lock, irq);
    fs_share_put(old);
    return 0;
}
