/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor: what the machine keeps about it, reached through TPIDR_EL1.
 *
 * Owner:   bare-metal/aarch64; one element for each CPU.
 * Context: fields belong to the CPU itself, interrupts masked, but for `online`.
 * Locking: none; `online` is atomic.
 * Errors:  cpu_features_check() ends the machine if something indispensable is missing.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_CPU_H
#define CLOUDOS_BARE_METAL_AARCH64_CPU_H

#include "bare-metal/aarch64/layout.h"
#include "hal/hal.h"

struct fpu;
struct trap_frame;

struct cpu {
    uint64_t stack_low;   /* the lowest address of the stack it runs on */
    uint64_t fault_stack; /* where it reports that sp was on none */
    uint64_t fiq_stack;
    unsigned id;
    uint64_t mpidr;  /* affinity, as CPUs are named */
    uint32_t online; /* atomic */

    uint64_t deadline_ns; /* HAL_NEVER: disarmed */
    uint64_t space;       /* the loaded one; 0: none */
    volatile uint8_t *redistributor;
    struct fpu *fpu;                /* whose state is in the registers */
    bool fpu_newer;                 /* ... and newer there than in memory */
    const struct trap_frame *fault; /* of the kernel, while it is being reported */
} __attribute__((aligned(64)));

_Static_assert(__builtin_offsetof(struct cpu, stack_low) == CPU_STACK_LOW, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, fault_stack) == CPU_FAULT_STACK,
               "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, fiq_stack) == CPU_FIQ_STACK, "layout.h");

extern struct cpu cpus[HAL_CPUS_MAX];

struct cpu_features {
    bool pan, rng;
    bool dirty; /* the MMU sets accessed and dirty bits */
    bool asid16;
    bool idc, dic;       /* for instruction fetches no clean, no invalidation is needed */
    bool fetch_physical; /* the instruction cache goes by physical addresses */
    unsigned data_line, fetch_line; /* of the caches, the smallest; bytes */
};

extern struct cpu_features cpu_features; /* constant after boot */

static inline struct cpu *cpu_self(void)
{
    struct cpu *self;

    __asm__ volatile("mrs %0, tpidr_el1" : "=r"(self) : : "memory");
    return self;
}

/* The affinity bits of MPIDR_EL1, as device tree and PSCI name a CPU. */
uint64_t cpu_mpidr(void);
/* Does the boot CPU have what it must?  The others are taken to have the same. */
void cpu_features_check(void);
/* Become cpus[id]: traps, stacks, control registers.  The caller runs on the stack whose lowest
 * address is `stack_low`. */
void cpu_setup(unsigned id, uint64_t stack_low);

#endif /* CLOUDOS_BARE_METAL_AARCH64_CPU_H */
