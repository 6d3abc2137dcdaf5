/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine keeps about each CPU.  In the kernel tp points to the CPU's own; while a
 * program runs, sscratch does, and is 0 otherwise.
 *
 * Owner:   bare-metal/riscv64.
 * Context: any; what is reached through cpu_self() with interrupts masked.
 * Locking: each CPU writes its own; `online` and `parked` are atomic.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_CPU_H
#define CLOUDOS_BARE_METAL_RISCV64_CPU_H

/* Offsets of what assembly touches. */
#define CPU_SCRATCH   0
#define CPU_USER_REGS 8
#define CPU_KERNEL_SP 16
#define CPU_STACK_LOW 24
#define CPU_SPARE_LOW 32
#define CPU_LOST_LOW  40

#define KSTACK_SHIFT 14
#define KSTACK_BYTES (1 << KSTACK_SHIFT)

#define CPU_SPACES 8 /* whose translations a CPU remembers */

#ifndef __ASSEMBLER__

#include "hal/hal.h"

struct fpu;
struct trap_frame;

struct cpu {
    uint64_t scratch;            /* of the trap entry: sp of the program */
    struct user_regs *user_regs; /* of the program that runs */
    uint64_t kernel_sp;          /* where user_enter() left */
    uint64_t stack_low;          /* of the stack in use */
    uint64_t spare_low;          /* of the one to report an overflow on */
    uint64_t lost_low;           /* of the one that overflowed */
    uint64_t stacks_seen;        /* of the stacks that have been mapped */
    unsigned id;                 /* as the core numbers it */
    uint64_t hart;               /* as firmware does */
    uint64_t spaces[CPU_SPACES]; /* atomic: who has identifier N + 1; 0: nobody */
    unsigned space_next;         /* the slot to take over next */
    struct fpu *fpu; /* whose state the floating-point registers hold, or NULL */
    bool fpu_dirty;  /* ... and newer than what is in memory */
    const struct trap_frame *fault; /* of the kernel, that it dies of */
    bool in_user;                   /* atomic: runs a program, or is about to */
    bool fetch_stale;               /* atomic: FENCE.I before it runs one */
    bool online;                    /* atomic: has been started */
    bool parked;                    /* atomic: stopped for good */
} ALIGNED(64);

extern struct cpu cpus[HAL_CPUS_MAX];
extern unsigned cpu_count;

static inline struct cpu *cpu_self(void)
{
    struct cpu *self;

    __asm__ volatile("mv %0, tp" : "=r"(self));
    return self;
}

/* Interrupts on at their source, trap vector set: on each CPU before the core sees it. */
void cpu_prepare(void);
/* An interrupt from another CPU: true if it asked us to stop, which does not return. */
void cpu_check_stop(void);

/* panic.c: while another CPU reports, tell it where this one is, if it has asked. */
void panic_answer(void);

#endif /* __ASSEMBLER__ */

#endif /* CLOUDOS_BARE_METAL_RISCV64_CPU_H */
