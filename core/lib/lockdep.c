/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker's judgement: what is held, what is being taken, and whether the two go
 * together.  Everything runs with interrupts masked; the graph is in lockdep_graph.c.
 *
 * Interrupt safety.  A class is "in irq" if a handler waits for it, "irqs on" if it is
 * held with interrupts unmasked.  A handler that waits for a lock which the interrupted
 * code holds waits forever; the same through a chain, where the handler's lock is held by
 * a CPU that waits for what the interrupted code holds.  So no way along the edges may
 * lead from an "in irq" class to an "irqs on" class.
 */
#include "lib/lockdep.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/lockdep_priv.h"
#include "lib/preempt.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#define REPORT_BYTES  3072
#define CLASS_ID_BITS 16
#define CLASS_ID_MASK ((1u << CLASS_ID_BITS) - 1)

struct lockdep_cpu {
    struct lockdep_stack spin;
    struct lockdep_thread *thread;
} ALIGNED(64);

static struct lockdep_cpu cpus[HAL_CPUS_MAX];
static uint32_t disabled;   /* atomic; after a report nothing more is checked */
static uint32_t generation; /* of cached class numbers */
static void (*report_hook)(const char *text);
static char report_text[REPORT_BYTES]; /* written under the graph lock */

static struct lockdep_cpu *this_cpu(void)
{
    return &cpus[hal_cpu_id()];
}

static bool checking(void)
{
    return !atomic_load_relaxed(&disabled) && !panic_in_progress();
}

/* ---- reports ---- */

static void put_class(struct strbuf *sb, uint32_t id)
{
    const struct lockdep_class *class = lockdep_class_at(id);

    strbuf_puts(sb, class->name);
    if (class->subclass != 0)
        strbuf_printf(sb, "/%u", class->subclass);
}

static void put_held(struct strbuf *sb, const struct lockdep_stack *stack)
{
    for (uint32_t i = 0; i < stack->depth; i++) {
        strbuf_puts(sb, "    ");
        put_class(sb, stack->held[i].class);
        strbuf_printf(sb, ", taken at %pS\n", (void *)(uintptr_t)stack->held[i].site);
    }
}

static void put_all_held(struct strbuf *sb)
{
    const struct lockdep_cpu *cpu = this_cpu();

    strbuf_puts(sb, "  held now:\n");
    if (cpu->thread != NULL)
        put_held(sb, &cpu->thread->stack);
    put_held(sb, &cpu->spin);
}

static void put_path(struct strbuf *sb, const struct lockdep_path *path)
{
    for (unsigned i = 1; i < path->length; i++) {
        strbuf_puts(sb, "    ");
        put_class(sb, path->class[i - 1]);
        strbuf_puts(sb, " -> ");
        put_class(sb, path->class[i]);
        strbuf_printf(sb, ", taken at %pS\n", (void *)(uintptr_t)path->site[i]);
    }
}

static void report_begin(struct strbuf *sb, const char *what)
{
    strbuf_init(sb, report_text, sizeof(report_text));
    strbuf_printf(sb, "lockdep: %s\n", what);
}

/* Ends with the graph lock released.  The text is shared, but who panics is the only one,
 * and a test is alone. */
static void report_end(struct strbuf *sb)
{
    void (*hook)(const char *text) = atomic_load_acquire(&report_hook);

    put_all_held(sb);
    if (hook == NULL)
        atomic_store(&disabled, 1);
    lockdep_graph_unlock();
    if (hook == NULL)
        kpanic("%s", report_text);
    hook(report_text);
}

static void report_plain(const char *what, const char *detail)
{
    struct strbuf sb;

    lockdep_graph_lock();
    report_begin(&sb, what);
    strbuf_printf(&sb, "  %s\n", detail);
    report_end(&sb);
}

/* ---- what a new fact implies; the graph lock is held on entry and not on return ---- */

static void report_irq(const struct lockdep_path *path, uint32_t in_irq)
{
    uint32_t irqs_on = path->class[path->length - 1];
    struct strbuf sb;

    report_begin(&sb, "interrupt safety");
    strbuf_puts(&sb, "  taken in an interrupt handler: ");
    put_class(&sb, in_irq);
    strbuf_puts(&sb, "\n  held with interrupts unmasked: ");
    put_class(&sb, irqs_on);
    strbuf_puts(&sb, "\n");
    if (in_irq != irqs_on)
        strbuf_puts(&sb, "  and the first waits for the second:\n");
    put_path(&sb, path);
    report_end(&sb);
}

