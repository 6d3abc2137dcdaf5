/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel stacks: frames, a few kept by each CPU, a canary at the low end. */
#include "mm/frame.h"
#include "sched/sched_priv.h"

#define STACK_CACHE 8

/* This CPU's, with interrupts masked. */
static struct {
    void *stack[STACK_CACHE];
    unsigned count;
} ALIGNED(64) caches[HAL_CPUS_MAX];

static unsigned stack_order(void)
{
    uint64_t pages = hal_bootinfo()->kstack_bytes / PAGE_SIZE;

    return (unsigned)__builtin_ctzll(pages);
}

static void *cache_take(void)
{
    bool unmasked = hal_irq_save();
    unsigned cpu = hal_cpu_id();
    void *stack = NULL;

    if (caches[cpu].count > 0)
        stack = caches[cpu].stack[--caches[cpu].count];
    hal_irq_restore(unmasked);
    return stack;
}

static bool cache_give(void *stack)
{
    bool unmasked = hal_irq_save();
    unsigned cpu = hal_cpu_id();
    bool kept = caches[cpu].count < STACK_CACHE;

    if (kept)
        caches[cpu].stack[caches[cpu].count++] = stack;
    hal_irq_restore(unmasked);
    return kept;
}

void *stack_alloc(void)
{
    void *stack = cache_take();

    if (!stack) {
        uint64_t pa = frame_alloc(stack_order(), FRAME_WAIT, FRAME_KERNEL);

        if (pa == 0)
            return NULL;
        stack = hal_stack_map(pa);
        if (!stack) {
            frame_free(pa, stack_order());
            return NULL;
        }
    }
    hal_mem_mark(stack, hal_bootinfo()->kstack_bytes, HAL_MEM_UNDEFINED);
    *(uint64_t *)stack = SCHED_CANARY;
    return stack;
}

void stack_free(void *stack)
{
    hal_mem_mark(stack, hal_bootinfo()->kstack_bytes, HAL_MEM_FREE);
    if (!cache_give(stack))
        frame_free(hal_stack_unmap(stack), stack_order());
}

/* A large frame may step over the canary, so where we are is looked at too. */
void stack_check(const struct thread *t)
{
    uintptr_t low = (uintptr_t)t->stack;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (low == 0)
        return;
    if (unlikely(here < low && low - here < hal_bootinfo()->kstack_bytes))
        kpanic("sched: thread %u (%s) has overrun its stack: it is %lu bytes below",
               t->id, t->name, (unsigned long)(low - here));
    if (unlikely(*(const uint64_t *)t->stack != SCHED_CANARY))
        kpanic("sched: thread %u (%s) has overrun its stack", t->id, t->name);
}
