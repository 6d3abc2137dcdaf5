/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual CPUs: their table, starting, waiting, attention, stopping. */
#include "hostsim/hal/vcpu.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "hostsim/debug/user.h"
#include "hostsim/hal/arena.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/fiber.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/hal/probe.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/world.h"

#define STOP_PATIENCE_MS 100
/* Instructions of user code between two looks at the clock: some ten microseconds. */
#define QUANTUM 16384u

struct vcpu vcpus[HAL_CPUS_MAX];
_Thread_local struct vcpu *vcpu_current;
const struct world_ops *world = &world_threads;

static unsigned cpu_count;

void vcpu_init(unsigned count)
{
    cpu_count = count;
    for (unsigned i = 0; i < count; i++) {
        vcpus[i].id = i;
        vcpus[i].masked = true;
        vcpus[i].clock_credit = VCPU_CLOCK_CREDIT;
        vcpus[i].deadline_ns = HAL_NEVER;
        vcpus[i].tlb = mmu_tlb_create();
        atomic_store(&vcpus[i].pending, world->exact ? PENDING_WORLD : 0);
    }
    vcpu_current = &vcpus[0];
}

_Noreturn void vcpu_run(struct vcpu *cpu, void (*entry)(void *))
{
    void *stack = arena_boot_stack(cpu->id);

    vcpu_current = cpu;
    cpu->tid = gettid();
    atomic_store(&cpu->state, VCPU_RUNNING);
    cpu->fiber = fiber_adopt();
    hal_context_init(&cpu->boot, stack, arena_kstack_bytes(), entry, NULL);
    hal_context_switch(&cpu->host, &cpu->boot);
    halt_exit(); /* hal_halt() came back here to power off */
}

struct hal_context *vcpu_host_stack(struct vcpu *cpu)
{
    return world->exact ? &vcpus[0].host : &cpu->host;
}

void vcpu_raise(struct vcpu *cpu, uint32_t bits)
{
    uint32_t before;

    if (world->exact && cpu != vcpu_self() && !(bits & PENDING_STOP)) {
        seeded_send(cpu, bits);
        return;
    }
    before = atomic_fetch_or(&cpu->pending, bits);
    /* Whoever set the same bits earlier has got the CPU's attention, or is about to. */
    if ((before & bits) != bits && cpu != vcpu_self())
        world->cpu_wake(cpu);
}

_Noreturn void vcpu_park(void)
{
    struct vcpu *self = vcpu_self();

    for (unsigned i = 0; i < cpu_count; i++) {
        if (self && (&vcpus[i] == self || world->exact))
            atomic_store(&vcpus[i].state, VCPU_PARKED);
    }
    for (;;)
        pause();
}

static bool others_stopped(const struct vcpu *self)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        if (&vcpus[i] != self && atomic_load(&vcpus[i].state) == VCPU_RUNNING)
            return false;
    }
    return true;
}

void vcpu_stop_others(void)
{
    const struct timespec nap = {.tv_nsec = 100000};
    const struct vcpu *self = vcpu_self();

    if (self && world->exact)
        return; /* they are not running now */
    for (unsigned i = 0; i < cpu_count; i++) {
        if (&vcpus[i] != self && atomic_load(&vcpus[i].state) == VCPU_RUNNING)
            vcpu_raise(&vcpus[i], PENDING_STOP);
    }
    for (int i = 0; i < STOP_PATIENCE_MS * 10 && !others_stopped(self); i++)
        nanosleep(&nap, NULL);
}

/* ---- hal.h ---- */

unsigned hal_cpu_id(void)
{
    return vcpu_self()->id;
}

int hal_cpu_start(unsigned cpu)
{
    uint32_t off = VCPU_OFF;
    int err;

    if (cpu == 0 || cpu >= cpu_count)
        return -EINVAL;
    if (!atomic_compare_exchange_strong(&vcpus[cpu].state, &off, VCPU_RUNNING))
        return -EBUSY;
    err = world->cpu_start(&vcpus[cpu]);
    if (err)
        atomic_store(&vcpus[cpu].state, VCPU_OFF);
    return err;
}

void hal_cpu_wait(void)
{
    struct vcpu *cpu = vcpu_self();

    if (unlikely(probe != NULL))
        atomic_store(&cpu->where, PROBE_IDLE);
    world->cpu_wait(cpu);
    if (unlikely(probe != NULL))
        atomic_store(&cpu->where, PROBE_KERNEL);
    if (atomic_load_explicit(&cpu->pending, memory_order_relaxed) & PENDING_STOP)
        vcpu_park();
}

void hal_cpu_relax(void)
{
    struct vcpu *cpu = vcpu_self();

    world->cpu_relax(cpu);
    if (atomic_load_explicit(&cpu->pending, memory_order_relaxed) & PENDING_STOP)
        vcpu_park();
}

void hal_point(void)
{
    struct vcpu *cpu;

    if (!world->exact)
        return;
    cpu = vcpu_self();
    if (cpu->masked)
        seeded_point(cpu);
    else
        hal_irq_restore(true);
}

void hal_ipi_send(unsigned cpu)
{
    if (cpu >= cpu_count)
        machine_check("interrupt sent to a CPU that the machine does not have", cpu);
    vcpu_raise(&vcpus[cpu], PENDING_IPI);
}

/* ---- machine.h ---- */

unsigned machine_cpu(void)
{
    return vcpu_self()->id;
}

uint64_t machine_space(void)
{
    return vcpu_self()->space;
}

bool machine_irq_pending(void)
{
    return irq_pending(vcpu_self());
}

uint64_t machine_deadline_ns(void)
{
    return vcpu_self()->deadline_ns;
}

uint64_t machine_quantum(void)
{
    struct vcpu *cpu = vcpu_self();

    if (unlikely(debug_on) && debug_steps(cpu))
        return debug_quantum(cpu);
    if (world->exact)
        return unlikely(probe != NULL) ? probe->quantum(cpu) : seeded_quantum(cpu);
    return irq_pending(cpu) ? 0 : QUANTUM;
}

void machine_executed(uint64_t instructions)
{
    struct vcpu *cpu = vcpu_self();

    if (unlikely(debug_on) && debug_steps(cpu))
        debug_executed(cpu, instructions);
    else if (world->exact && unlikely(probe != NULL))
        probe->executed(cpu, instructions);
    else if (world->exact)
        seeded_executed(cpu, instructions);
}

bool machine_spin_allowed(void)
{
    return world->may_spin();
}

bool machine_yield_allowed(void)
{
    return world->may_yield();
}