/* Nothing "in irq" at or before `from` may reach anything "irqs on" at or after `to`. */
static void check_irq_and_unlock(uint32_t from, uint32_t to)
{
    uint32_t in_irq = lockdep_find_flag_back(from, LOCKDEP_IN_IRQ);
    const struct lockdep_path *path;

    if (in_irq == 0 || lockdep_find_flag(to, LOCKDEP_IRQS_ON)->length == 0) {
        lockdep_graph_unlock();
        return;
    }
    path = lockdep_find_flag(in_irq, LOCKDEP_IRQS_ON);
    report_irq(path, in_irq);
}

static void report_order(const struct lockdep_held *held, uint32_t class,
                         const void *site, const struct lockdep_path *path)
{
    struct strbuf sb;

    report_begin(&sb, "lock order");
    strbuf_puts(&sb, "  taking ");
    put_class(&sb, class);
    strbuf_printf(&sb, " at %pS\n  while holding ", (void *)(uintptr_t)site);
    put_class(&sb, held->class);
    strbuf_printf(&sb, ", taken at %pS\n", (void *)(uintptr_t)held->site);
    if (path->length > 1)
        strbuf_puts(&sb, "  but the opposite order is known:\n");
    else
        strbuf_puts(&sb, "  which is the same class; nesting needs a subclass\n");
    put_path(&sb, path);
    report_end(&sb);
}

/* `class` is taken under `held` for the first time. */
static void new_edge(const struct lockdep_held *held, uint32_t class, const void *site)
{
    const struct lockdep_path *path;

    lockdep_graph_lock();
    if (lockdep_edge_known(held->class, class)) {
        lockdep_graph_unlock();
        return;
    }
    path = lockdep_find_class(class, held->class);
    if (path->length != 0) {
        report_order(held, class, site, path);
    } else if (!lockdep_edge_add(held->class, class, site)) {
        lockdep_graph_unlock();
        report_plain("out of room", "raise LOCKDEP_EDGES_MAX");
    } else {
        check_irq_and_unlock(held->class, class);
    }
}

static void new_flags(uint32_t class, uint32_t flags)
{
    struct lockdep_class *c = lockdep_class_at(class);

    if ((atomic_load_relaxed(&c->flags) & flags) == flags)
        return;
    lockdep_graph_lock();
    atomic_or(&c->flags, flags);
    check_irq_and_unlock(class, class);
}

/* ---- taking and releasing ---- */

/* The lock's class; subclass 0 is remembered in the lock. */
static uint32_t class_of(struct lockdep_map *map, unsigned subclass)
{
    uint32_t gen = atomic_load_relaxed(&generation);
    uint32_t cached = atomic_load_acquire(&map->class);
    uint32_t class;

    kassert(map->name != NULL && subclass < LOCKDEP_SUBCLASSES);
    if (subclass == 0 && cached >> CLASS_ID_BITS == gen && cached != 0)
        return cached & CLASS_ID_MASK;
    class = lockdep_class_get(map->name, subclass);
    if (subclass == 0 && class != 0)
        atomic_store_release(&map->class, gen << CLASS_ID_BITS | class);
    return class;
}

static struct lockdep_stack *stack_of(struct lockdep_cpu *cpu, enum lockdep_kind kind)
{
    if (kind == LOCKDEP_SPIN)
        return &cpu->spin;
    return cpu->thread != NULL ? &cpu->thread->stack : NULL;
}

static void check_under(const struct lockdep_stack *stack, uint32_t class,
                        const void *site)
{
    for (uint32_t i = 0; i < stack->depth; i++) {
        if (!lockdep_edge_known(stack->held[i].class, class))
            new_edge(&stack->held[i], class, site);
    }
}

static void check_order(struct lockdep_cpu *cpu, uint32_t class, const void *site)
{
    if (cpu->thread != NULL)
        check_under(&cpu->thread->stack, class, site);
    check_under(&cpu->spin, class, site);
}

static void push(struct lockdep_stack *stack, const struct lockdep_map *map,
                 uint32_t class, const void *site)
{
    if (stack->depth == LOCKDEP_HELD_MAX) {
        report_plain("out of room", "too many locks held: raise LOCKDEP_HELD_MAX");
        return;
    }
    stack->held[stack->depth++] =
        (struct lockdep_held){.map = map, .site = site, .class = class};
}

