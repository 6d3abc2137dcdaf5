/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues and timed sleep. */
#include "sched/wait.h"

#include "abi/errno.h"
#include "sched/sched_priv.h"
#include "sched/timer.h"

void wait_queue_init(struct wait_queue *q)
{
    wait_queue_init_class(q, "wait");
}

void wait_queue_init_class(struct wait_queue *q, const char *name)
{
    spin_init(&q->lock, name);
    list_init(&q->waiters);
    q->count = 0;
}

static bool wake_thread(struct wait_entry *e, uint32_t key UNUSED)
{
    return thread_wake(e->thread);
}

void wait_entry_init(struct wait_entry *e)
{
    wait_entry_init_fn(e, wake_thread);
}

void wait_entry_init_fn(struct wait_entry *e, wait_fn fn)
{
    *e = (struct wait_entry){.thread = thread_current(), .wake = fn};
    list_init(&e->link);
}

void wait_add(struct wait_queue *q, struct wait_entry *e)
{
    bool unmasked = spin_lock_irqsave(&q->lock);

    kassert(!e->queue);
    e->queue = q;
    if (e->exclusive) /* behind the others, so that a wake of one reaches all of those */
        list_add_tail(&e->link, &q->waiters);
    else
        list_add(&e->link, &q->waiters);
    atomic_store_relaxed(&q->count, q->count + 1);
    spin_unlock_irqrestore(&q->lock, unmasked);
}

void wait_remove(struct wait_entry *e)
{
    struct wait_queue *q = e->queue;
    bool unmasked;

    if (!q)
        return;
    unmasked = spin_lock_irqsave(&q->lock);
    list_del(&e->link);
    e->queue = NULL;
    atomic_store_relaxed(&q->count, q->count - 1);
    spin_unlock_irqrestore(&q->lock, unmasked);
}

bool wait_queue_empty(struct wait_queue *q)
{
    /* Pairs with the fence of wait_prepare(): who is not seen here will see the condition. */
    atomic_fence();
    return atomic_load_relaxed(&q->count) == 0;
}

void wait_wake(struct wait_queue *q, unsigned n, uint32_t key)
{
    struct wait_entry *e, *tmp;
    bool unmasked;

    if (wait_queue_empty(q))
        return;
    unmasked = spin_lock_irqsave(&q->lock);
    list_for_each_entry_safe (e, tmp, &q->waiters, link) {
        if (e->exclusive && n == 0)
            break;
        if (e->wake(e, key) && e->exclusive)
            n--;
    }
    spin_unlock_irqrestore(&q->lock, unmasked);
}

void wait_prepare(struct wait_queue *q, struct wait_entry *e, enum thread_state state)
{
    if (!e->queue)
        wait_add(q, e);
    wait_prepare_alone(state);
}

void wait_prepare_alone(enum thread_state state)
{
    struct thread *t = thread_current();

    t->se->sleep_state = state;
    atomic_store(&t->state, state);
    atomic_fence();
}

void wait_finish(struct wait_queue *q, struct wait_entry *e)
{
    atomic_store(&thread_current()->state, THREAD_RUNNABLE);
    kassert(!e->queue || e->queue == q);
    wait_remove(e);
}

struct sleep_timer {
    struct timer timer;
    struct thread *thread;
};

static void sleep_timeout(struct timer *t)
{
    thread_wake(container_of(t, struct sleep_timer, timer)->thread);
}

static void sleep_until(struct thread *t, uint64_t deadline_ns)
{
    struct sleep_timer sleep = {.thread = t};

    timer_init(&sleep.timer, sleep_timeout);
    timer_arm(&sleep.timer, deadline_ns);
    schedule();
    timer_cancel_sync(&sleep.timer);
}

/* A signal ends this kind of sleep. */
static bool sleep_interrupted(const struct thread *t)
{
    if (t->se->sleep_state == THREAD_SLEEPING)
        return atomic_load(&t->interrupt);
    return t->se->sleep_state == THREAD_KILLABLE && atomic_load(&t->fatal);
}

int wait_sleep(uint64_t deadline_ns)
{
    struct thread *t = thread_current();
    int err = 0;

    if (sleep_interrupted(t))
        err = -ERESTARTSYS;
    else if (deadline_ns != HAL_NEVER && hal_time_ns() >= deadline_ns)
        err = -ETIMEDOUT;
    if (err == 0) {
        if (deadline_ns == HAL_NEVER)
            schedule();
        else
            sleep_until(t, deadline_ns);
        if (sleep_interrupted(t))
            err = -ERESTARTSYS;
        else if (deadline_ns != HAL_NEVER && hal_time_ns() >= deadline_ns)
            err = -ETIMEDOUT;
    }
    atomic_store(&t->state, THREAD_RUNNABLE);
    return err;
}

int thread_sleep(uint64_t ns, uint64_t *left_ns)
{
    uint64_t now_ns = hal_time_ns();
    uint64_t deadline_ns = ns < HAL_NEVER - now_ns ? now_ns + ns : HAL_NEVER;

    for (;;) {
        int err;

        wait_prepare_alone(THREAD_SLEEPING);
        err = wait_sleep(deadline_ns);
        if (err == -ETIMEDOUT)
            return 0;
        if (err == 0)
            continue;
        now_ns = hal_time_ns();
        if (now_ns >= deadline_ns)
            return 0;
        if (left_ns)
            *left_ns = deadline_ns - now_ns;
        return -EINTR;
    }
}
