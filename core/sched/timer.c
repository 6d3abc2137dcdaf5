/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * High-resolution timers: a tree by deadline for each CPU.
 *
 * A timer is armed on the CPU that arms it, except that one whose function is just running
 * stays with the CPU that runs it, so that the function never runs twice at once.
 */
#include "sched/timer.h"

#include "lib/spinlock.h"
#include "sched/sched_priv.h"

static struct timer_base {
    struct spinlock lock;
    struct rb_root_cached tree; /* struct timer.node by deadline */
    struct timer *running;      /* its function runs; only compared, it may be gone */
} ALIGNED(64) bases[HAL_CPUS_MAX];

void timer_cpu_init(unsigned cpu)
{
    spin_init(&bases[cpu].lock, "sched.timer");
    bases[cpu].tree = RB_ROOT_CACHED;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
    *t = (struct timer){.fn = fn};
    rb_clear(&t->node);
}

static struct timer_base *base_lock(struct timer *t, bool *unmasked)
{
    for (;;) {
        uint32_t cpu = atomic_load_relaxed(&t->cpu);
        struct timer_base *base = &bases[cpu];

        *unmasked = spin_lock_irqsave(&base->lock);
        if (atomic_load_relaxed(&t->cpu) == cpu)
            return base;
        spin_unlock_irqrestore(&base->lock, *unmasked);
    }
}

static bool detach_locked(struct timer_base *base, struct timer *t)
{
    if (!t->armed)
        return false;
    rb_erase_cached(&base->tree, &t->node);
    atomic_store_relaxed(&t->armed, false);
    return true;
}

/* True: it is the first of its tree now. */
static bool attach_locked(struct timer_base *base, struct timer *t, uint64_t deadline_ns)
{
    struct rb_node **link = &base->tree.root.node;
    struct rb_node *parent = NULL;
    bool leftmost = true;

    t->deadline_ns = deadline_ns;
    while (*link) {
        parent = *link;
        if (deadline_ns < rb_entry(parent, struct timer, node)->deadline_ns) {
            link = &parent->left;
        } else {
            link = &parent->right;
            leftmost = false;
        }
    }
    rb_insert_cached(&base->tree, &t->node, parent, link, leftmost);
    atomic_store_relaxed(&t->armed, true);
    return leftmost;
}

/* The first deadline of `cpu`, which may be this CPU, is earlier now. */
static void announce(unsigned cpu, uint64_t deadline_ns)
{
    struct run_queue *rq = &sched_rqs[cpu];

    if (cpu != hal_cpu_id()) {
        sched_timer_recalc(rq);
        return;
    }
    rq->timer_event_ns = deadline_ns;
    sched_timer_program(rq);
}

void timer_arm(struct timer *t, uint64_t deadline_ns)
{
    bool unmasked = hal_irq_save();
    unsigned here = hal_cpu_id();

    for (;;) {
        bool masked;
        struct timer_base *base = base_lock(t, &masked);
        unsigned cpu = t->cpu;
        bool first;

        detach_locked(base, t);
        if (cpu != here && base->running != t) {
            atomic_store_relaxed(&t->cpu, here);
            spin_unlock_irqrestore(&base->lock, masked);
            continue;
        }
        first = attach_locked(base, t, deadline_ns);
        spin_unlock_irqrestore(&base->lock, masked);
        if (first)
            announce(cpu, deadline_ns);
        break;
    }
    hal_irq_restore(unmasked);
}

bool timer_cancel(struct timer *t)
{
    bool unmasked;
    struct timer_base *base = base_lock(t, &unmasked);
    bool was_armed = detach_locked(base, t);

    spin_unlock_irqrestore(&base->lock, unmasked);
    return was_armed;
}

bool timer_cancel_sync(struct timer *t)
{
    bool was_armed = false;

    for (;;) {
        bool unmasked;
        struct timer_base *base = base_lock(t, &unmasked);
        bool running = base->running == t;

        kassert(!running ||
                t->cpu != hal_cpu_id()); /* from `fn` it would wait for itself */
        if (detach_locked(base, t))
            was_armed = true;
        spin_unlock_irqrestore(&base->lock, unmasked);
        if (!running)
            return was_armed;
        panic_check();
        hal_cpu_relax();
    }
}

bool timer_armed(const struct timer *t)
{
    return atomic_load_relaxed(&t->armed);
}

static struct timer *first_locked(struct timer_base *base)
{
    struct rb_node *node = rb_first_cached(&base->tree);

    return node ? rb_entry(node, struct timer, node) : NULL;
}

uint64_t timer_run_expired(uint64_t now_ns)
{
    struct timer_base *base = &bases[hal_cpu_id()];
    struct timer *t;
    uint64_t next;

    spin_lock(&base->lock);
    while ((t = first_locked(base)) && t->deadline_ns <= now_ns) {
        detach_locked(base, t);
        base->running = t;
        spin_unlock(&base->lock);
        t->fn(t);
        spin_lock(&base->lock);
        base->running = NULL;
    }
    next = t ? t->deadline_ns : HAL_NEVER;
    spin_unlock(&base->lock);
    return next;
}

uint64_t timer_next_ns(unsigned cpu)
{
    struct timer_base *base = &bases[cpu];
    bool unmasked = spin_lock_irqsave(&base->lock);
    struct timer *t = first_locked(base);
    uint64_t next = t ? t->deadline_ns : HAL_NEVER;

    spin_unlock_irqrestore(&base->lock, unmasked);
    return next;
}