static void acquire_masked(struct lockdep_map *map, enum lockdep_kind kind,
                           unsigned subclass, bool trylock, bool irqs_on,
                           const void *site)
{
    struct lockdep_cpu *cpu = this_cpu();
    struct lockdep_stack *stack = stack_of(cpu, kind);
    uint32_t class = class_of(map, subclass);
    uint32_t flags = irqs_on ? LOCKDEP_IRQS_ON : 0;

    if (stack == NULL)
        return;
    if (class == 0) {
        report_plain("out of room", "raise LOCKDEP_CLASSES_MAX");
        return;
    }
    if (preempt_this_cpu()->irq_depth != 0 && !trylock)
        flags |= LOCKDEP_IN_IRQ;
    if (flags != 0)
        new_flags(class, flags);
    if (!trylock)
        check_order(cpu, class, site);
    push(stack, map, class, site);
}

void lockdep_acquire(struct lockdep_map *map, enum lockdep_kind kind, unsigned subclass,
                     bool trylock, const void *site)
{
    bool unmasked = hal_irq_save();

    if (checking())
        acquire_masked(map, kind, subclass, trylock, unmasked, site);
    hal_irq_restore(unmasked);
}

/* The index of the newest entry of `map`, or -1. */
static int find_held(const struct lockdep_stack *stack, const struct lockdep_map *map)
{
    for (int i = (int)stack->depth - 1; i >= 0; i--) {
        if (stack->held[i].map == map)
            return i;
    }
    return -1;
}

/* Locks may be released in any order. */
static void release_masked(const struct lockdep_map *map, enum lockdep_kind kind)
{
    struct lockdep_stack *stack = stack_of(this_cpu(), kind);
    int at = stack != NULL ? find_held(stack, map) : -1;

    /* A lock taken before its thread was tracked is not there. */
    if (at < 0)
        return;
    stack->depth--;
    for (uint32_t i = (uint32_t)at; i < stack->depth; i++)
        stack->held[i] = stack->held[i + 1];
}

void lockdep_release(struct lockdep_map *map, enum lockdep_kind kind)
{
    bool unmasked = hal_irq_save();

    if (checking())
        release_masked(map, kind);
    hal_irq_restore(unmasked);
}

bool lockdep_holds(const struct lockdep_map *map, enum lockdep_kind kind)
{
    bool unmasked = hal_irq_save();
    struct lockdep_stack *stack = stack_of(this_cpu(), kind);
    bool holds = !checking() || stack == NULL || find_held(stack, map) >= 0;

    hal_irq_restore(unmasked);
    return holds;
}

void lockdep_set_thread(struct lockdep_thread *t)
{
    this_cpu()->thread = t;
}

/* ---- assertions ---- */

void lockdep_assert_no_spinlocks(const char *doing)
{
    bool unmasked = hal_irq_save();

    if (checking() && this_cpu()->spin.depth != 0)
        report_plain("spinlock held while", doing);
    hal_irq_restore(unmasked);
}

void lockdep_assert_no_locks(const char *doing)
{
    bool unmasked = hal_irq_save();
    const struct lockdep_cpu *cpu = this_cpu();

    if (checking() &&
        (cpu->spin.depth != 0 || (cpu->thread != NULL && cpu->thread->stack.depth != 0)))
        report_plain("lock held while", doing);
    hal_irq_restore(unmasked);
}

/* ---- for a panic ---- */

static unsigned describe_stack(const struct lockdep_stack *stack,
                               void (*put)(const char *name, const void *site))
{
    uint32_t depth = MIN(stack->depth, (uint32_t)LOCKDEP_HELD_MAX);

    for (uint32_t i = 0; i < depth; i++)
        put(stack->held[i].map->name, stack->held[i].site);
    return depth;
}

unsigned lockdep_describe(unsigned cpu, void (*put)(const char *name, const void *site))
{
    const struct lockdep_thread *thread = cpus[cpu].thread;
    unsigned n = thread != NULL ? describe_stack(&thread->stack, put) : 0;

    return n + describe_stack(&cpus[cpu].spin, put);
}

/* ---- for tests ---- */

void lockdep_set_report_hook(void (*hook)(const char *text))
{
    atomic_store_release(&report_hook, hook);
}

void lockdep_reset(void)
{
    bool unmasked = hal_irq_save();
    struct lockdep_cpu *cpu = this_cpu();

    lockdep_graph_lock();
    lockdep_graph_reset();
    lockdep_graph_unlock();
    generation = (generation + 1) & CLASS_ID_MASK;
    disabled = 0;
    cpu->spin.depth = 0;
    if (cpu->thread != NULL)
        cpu->thread->stack.depth = 0;
    hal_irq_restore(unmasked);
}
