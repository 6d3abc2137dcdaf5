/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve(2): the new program is complete, memory and stack and all, before the old one is
 * touched; then nothing can fail any more.
 */
#include "proc/exec.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "abi/user.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/exec_priv.h"
#include "proc/sigpage.h"
#include "vfs/mount.h"

#define STACK_GAP_MIN (UINT64_C(128) << 20) /* kept free for the stack, as Linux does */

/* ---- opening ---- */

static int check_executable(const struct vfs_path *p, const struct cred *c)
{
    struct inode *inode = vfs_path_inode(p);

    if (!S_ISREG(inode->mode) || (p->mount && (p->mount->flags & MS_NOEXEC)))
        return -EACCES;
    return inode_permission(inode, c, 1);
}

/* To execute takes no right to read: open with the kernel's own, now that it is checked. */
static int open_unreadable(const struct vfs_context *ctx, const struct vfs_path *p,
                           struct file **out)
{
    struct vfs_context as_kernel = *ctx;
    struct cred *c = cred_copy(ctx->cred);
    int err;

    if (!c)
        return -ENOMEM;
    c->cap_effective |= CAP_BIT(CAP_DAC_READ_SEARCH);
    as_kernel.cred = c;
    err = vfs_open(&as_kernel, p, "", O_RDONLY, 0, VFS_EMPTY, out);
    cred_put(c);
    return err;
}

int exec_open(struct task *t, const struct vfs_path *at, const char *path, unsigned flags,
              struct file **out)
{
    struct vfs_context ctx;
    struct vfs_path p;
    int err;

    task_fs_get(t, &ctx);
    err = vfs_walk(&ctx, at, path, flags, &p);
    if (err)
        goto put_context;
    err = check_executable(&p, ctx.cred);
    if (err)
        goto put_path;
    if (inode_permission(vfs_path_inode(&p), ctx.cred, 4) == 0)
        err = vfs_open(&ctx, &p, "", O_RDONLY, 0, VFS_EMPTY, out);
    else
        err = open_unreadable(&ctx, &p, out);
    if (!err) {
        err = file_deny_write(*out);
        if (err)
            file_put(*out);
    }
put_path:
    vfs_path_put(&p);
put_context:
    task_fs_put(&ctx);
    return err;
}

/* ---- the new memory ---- */

static int make_space(struct exec *x)
{
    struct task *t = x->task;
    struct vm_space *s;
    uint64_t range, gap;
    int err = vm_space_create(&x->space);

    if (err)
        return err;
    s = x->space;
    s->limit_as = task_rlimit(t, RLIMIT_AS);
    s->limit_data = task_rlimit(t, RLIMIT_DATA);
    s->limit_stack = task_rlimit(t, RLIMIT_STACK);
    s->limit_memlock = task_rlimit(t, RLIMIT_MEMLOCK);
    x->stack_top = ALIGN_DOWN(s->user_max, PAGE_SIZE);
    range = x->stack_top - s->user_min;
    gap = CLAMP(s->limit_stack, MIN(STACK_GAP_MIN, range / 6), range / 6 * 5);
    s->mmap_base = ALIGN_DOWN(x->stack_top - gap, PAGE_SIZE);
    file_get(x->file);
    s->exe = x->file;
    return 0;
}

/* A position-independent program goes to two thirds of user memory, where Linux has it too. */
static int place_program(struct exec *x)
{
    struct elf_image *e = &x->image;
    struct vm_space *s = x->space;
    uint64_t span = e->end - e->start;
    uint64_t base = ALIGN_DOWN(s->user_max / 3 * 2, e->align);

    if (!e->relocatable)
        return 0;
    if (base < s->user_min || base > s->mmap_base || span > s->mmap_base - base)
        base = ALIGN_UP(s->user_min, e->align);
    if (base > s->mmap_base || span > s->mmap_base - base)
        return -ENOMEM;
    e->bias = base - ALIGN_DOWN(e->start, e->align);
    return e->start + e->bias + span > s->mmap_base ? -ENOMEM : 0;
}

/* Any hole that is large enough: ask for one, and give it back at once. */
static int place_interp(struct exec *x)
{
    struct elf_image *e = &x->interp;
    uint64_t slack = e->align > PAGE_SIZE ? e->align : 0, at;
    struct vm_map_args a = {
        .len = e->end - e->start + slack,
        .prot = PROT_NONE,
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
    };
    int err;

    if (!e->relocatable)
        return 0;
    err = vm_map(x->space, &a, &at);
    if (err)
        return err;
    e->bias = ALIGN_UP(at, e->align) - ALIGN_DOWN(e->start, e->align);
    if (e->start + e->bias < at || e->end + e->bias > at + a.len)
        e->bias = at - e->start; /* an odd start address: only page alignment fits */
    return vm_unmap(x->space, at, a.len);
}

static int load_interp(struct exec *x)
{
    char *path = kmalloc(ELF_INTERP_MAX);
    struct file *f;
    int err = path ? elf_read_interp(x->file, &x->image, path) : -ENOMEM;

    if (!err)
        err = exec_open(x->task, NULL, path, 0, &f);
    kfree(path);
    if (err)
        return err;
    err = elf_read(f, x->space->user_min, x->space->mmap_base, &x->interp);
    if (err == -ENOEXEC)
        err = -ELIBBAD;
    if (!err)
        err = place_interp(x);
    if (!err)
        err = elf_map(x->space, f, &x->interp);
    file_allow_write(f); /* its mappings keep it open: only the program stays busy */
    file_put(f);
    x->has_interp = true;
    return err;
}

