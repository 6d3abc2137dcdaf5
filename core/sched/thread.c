/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a thread, from its allocation to its last reference. */
#include "sched/thread.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched_priv.h"
#include "trace/event.h"

TRACEPOINT_DEFINE(thread_name, "thread name:s more:s");

static struct kmem_cache *thread_cache;
static uint32_t last_id; /* atomic */

void thread_system_init(void)
{
    thread_cache = kmem_cache_create("thread", sizeof(struct thread_storage), 64);
    if (!thread_cache)
        kpanic("sched: no memory for the thread cache");
}

static void entity_init(struct sched_entity *se, const struct thread_params *p)
{
    struct thread *from = p->inherit;
    int nice = 0;
    uint32_t weight;

    se->policy = SCHED_POLICY_NORMAL;
    se->affinity.bits = UINT64_MAX;
    rt_entity_init(&se->rt);
    if (from) {
        bool unmasked;
        struct run_queue *rq = rq_lock_thread(from, &unmasked);
        bool reset = from->reset_on_fork;

        se->affinity = from->se->affinity;
        nice = reset && from->se->nice < 0 ? 0 : from->se->nice;
        if (!reset || !sched_is_rt(from->se)) {
            se->policy = from->se->policy;
            se->rt.priority = from->se->rt.priority;
            se->rt.round_robin = from->se->rt.round_robin;
        }
        spin_unlock_irqrestore(&rq->lock, unmasked);
    }
    se->nice = nice;
    weight =
        se->policy == SCHED_POLICY_IDLE ? FAIR_WEIGHT_IDLE : fair_weight_of_nice(nice);
    fair_entity_init(&se->fair, weight, sched_slice_of(se->policy));
}

void thread_setup(struct thread *t, const struct thread_params *p)
{
    t->se = &container_of(t, struct thread_storage, thread)->se;
    thread_set_name(t, p->name ? p->name : "?");
    t->id = atomic_inc_return(&last_id);
    refcount_init(&t->refs, 1);
    t->state = THREAD_NEW;
    t->entry = p->entry;
    t->arg = p->arg;
    t->on_switch_in = p->on_switch_in;
    t->on_free = p->on_free;
    t->owner = p->owner;
    if (p->inherit) {
        t->tick_ns = atomic_load_relaxed(&p->inherit->tick_ns);
        t->on_tick = p->inherit->on_tick;
        t->cpu = atomic_load_relaxed(&p->inherit->cpu);
        t->ioprio = p->inherit->ioprio;
    }
    entity_init(t->se, p);
    registry_add(t);
}

int thread_create(const struct thread_params *p, struct thread **out)
{
    struct thread_storage *s = kmem_cache_zalloc(thread_cache);

    if (!s)
        return -ENOMEM;
    s->thread.stack = stack_alloc();
    if (!s->thread.stack) {
        kmem_cache_free(thread_cache, s);
        return -ENOMEM;
    }
    thread_setup(&s->thread, p);
    hal_context_init(&s->thread.context, s->thread.stack, hal_bootinfo()->kstack_bytes,
                     thread_first_switch, &s->thread);
    *out = &s->thread;
    return 0;
}

/* Where a new thread begins: the other half of the switch that started it. */
_Noreturn void thread_first_switch(void *arg)
{
    struct thread *t = arg;

    sched_finish_switch();
    hal_irq_restore(true);
    t->entry(t->arg);
    thread_exit();
}

struct thread *thread_new_idle(unsigned cpu)
{
    struct thread_params p = {.name = "idle"};
    struct thread_storage *s = kmem_cache_zalloc(thread_cache);

    if (!s)
        return NULL;
    thread_setup(&s->thread, &p);
    s->se.is_idle = true;
    s->thread.cpu = cpu;
    s->thread.state = THREAD_RUNNABLE;
    return &s->thread;
}

void thread_get(struct thread *t)
{
    refcount_get(&t->refs);
}

void thread_put(struct thread *t)
{
    if (!refcount_put(&t->refs))
        return;
    kassert(t->state == THREAD_DEAD || t->state == THREAD_NEW);
    if (t->stack) { /* never started */
        hal_context_fini(&t->context);
        stack_free(t->stack);
    }
    registry_remove(t);
    if (t->on_free)
        t->on_free(t);
    kmem_cache_free(thread_cache, container_of(t, struct thread_storage, thread));
}

void thread_reap(struct thread *t)
{
    if (t->stack) { /* a boot stack is the machine's */
        hal_context_fini(&t->context);
        stack_free(t->stack);
        t->stack = NULL;
    }
    thread_put(t);
}

_Noreturn void thread_exit(void)
{
    struct thread *t = thread_current();

    lockdep_assert_no_locks("exiting");
    (void)hal_irq_save();
    atomic_store(&t->state, THREAD_DEAD);
    schedule();
    kpanic("sched: dead thread %u runs", t->id);
}

void thread_announce(struct thread *t)
{
    if (t->id != 0)
        trace_event(thread_name, t->id, event_text(t->name, 0), event_text(t->name, 8));
}

void thread_set_name(struct thread *t, const char *name)
{
    lib_strlcpy(t->name, name, sizeof(t->name));
    thread_announce(t);
}

void thread_interrupt_clear(void)
{
    atomic_store(&thread_current()->interrupt, false);
}

bool thread_interrupted(void)
{
    return atomic_load_relaxed(&thread_current()->interrupt);
}

bool thread_fatal_pending(void)
{
    return atomic_load_relaxed(&thread_current()->fatal);
}

bool thread_is_running(struct thread *t)
{
    return atomic_load(&sched_rqs[atomic_load_relaxed(&t->cpu)].current) == t;
}
