/* SPDX-License-Identifier: BSD-2-Clause */
#include "people.h"

#include "mm/frame.h"
#include "mm/slab.h"
#include "vfs/epoll.h"

static struct task *first;

static void never_runs(void *arg)
{
    (void)arg;
}

static struct task *make_task(struct process *p)
{
    struct cred *root = cred_root();
    struct task *t = task_alloc(p, root);

    cred_put(root);
    assert_non_null(t);
    assert_int_equal(task_attach_thread(t, "test", NULL, never_runs), 0);
    return t;
}

static void link_task(struct task *t, struct pid *number)
{
    spin_lock(&t->process->signal_lock);
    task_link_locked(t, number);
    spin_unlock(&t->process->signal_lock);
}

struct task *people_child(struct task *parent)
{
    struct process *p = process_alloc(),
                   *from = parent ? parent->process : first->process;
    struct pid *number;
    struct task *t;
    bool irq;

    assert_non_null(p);
    p->sighand = sighand_alloc();
    assert_non_null(p->sighand);
    t = make_task(p);
    assert_int_equal(pid_alloc(0, &number), 0);
    irq = spin_lock_irqsave(&proc_tree_lock);
    link_task(t, number);
    p->parent = from;
    list_add_tail(&p->sibling, &from->children);
    if (parent) {
        group_join_locked(p, pid_lookup_locked(from->pgid));
        session_get(from->session);
        session_join_locked(p, from->session);
    } else {
        group_join_locked(p, number);
        session_join_locked(p, session_alloc(number->nr));
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return t;
}

struct task *people_thread(struct task *t)
{
    struct task *more = make_task(t->process);
    struct pid *number;
    bool irq;

    assert_int_equal(pid_alloc(0, &number), 0);
    irq = spin_lock_irqsave(&proc_tree_lock);
    link_task(more, number);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return more;
}

void people_become(struct task *t)
{
    thread_current()->owner = t;
    if (thread_interrupted())
        thread_interrupt_clear();
}

void people_bury(struct task *t)
{
    struct process *p = t->process;
    struct list_node dead = LIST_INIT(dead);
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    struct task *each, *next;

    while (!list_empty(&p->children)) {
        struct process *c = list_first_entry(&p->children, struct process, sibling);

        list_move(&c->sibling, &first->process->children);
        c->parent = first->process;
    }
    p->zombie = true;
    p->task_count = 0;
    spin_lock(&p->signal_lock);
    list_for_each_entry_safe (each, next, &p->tasks, link) {
        if (each != p->leader) {
            task_unlink_locked(each);
            list_add(&each->link, &dead);
        }
    }
    spin_unlock(&p->signal_lock);
    list_for_each_entry_safe (each, next, &dead, link) {
        list_del(&each->link);
        task_put(each);
    }
    process_unlink_locked(p, &dead);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    process_forget(&dead);
}

bool people_interrupted(const struct task *t)
{
    return t->thread->interrupt;
}

bool people_killed(const struct task *t)
{
    return t->thread->fatal;
}

int people_boot(void **state)
{
    struct process *p;
    struct pid *number;
    bool irq;

    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    sched_init();
    vm_init();
    vfs_init();
    epoll_init();
    proc_init();
    p = process_alloc();
    p->sighand = sighand_alloc();
    first = make_task(p);
    assert_int_equal(pid_alloc(1, &number), 0);
    irq = spin_lock_irqsave(&proc_tree_lock);
    link_task(first, number);
    p->parent = proc_kernel;
    list_add_tail(&p->sibling, &proc_kernel->children);
    group_join_locked(p, number);
    session_join_locked(p, session_alloc(number->nr));
    p->is_init = p->unkillable = true;
    proc_init_process = p;
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return 0;
}
