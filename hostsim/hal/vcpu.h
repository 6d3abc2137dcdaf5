/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU: what the machine keeps about it, in host memory.
 *
 * Owner:   hostsim; one element for each CPU, alive as long as the process.
 * Context: fields up to `pending` belong to the host thread that is the CPU; the rest is
 *          written by any host thread.
 * Locking: none; shared fields are atomic.
 * Errors:  none.
 *
 * A kernel thread that calls into the core, or hal_context_switch(), may come back on another
 * host thread, that is on another CPU.  vcpu_self() is asked anew after each such call; the
 * assembly keeps the compiler from remembering the answer or the address of the thread-local.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_VCPU_H
#define CLOUDOS_HOSTSIM_HAL_VCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

/* Bits of vcpu.pending, which is also the futex that an idle CPU sleeps on. */
enum {
    PENDING_IPI = 1,
    PENDING_LINE = 2,   /* a device line; CPU 0 only */
    PENDING_STOP = 4,   /* the machine ends: park at the next interruptible point */
    PENDING_PROBE = 16, /* no interrupt: user code is to be looked at */
    PENDING_WORLD = 8,  /* no interrupt: world_seeded wants to see every unmasking */
};

enum vcpu_state { VCPU_OFF, VCPU_RUNNING, VCPU_PARKED };

/* How many times interrupts are unmasked before the clock is looked at again. */
#define VCPU_CLOCK_CREDIT 16

struct mmu_tlb;

struct vcpu {
    unsigned id;
    bool masked;
    uint8_t fault_depth;   /* faults of the kernel being reported, one out of the other */
    unsigned clock_credit; /* unmaskings until the clock is looked at */
    unsigned relax_count;
    uint64_t deadline_ns;    /* HAL_NEVER: disarmed */
    uint64_t look_tsc;       /* before this the deadline cannot have passed */
    uint64_t space, root_pa; /* loaded; 0: none */
    uint64_t space_tag;      /* of TLB entries; 0: none */
    struct mmu_tlb *tlb;
    uint64_t fiber;          /* of the running context, for tools: hal/fiber.h */
    struct hal_context host; /* the host thread's own stack, while the core runs */
    struct hal_context boot; /* where the core starts */
    struct hal_fault fault;  /* why the core was told of a fault */
    uint64_t fault_sp;       /* 0: not known */
    const long long *fault_registers; /* gregset_t of the signal, or NULL */
    int tid;                          /* host thread in the threads world */

    /* Of world_seeded: where this CPU was left, and what is on its way to it. */
    struct hal_context resume;
    bool waiting;           /* in hal_cpu_wait() */
    uint32_t in_flight;     /* bits of PENDING_* */
    uint32_t flight_points; /* until they arrive */

    _Alignas(64) _Atomic uint32_t pending;
    _Atomic uint32_t sleeping; /* written by the CPU only */
    _Atomic uint32_t state;    /* enum vcpu_state */
    _Atomic uint32_t where;    /* enum probe_where; written by the CPU only */
};

extern struct vcpu vcpus[HAL_CPUS_MAX];
extern _Thread_local struct vcpu *vcpu_current __attribute__((tls_model("local-exec")));

/* The CPU that runs this code, or NULL on a host thread that is none. */
static inline struct vcpu *vcpu_self(void)
{
    struct vcpu *self;

    __asm__ volatile("movq %%fs:vcpu_current@tpoff, %0" : "=r"(self) : : "memory");
    return self;
}

/* ---- cpu.c ---- */

/* Number the CPUs; the caller's host thread becomes CPU 0. */
void vcpu_init(unsigned count);
/* Run `entry` on the boot stack of `cpu`, which the calling host thread becomes. */
_Noreturn void vcpu_run(struct vcpu *cpu, void (*entry)(void *));
/* Set bits of PENDING_* and get the CPU's attention. */
void vcpu_raise(struct vcpu *cpu, uint32_t bits);
/* Stop all CPUs but this one, as far as they come to a point where that is possible, within
 * a bounded time. */
void vcpu_stop_others(void);
_Noreturn void vcpu_park(void);
/* The host stack that the machine was started on, or the CPU's own if it has one. */
struct hal_context *vcpu_host_stack(struct vcpu *cpu);

/* ---- clock.c ---- */

void clock_init(void);
/* Has this CPU's deadline passed?  If so the next unmasking will see it. */
bool clock_expired(struct vcpu *cpu);

static inline uint64_t clock_tsc(void)
{
    return __builtin_ia32_rdtsc();
}

/* ---- irq.c ---- */

/* Masked or not, is there something for this CPU? */
bool irq_pending(struct vcpu *cpu);

#endif /* CLOUDOS_HOSTSIM_HAL_VCPU_H */
