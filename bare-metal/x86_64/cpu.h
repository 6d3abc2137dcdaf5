/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor: what the machine keeps about it, reached through GS in the kernel.
 *
 * Owner:   bare-metal/x86_64; one element for each CPU.
 * Context: fields belong to the CPU itself, interrupts masked, but for `online`.
 * Locking: none; `online` is atomic.
 * Errors:  cpu_features_check() ends the machine if something indispensable is missing.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_CPU_H
#define CLOUDOS_BARE_METAL_X86_64_CPU_H

#include "hal/hal.h"

#include "bare-metal/x86_64/layout.h"

/* 64-bit task-state segment: Intel SDM 3A 8.7. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));

/* Stacks that the processor switches to by itself, for vectors that may come anywhere. */
enum cpu_ist { CPU_IST_NONE, CPU_IST_DEBUG, CPU_IST_NMI, CPU_IST_DOUBLE, CPU_IST_MCE };
#define CPU_ISTS 4

struct cpu {
    struct cpu *self;
    uint64_t kernel_sp;    /* of user_enter(), while user code runs */
    struct hal_user *user; /* whose code runs */
    uint64_t scratch;
    uint32_t id;
    struct tss tss;
    uint64_t gdt[9];
    uint32_t apic_id;
    uint32_t online; /* atomic */

    const struct trap_frame *fault; /* that the core was told of */
    uint64_t deadline_ns;           /* HAL_NEVER: disarmed */
    uint64_t space;                 /* root of the loaded tables; 0: the kernel's own */
    uint64_t fs_base;               /* in the processor, for `bases_of` */
    uint64_t gs_base;               /* the user's */
    struct fpu *bases_of;           /* only compared */
    struct fpu *fpu;                /* whose state is in the registers */
    bool fpu_newer;                 /* ... and newer there than in memory */
} __attribute__((aligned(64)));

_Static_assert(__builtin_offsetof(struct cpu, kernel_sp) == CPU_KERNEL_SP, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, user) == CPU_USER, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, scratch) == CPU_SCRATCH, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, id) == CPU_ID, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, tss) == CPU_TSS, "layout.h");
_Static_assert(__builtin_offsetof(struct cpu, tss.rsp) == CPU_TSS_RSP0, "layout.h");

extern struct cpu cpus[HAL_CPUS_MAX];

struct cpu_features {
    bool indispensable; /* what the kernel does not do without */
    bool smap, smep, umip, xsave, x2apic, tsc_deadline, large_1g, rdrand, rdseed;
    bool steady_tsc; /* the counter runs evenly, or a hypervisor sees to it */
};

extern struct cpu_features cpu_features; /* constant after boot */

static inline struct cpu *cpu_self(void)
{
    struct cpu *self;

    __asm__ volatile("movq %%gs:0, %0" : "=r"(self) : : "memory");
    return self;
}

/* What the boot CPU has; the others are taken to have it, too. */
void cpu_features_read(void);
void cpu_features_check(void);
/* Become cpus[id]: segments, stacks for special vectors, traps, control registers. */
void cpu_setup(unsigned id);

#endif /* CLOUDOS_BARE_METAL_X86_64_CPU_H */
