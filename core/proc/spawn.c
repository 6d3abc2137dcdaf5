/* SPDX-License-Identifier: BSD-2-Clause */
/* The first processes: the kernel's own init, and the program that the boot order starts. */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/string.h"
#include "proc/exec.h"
#include "trace/log.h"
#include "tty/tty.h"

/* What proc_spawn() and the new task tell each other; on the former's stack, so the task does
 * not touch it once `done` is set.  The spawner sleeps on the task's vfork_wait. */
struct spawn_request {
    const struct proc_spawn_args *args;
    bool done; /* atomic */
    int err;
};

static void idle_entry(void *arg)
{
    struct task *t = arg;

    for (;;) {
        if (wait_event(&t->process->signal_wait, false))
            thread_interrupt_clear(); /* signals are not for this process */
    }
}

/* A process with one task, in a session and group of its own, a child of `parent`. */
static int link_first(struct task *t, struct pid *number, struct process *parent)
{
    struct process *p = t->process;
    struct session *s = session_alloc(number->nr);
    bool irq;

    if (!s)
        return -ENOMEM;
    irq = spin_lock_irqsave(&proc_tree_lock);
    spin_lock(&p->signal_lock);
    task_link_locked(t, number);
    spin_unlock(&p->signal_lock);
    process_set_parent_locked(p, parent);
    list_add_tail(&p->sibling, &parent->children);
    group_join_locked(p, number);
    session_join_locked(p, s);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return 0;
}

/* A task of a process of its own, without memory. */
static int make_first(const char *name, void (*entry)(void *), struct task **out)
{
    struct process *p = process_alloc();
    struct cred *root = cred_root();
    struct task *t = NULL;
    int err = -ENOMEM;

    if (!p)
        goto out;
    lib_strlcpy(p->comm, name, sizeof(p->comm));
    p->sighand = sighand_alloc();
    if (p->sighand)
        t = task_alloc(p, root);
    if (t)
        err = task_attach_thread(t, name, NULL, entry);
    if (err) {
        if (t)
            task_discard(t);
        process_put(p);
    }
out:
    cred_put(root);
    *out = t;
    return err;
}

/* Process 1, where no program takes that place: orphans become its children and are reaped as
 * they end (see proc_notify_exit_locked()), so it has nothing to do. */
static int make_init(void)
{
    struct pid *number = NULL;
    struct task *t;
    int err;

    if (proc_init_process != proc_kernel)
        return 0;
    err = make_first("init", idle_entry, &t);
    if (err)
        return err;
    err = pid_alloc(1, &number);
    if (!err)
        err = link_first(t, number, proc_kernel);
    kassert(!err); /* boot: nobody else has the number, and memory is plenty */
    t->process->is_init = t->process->kernel = true;
    proc_init_process = t->process;
    task_get(t);
    thread_start(t->thread);
    return 0;
}

static int give_files(struct task *t, const struct proc_spawn_args *args)
{
    int err = fs_share_create(args->fs, &t->fs);

    if (!err)
        err = fd_table_create(&t->fds);
    for (unsigned i = 0; i < 3 && !err; i++) {
        if (args->stdio[i])
            err = fd_install_at(t->fds, args->stdio[i], i, 3, false);
        err = err < 0 ? err : 0;
    }
    return err;
}

static void give_terminal(struct process *p, struct file *f)
{
    struct tty *tty = f ? tty_of_file(f) : NULL;

    if (!tty)
        return;
    if (tty_session_attach(tty, p->sid, p->pgid))
        log_warn("proc", "the console is another session's terminal");
    tty_put(tty);
}

/* The new task, in its own thread: become the program. */
static void spawn_entry(void *arg)
{
    struct task *t = arg;
    struct spawn_request *r = t->start_arg;
    int err;

    t->start_arg = NULL;
    if (r->args->controlling_tty)
        give_terminal(t->process, r->args->stdio[0]);
    err = proc_exec_kernel(t, r->args->path, r->args->argv, r->args->envp);
    r->err = err;
    if (!err)
        t->process->kernel_waits = true;
    atomic_store(&r->done, true);
    wait_wake_all(&t->vfork_wait);
    if (err)
        task_exit(ABI_STATUS_EXIT(127));
    task_loop(t);
}

int proc_spawn(const struct proc_spawn_args *args, int32_t *pid)
{
    struct spawn_request r = {.args = args};
    struct pid *number = NULL;
    struct task *t;
    int err = args->as_init ? 0 : make_init();

    if (err)
        return err;
    err = make_first("first", spawn_entry, &t);
    if (err)
        return err;
    err = give_files(t, args);
    if (!err)
        err = pid_alloc(args->as_init ? 1 : 0, &number);
    if (!err)
        err = link_first(t, number, args->as_init ? proc_kernel : proc_init_process);
    if (err) {
        struct process *p = t->process;

        if (number)
            pid_free(number);
        task_discard(t);
        process_put(p);
        return err;
    }
    if (args->as_init) {
        t->process->is_init = t->process->unkillable = true;
        proc_init_process = t->process;
    }
    t->start_arg = &r;
    *pid = t->tid;
    task_get(t); /* the running thread's */
    task_get(t);
    thread_start(t->thread);
    wait_event_uninterruptible(&t->vfork_wait, atomic_load(&r.done));
    task_put(t);
    return r.err;
}

int proc_wait(int32_t pid, int *status)
{
    struct list_node dead = LIST_INIT(dead);
    struct process *p = process_find(pid);
    bool irq;

    if (!p)
        return -ESRCH;
    wait_event_idle(&p->exit_wait, atomic_load(&p->zombie));
    irq = spin_lock_irqsave(&proc_tree_lock);
    *status = p->exit_code;
    if (!p->reaped)
        process_unlink_locked(p, &dead);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    process_forget(&dead);
    process_put(p);
    return 0;
}
