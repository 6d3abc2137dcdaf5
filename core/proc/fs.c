/* SPDX-License-Identifier: BSD-2-Clause */
/* Root, current directory and umask of a task. */
#include "proc/fs.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/task.h"

#define UMASK_ALL 0777u

static struct fs_share *fs_share_new(void)
{
    struct fs_share *fs = kzalloc(sizeof(*fs));

    if (!fs)
        return NULL;
    refcount_init(&fs->refs, 1);
    spin_init(&fs->lock, "proc.fs");
    return fs;
}

int fs_share_create(const struct vfs_context *from, struct fs_share **out)
{
    struct fs_share *fs = fs_share_new();

    if (!fs)
        return -ENOMEM;
    fs->root = from->root;
    fs->cwd = from->cwd;
    fs->umask = from->umask;
    if (fs->root.dentry)
        vfs_path_get(&fs->root);
    if (fs->cwd.dentry)
        vfs_path_get(&fs->cwd);
    *out = fs;
    return 0;
}

/* Paths with references, and the umask. */
static void fs_snapshot(struct fs_share *fs, struct vfs_context *out)
{
    bool irq = spin_lock_irqsave(&fs->lock);

    out->root = fs->root;
    out->cwd = fs->cwd;
    out->umask = fs->umask;
    if (out->root.dentry)
        vfs_path_get(&out->root);
    if (out->cwd.dentry)
        vfs_path_get(&out->cwd);
    spin_unlock_irqrestore(&fs->lock, irq);
}

static void paths_put(struct vfs_path *root, struct vfs_path *cwd)
{
    if (root->dentry)
        vfs_path_put(root);
    if (cwd->dentry)
        vfs_path_put(cwd);
}

int fs_share_copy(struct fs_share *from, struct fs_share **out)
{
    struct fs_share *fs = fs_share_new();
    struct vfs_context ctx;

    if (!fs)
        return -ENOMEM;
    fs_snapshot(from, &ctx);
    fs->root = ctx.root;
    fs->cwd = ctx.cwd;
    fs->umask = ctx.umask;
    *out = fs;
    return 0;
}

void fs_share_get(struct fs_share *fs)
{
    refcount_get(&fs->refs);
}

void fs_share_put(struct fs_share *fs)
{
    if (!refcount_put(&fs->refs))
        return;
    paths_put(&fs->root, &fs->cwd);
    kfree(fs);
}

bool fs_is_shared(struct fs_share *fs)
{
    return refcount_read(&fs->refs) > 1;
}

/* The task's share with a reference, or NULL when it has exited. */
static struct fs_share *task_share_get(struct task *t)
{
    struct process *p = t->process;
    struct fs_share *fs;
    bool irq;

    irq = spin_lock_irqsave(&p->signal_lock);
    fs = t->fs;
    if (fs)
        fs_share_get(fs);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return fs;
}

void task_fs_get(struct task *t, struct vfs_context *out)
{
    struct fs_share *fs;

    *out = (struct vfs_context){.cred = task_cred_get(t)};
    /* One's own cannot go away: nobody else replaces it. */
    if (t == task_current()) {
        if (t->fs)
            fs_snapshot(t->fs, out);
        return;
    }
    fs = task_share_get(t);
    if (!fs)
        return;
    fs_snapshot(fs, out);
    fs_share_put(fs);
}

void task_fs_put(struct vfs_context *ctx)
{
    paths_put(&ctx->root, &ctx->cwd);
    cred_put((struct cred *)ctx->cred);
}

static void path_replace(struct fs_share *fs, struct vfs_path *at,
                         const struct vfs_path *p)
{
    struct vfs_path old;
    bool irq;

    vfs_path_get(p);
    irq = spin_lock_irqsave(&fs->lock);
    old = *at;
    *at = *p;
    spin_unlock_irqrestore(&fs->lock, irq);
    if (old.dentry)
        vfs_path_put(&old);
}

void task_fs_set_cwd(struct task *t, const struct vfs_path *p)
{
    path_replace(t->fs, &t->fs->cwd, p);
}

void task_fs_set_root(struct task *t, const struct vfs_path *p)
{
    path_replace(t->fs, &t->fs->root, p);
}

uint32_t task_fs_set_umask(struct task *t, uint32_t umask)
{
    struct fs_share *fs = t->fs;
    bool irq = spin_lock_irqsave(&fs->lock);
    uint32_t old = fs->umask;

    fs->umask = umask & UMASK_ALL;
    spin_unlock_irqrestore(&fs->lock, irq);
    return old;
}
