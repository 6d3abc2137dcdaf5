/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All threads, for those who look at the whole machine: reports of a panic, of hung threads.
 *
 * A list for each CPU, each with its own lock, so that creating threads on two CPUs meets
 * nothing in common.  A thread stays on the list of the CPU that created it.
 */
#include "lib/format.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "sched/sched_priv.h"

#define REGISTRY_FRAMES      16
#define REGISTRY_NAMES       6 /* functions that a description shows */
#define REGISTRY_NAME_BYTES  128
#define REGISTRY_HOME_FRAMES 2 /* of the home, on top of a thread that does not run */
#define REGISTRY_WALK_MAX    65536u /* of a list that may be broken */
#define REGISTRY_SPINS       1000u

static struct registry_shard {
    struct spinlock lock;
    struct list_node threads;
} ALIGNED(64) shards[HAL_CPUS_MAX];

void registry_init(void)
{
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        spin_init(&shards[i].lock, "sched.registry");
        list_init(&shards[i].threads);
    }
}

void registry_add(struct thread *t)
{
    bool unmasked = hal_irq_save();
    struct registry_shard *s = &shards[hal_cpu_id()];

    t->shard = hal_cpu_id();
    spin_lock(&s->lock);
    list_add_tail(&t->registered, &s->threads);
    spin_unlock(&s->lock);
    hal_irq_restore(unmasked);
}

void registry_remove(struct thread *t)
{
    struct registry_shard *s = &shards[t->shard];
    bool unmasked = spin_lock_irqsave(&s->lock);

    list_del(&t->registered);
    spin_unlock_irqrestore(&s->lock, unmasked);
}

/* In a panic the holder may never let go. */
static bool shard_lock(struct registry_shard *s)
{
    for (unsigned i = 0; panic_in_progress(); i++) {
        if (i == REGISTRY_SPINS)
            return false;
        if (spin_trylock(&s->lock))
            return true;
    }
    spin_lock(&s->lock);
    return true;
}

static void shard_walk(struct registry_shard *s, void (*fn)(struct thread *t, void *arg),
                       void *arg)
{
    bool unmasked = hal_irq_save();
    bool locked = shard_lock(s);
    struct thread *t;
    unsigned n = 0;

    list_for_each_entry (t, &s->threads, registered) {
        if (n++ == REGISTRY_WALK_MAX && !locked)
            break;
        fn(t, arg);
    }
    if (locked)
        spin_unlock(&s->lock);
    hal_irq_restore(unmasked);
}

void thread_for_each(void (*fn)(struct thread *t, void *arg), void *arg)
{
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        if (shards[i].lock.dep.name != NULL && !list_empty(&shards[i].threads))
            shard_walk(&shards[i], fn, arg);
    }
}

struct thread *thread_on_cpu(unsigned cpu)
{
    return atomic_load(&sched_rqs[cpu].current);
}

uint64_t thread_left_ns(struct thread *t)
{
    return atomic_load_relaxed(&t->se->acct_ns);
}

/* ---- in words ---- */

static const char *const state_names[] = {
    [THREAD_NEW] = "new",           [THREAD_RUNNABLE] = "runnable",
    [THREAD_SLEEPING] = "sleeping", [THREAD_UNINTERRUPTIBLE] = "uninterruptible",
    [THREAD_KILLABLE] = "killable", [THREAD_STOPPED] = "stopped",
    [THREAD_DEAD] = "dead",
};

/* How a thread is left is the same everywhere: what the home does at last, and the scheduler's own
 * functions, say nothing.  Where the home does not know files nothing is left out. */
static size_t skip_switch(const uint64_t *pc, size_t count)
{
    char name[REGISTRY_NAME_BYTES];
    size_t first = 0;

    for (size_t i = 0; i + 1 < count; i++) {
        bool ours = hal_symbol(pc[i], true, name, sizeof(name)) != 0 &&
                    strstr(name, " core/sched/") != NULL;

        if (ours)
            first = i + 1;
        else if (first > 0 || i == REGISTRY_HOME_FRAMES)
            break;
    }
    return first;
}

/* The innermost function with its line, then who called it; `exact`: it is no return address. */
static void describe_where(struct strbuf *sb, const uint64_t *pc, size_t count,
                           bool exact)
{
    for (size_t i = 0; i < count && i < REGISTRY_NAMES; i++) {
        char name[REGISTRY_NAME_BYTES];
        char *plus;

        if (hal_symbol(pc[i], i > 0 || !exact, name, sizeof(name)) == 0)
            ksnprintf(name, sizeof(name), "%#lx", pc[i]);
        plus = strchr(name, '+');
        if (plus != NULL && i > 0)
            *plus = '\0';
        strbuf_printf(sb, "%s%s", i == 0 ? ", in " : " < ", name);
    }
}

void thread_describe(struct thread *t, char *buf, size_t len)
{
    uint32_t cpu = atomic_load_relaxed(&t->cpu) % HAL_CPUS_MAX;
    enum thread_state state = atomic_load_relaxed(&t->state);
    bool running = thread_on_cpu(cpu) == t;
    uint64_t since_ns = hal_time_ns() - thread_left_ns(t);
    uint64_t pc[REGISTRY_FRAMES];
    size_t count = 0, skip = 0;
    struct strbuf sb;

    strbuf_init(&sb, buf, len);
    strbuf_printf(&sb, "thread %u (%.16s): ", t->id, t->name);
    if (running)
        strbuf_printf(&sb, "running on CPU %u", cpu);
    else
        strbuf_printf(&sb, "%s for %lu.%03lu s, last on CPU %u",
                      state < ARRAY_SIZE(state_names) ? state_names[state] : "?",
                      since_ns / 1000000000, since_ns / 1000000 % 1000, cpu);
    if (running) {
        count = hal_backtrace_cpu(cpu, pc, ARRAY_SIZE(pc));
    } else if (state != THREAD_NEW && state != THREAD_DEAD) {
        count = hal_backtrace_context(&t->context, pc, ARRAY_SIZE(pc));
        skip = skip_switch(pc, count);
    }
    describe_where(&sb, pc + skip, count - skip, running);
}
