/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the running thread may be switched away from: one counter per CPU.
 *
 * A counter per CPU is found through hal_cpu_id(), which means something only while the
 * caller cannot migrate.  So every access masks interrupts around "which CPU am I, change
 * its counter": a thread migrates only when it is switched out, and with interrupts
 * masked that takes a call of its own.  Once the count is above zero the thread stays,
 * whatever the interrupt flag.  On a machine where interrupts arrive only inside
 * hal_irq_restore(true) the masking is redundant but cheap; on bare metal it is what
 * makes this right.
 *
 * Since the counter belongs to the CPU, both sides of a context switch must have the same
 * count: the scheduler switches while holding exactly its run-queue lock, which the next
 * thread releases.
 *
 * Owner:   lib; sched registers the hook and sets and clears the resched flags.
 * Context: any.
 * Locking: none; a CPU's counter is touched by that CPU only, its resched flag is atomic.
 * Errors:  none; an unbalanced preempt_enable() panics.
 */
#ifndef CLOUDOS_LIB_PREEMPT_H
#define CLOUDOS_LIB_PREEMPT_H

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/base.h"

struct preempt_cpu {
    uint32_t count;
    uint32_t irq_depth;    /* interrupt handlers that are running */
    uint32_t need_resched; /* atomic; set by any CPU */
} ALIGNED(64);

extern struct preempt_cpu preempt_cpus[HAL_CPUS_MAX];

/* The function that preempt_enable() calls when the count reaches 0 with a reschedule
 * pending and interrupts unmasked.  It looks at preempt_need_resched() again itself: the
 * interrupts delivered in between may have rescheduled already. */
void preempt_set_resched_hook(void (*hook)(void));
void preempt_call_resched_hook(void);

/* The calling CPU's entry; interrupts are masked or the count is above zero. */
static inline struct preempt_cpu *preempt_this_cpu(void)
{
    return &preempt_cpus[hal_cpu_id()];
}

static inline void preempt_disable(void)
{
    bool unmasked = hal_irq_save();

    preempt_this_cpu()->count++;
    if (unmasked)
        hal_irq_restore(true);
}

/* For a caller that reschedules itself, or will enable interrupts soon. */
static inline void preempt_enable_no_resched(void)
{
    bool unmasked = hal_irq_save();
    struct preempt_cpu *cpu = preempt_this_cpu();

    kassert(cpu->count > 0);
    cpu->count--;
    if (unmasked)
        hal_irq_restore(true);
}

static inline void preempt_enable(void)
{
    bool unmasked = hal_irq_save();
    struct preempt_cpu *cpu = preempt_this_cpu();
    bool resched;

    kassert(cpu->count > 0);
    cpu->count--;
    resched = unmasked && cpu->count == 0 && atomic_load_relaxed(&cpu->need_resched);
    if (unmasked)
        hal_irq_restore(true);
    if (unlikely(resched))
        preempt_call_resched_hook();
}

static inline uint32_t preempt_count(void)
{
    bool unmasked = hal_irq_save();
    uint32_t count = preempt_this_cpu()->count;

    if (unmasked)
        hal_irq_restore(true);
    return count;
}

/* Ask `cpu` to reschedule at its next chance.  The caller sends the IPI if it is another.
 */
static inline void preempt_set_need_resched(unsigned cpu)
{
    atomic_store(&preempt_cpus[cpu].need_resched, 1);
}

/* Of this CPU.  To a caller that can migrate the answer is a hint, which is enough: the
 * CPU that it leaves behind reschedules on its own. */
static inline bool preempt_need_resched(void)
{
    return atomic_load_relaxed(&preempt_this_cpu()->need_resched) != 0;
}

/* The scheduler, about to pick the next thread of this CPU; interrupts are masked. */
static inline void preempt_clear_need_resched(void)
{
    atomic_store(&preempt_this_cpu()->need_resched, 0);
}

/* A chance to reschedule for code that has just unmasked interrupts. */
static inline void preempt_check_resched(void)
{
    if (unlikely(preempt_need_resched()) && preempt_count() == 0)
        preempt_call_resched_hook();
}

/* Around the body of core_on_irq(), core_on_timer() and core_on_ipi(). */
static inline void preempt_irq_enter(void)
{
    preempt_this_cpu()->irq_depth++;
}

static inline void preempt_irq_exit(void)
{
    struct preempt_cpu *cpu = preempt_this_cpu();

    kassert(cpu->irq_depth > 0);
    cpu->irq_depth--;
}

/* The caller is an interrupt handler (and so cannot migrate or sleep). */
static inline bool preempt_in_irq(void)
{
    bool unmasked = hal_irq_save();
    bool in_irq = preempt_this_cpu()->irq_depth != 0;

    if (unmasked)
        hal_irq_restore(true);
    return in_irq;
}

#endif /* CLOUDOS_LIB_PREEMPT_H */