static void describe_space(struct exec *x)
{
    struct vm_space *s = x->space;
    const struct elf_image *e = &x->image;

    s->start_code = e->code_start + e->bias;
    s->end_code = e->code_end + e->bias;
    s->start_data = e->data_start + e->bias;
    s->end_data = e->data_end + e->bias;
    s->brk_start = s->brk = ALIGN_UP(e->brk + e->bias, PAGE_SIZE);
}

static int load(struct exec *x)
{
    int err = make_space(x);

    if (!err)
        err = elf_read(x->file, x->space->user_min, x->space->mmap_base, &x->image);
    if (!err)
        err = place_program(x);
    if (!err)
        err = elf_map(x->space, x->file, &x->image);
    if (err)
        return err;
    describe_space(x);
    if (x->image.interp_len)
        err = load_interp(x);
    if (!err)
        err = sigpage_map(x->space);
    return err ? err : exec_stack(x);
}

/* ---- what else is needed ---- */

static int prepare(struct exec *x)
{
    struct process *p = x->task->process;
    int err = exec_cred(x);

    if (!err)
        err = load(x);
    if (!err && refcount_read(&p->sighand->refs) > 1) {
        x->sighand = sighand_copy(p->sighand);
        err = x->sighand ? 0 : -ENOMEM;
    }
    if (!err && task_fds_shared_outside(x->task))
        err = fd_table_copy(x->task->fds, &x->fds);
    if (err)
        return err;
    err = hal_user_init(&x->user, x->space->handle, NULL);
    x->user_ready = !err;
    return err;
}

static void discard(struct exec *x)
{
    if (x->user_ready)
        hal_user_fini(&x->user);
    if (x->space)
        vm_space_put(x->space);
    if (x->sighand)
        sighand_put(x->sighand);
    if (x->fds)
        fd_table_put(x->fds);
    if (x->cred)
        cred_put(x->cred);
    elf_image_free(&x->image);
    elf_image_free(&x->interp);
    exec_args_free(&x->args);
    if (x->file)
        file_put(x->file);
}

/* ---- the point of no return ---- */

static void commit_memory(struct exec *x)
{
    struct task *t = x->task;
    struct process *p = t->process;
    struct vm_space *old, *old_process;
    /* Faults of memory that a vfork's child has on loan are the parent's. */
    bool own = t->space && refcount_read(&t->space->refs) <= 2;
    bool irq;

    task_release_memory(t);
    vm_space_get(x->space);
    irq = spin_lock_irqsave(&p->signal_lock);
    old_process = p->space;
    p->space = x->space;
    spin_unlock_irqrestore(&p->signal_lock, irq);
    old = task_switch_space(t, x->space);
    x->space = NULL;
    if (t->user.space)
        hal_user_fini(&t->user);
    t->user = x->user;
    x->user_ready = false;
    if (own) {
        p->minflt += atomic_load_relaxed(&old->minor_faults);
        p->majflt += atomic_load_relaxed(&old->major_faults);
        p->maxrss_pages = MAX(p->maxrss_pages, atomic_load_relaxed(&old->rss_peak));
    }
    if (old)
        vm_space_put(old);
    if (old_process)
        vm_space_put(old_process);
}

static void commit_shared(struct exec *x)
{
    struct process *p = x->task->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    if (x->sighand) {
        struct sighand *old = p->sighand;

        p->sighand = x->sighand;
        x->sighand = old;
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (x->fds)
        x->fds = task_fds_replace(x->task, x->fds);
    irq = spin_lock_irqsave(&proc_tree_lock);
    p->exit_signal = SIGCHLD;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    signal_exec_reset(p);
    fd_close_on_exec(x->task->fds);
}

static void commit_task(struct exec *x)
{
    struct task *t = x->task;
    struct process *p = t->process;
    const char *slash = strrchr(x->path, '/');
    uint64_t entry =
        x->has_interp ? x->interp.entry + x->interp.bias : x->image.entry + x->image.bias;

    if (x->secure)
        t->pdeath_signal = 0;
    p->dumpable = !x->secure;
    task_cred_set(t, x->cred);
    x->cred = NULL;
    task_set_comm(t, slash ? slash + 1 : x->path);
    t->altstack = (struct abi_stack){.flags = SS_DISABLE};
    t->restart = (struct restart_block){0};
    t->robust_list = t->robust_len = 0;
    t->set_child_tid = t->clear_child_tid = 0;
    p->did_exec = true;
    user_regs_start(&t->user.regs, entry, x->sp);
}

static int exec_run(struct exec *x)
{
    struct process *p = x->task->process;
    int err = exec_script(x);

    if (!err)
        err = prepare(x);
    if (!err)
        err = proc_single_out(x->task);
    if (err)
        return err;
    if (proc_hooks && proc_hooks->exec)
        proc_hooks->exec(p);
    commit_memory(x);
    commit_shared(x);
    commit_task(x);
    return 0;
}

int proc_exec(struct task *t, struct file *program, const char *path, uint64_t argv,
              uint64_t envp)
{
    struct exec *x = kzalloc(sizeof(*x));
    int err;

    if (!x)
        return -ENOMEM;
    x->task = t;
    x->path = path;
    x->file = program;
    file_get(program);
    exec_args_init(&x->args, t);
    err = exec_args_user(&x->args, argv, envp);
    if (!err)
        err = exec_run(x);
    discard(x);
    kfree(x);
    return err;
}

int proc_exec_kernel(struct task *t, const char *path, const char *const *argv,
                     const char *const *envp)
{
    struct exec *x = kzalloc(sizeof(*x));
    int err;

    if (!x)
        return -ENOMEM;
    x->task = t;
    x->path = path;
    exec_args_init(&x->args, t);
    err = exec_args_kernel(&x->args, argv, envp);
    if (!err)
        err = exec_open(t, NULL, path, 0, &x->file);
    if (!err)
        err = exec_run(x);
    discard(x);
    kfree(x);
    return err;
}
