/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of the virtual CPUs: bits that others set, looked at where the core lets them in.
 *
 * Nothing here is asynchronous: a CPU takes an interrupt inside hal_irq_restore(true) and
 * nowhere else; hal_cpu_wait() and hal_user_run() only return because of one.  That path is
 * taken on every unlock, so it costs one load and, every VCPU_CLOCK_CREDIT times, a look at
 * the clock.
 */
#include "hostsim/hal/vcpu.h"

#include "hostsim/hal/machine.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

/* Device lines go to CPU 0.  A line that is raised before the core enables it stays raised. */
static _Atomic uint64_t lines_raised, lines_enabled;

bool irq_pending(struct vcpu *cpu)
{
    uint32_t bits = atomic_load_explicit(&cpu->pending, memory_order_acquire);

    return (bits & ~(uint32_t)PENDING_WORLD) != 0 || clock_expired(cpu);
}

void machine_irq_raise(unsigned irq)
{
    uint64_t bit = UINT64_C(1) << irq;

    atomic_fetch_or(&lines_raised, bit);
    if (atomic_load(&lines_enabled) & bit)
        vcpu_raise(&vcpus[0], PENDING_LINE);
}

void hal_irq_enable_line(unsigned irq)
{
    uint64_t bit = UINT64_C(1) << irq;

    if (irq >= HAL_IRQ_MAX)
        machine_check("interrupt line out of range", irq);
    atomic_fetch_or(&lines_enabled, bit);
    if (atomic_load(&lines_raised) & bit)
        vcpu_raise(&vcpus[0], PENDING_LINE);
}

static void lines_deliver(void)
{
    uint64_t bits = atomic_load(&lines_raised) & atomic_load(&lines_enabled);

    atomic_fetch_and(&lines_raised, ~bits);
    for (; bits; bits &= bits - 1)
        core_on_irq((unsigned)__builtin_ctzll(bits));
}

static uint32_t pending_take(struct vcpu *cpu)
{
    uint32_t bits = atomic_load(&cpu->pending) & ~(uint32_t)PENDING_WORLD;

    if (bits)
        atomic_fetch_and(&cpu->pending, ~bits);
    return bits;
}

/* Interrupts are masked.  Hand what is there to the core: true if anything was. */
static bool deliver_once(struct vcpu *cpu)
{
    uint32_t bits = pending_take(cpu);
    bool timer = clock_expired(cpu);

    if (bits & PENDING_STOP)
        vcpu_park();
    bits &= ~(uint32_t)PENDING_PROBE; /* it came too late to see user code */
    if (bits == 0 && !timer)
        return false;
    trace_event_interrupt(bits, timer);
    if (bits & PENDING_LINE)
        lines_deliver();
    if (timer) {
        cpu->deadline_ns = HAL_NEVER;
        core_on_timer();
    }
    if (bits & PENDING_IPI)
        core_on_ipi();
    return true;
}

/* Called and returns unmasked, perhaps on another CPU than it was called on. */
static NOINLINE void deliver(void)
{
    if (world->exact) {
        vcpu_self()->masked = true;
        seeded_point(vcpu_self());
    }
    for (;;) {
        struct vcpu *cpu = vcpu_self();

        cpu->masked = true;
        cpu->clock_credit = VCPU_CLOCK_CREDIT;
        if (!deliver_once(cpu)) {
            cpu->masked = false;
            return;
        }
        core_irq_exit(); /* may switch: `cpu` means nothing from here on */
    }
}

bool hal_irq_save(void)
{
    struct vcpu *cpu = vcpu_self();
    bool unmasked = !cpu->masked;

    cpu->masked = true;
    return unmasked;
}

void hal_irq_restore(bool unmasked)
{
    struct vcpu *cpu;

    if (!unmasked)
        return;
    cpu = vcpu_self();
    cpu->masked = false;
    if (unlikely(atomic_load_explicit(&cpu->pending, memory_order_relaxed) != 0) ||
        unlikely(--cpu->clock_credit == 0))
        deliver();
}

bool hal_irq_masked(void)
{
    return vcpu_self()->masked;
}
