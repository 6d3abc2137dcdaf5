/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the simulated machine know of each other.
 *
 * The engines (hostsim/user) run user code on what this header offers: the arena, the MMU
 * (hal/mmu.h), and the state of the virtual CPU that called them.
 *
 * Owner:   hostsim/hal.
 * Context: a host thread that is a virtual CPU, unless a call says otherwise.
 * Locking: none needed; "this CPU" is the one whose host thread asks.  Kernel threads move
 *          between host threads inside hal_context_switch(), so a caller asks anew after any
 *          call that may switch, and never keeps the address of a thread-local.
 * Errors:  none, unless a call says otherwise.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_MACHINE_H
#define CLOUDOS_HOSTSIM_HAL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

/* ---- RAM: physical address == offset in the memfd ---- */

int arena_fd(void);
void *arena_virt(uint64_t pa); /* the caller knows that pa lies in RAM */
bool arena_has(uint64_t pa, uint64_t len);
uint64_t arena_bytes(void);

/* ---- this virtual CPU ---- */

unsigned machine_cpu(void);
uint64_t machine_space(void); /* as last loaded by hal_space_load(), 0: none */
/* An interrupt waits for this CPU: IPI, device or expired timer (masked or not). */
bool machine_irq_pending(void);
/* When this CPU's timer expires, as hal_time_ns(); HAL_NEVER when disarmed. */
uint64_t machine_deadline_ns(void);
/* May this CPU burn host time while it waits?  Only with two host cores for every virtual CPU
 * that is not idle: one for it, one for whom it waits for. */
bool machine_spin_allowed(void);
/* May it give its host core away again and again, instead of sleeping?  Only with a host core
 * for every virtual CPU that is not idle. */
bool machine_yield_allowed(void);

/*
 * Engines that count instructions ask how many they may execute before they look again: 0 means
 * that an interrupt is pending, so that hal_user_run() returns.  In the seeded world both calls
 * may run other CPUs on this host thread before they return: an engine keeps nothing of a CPU
 * in thread-local storage, and what it knows of this CPU's TLB may have changed.
 */
uint64_t machine_quantum(void);
/* That many have been executed, the one that trapped included. */
void machine_executed(uint64_t instructions);

/* ---- interrupts: any host thread of this process ---- */

/* Assert device line `irq`; delivered to CPU 0 once the core has enabled it. */
void machine_irq_raise(unsigned irq);

/* A remark of the machine about a program, on standard error; not in a quiet run. */
void machine_note(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* ---- ends of the machine ---- */

/* The kernel did what no machine can obey (a page table that points outside RAM): report it as
 * a fault of the kernel. */
_Noreturn void machine_check(const char *what, uint64_t addr);
/* The machine can do nothing any more, and `why`: the core reports it as its end. */
_Noreturn void machine_stuck(const char *why);
/* The host failed us (out of memory or processes): say so and leave with status 1.  Any host
 * thread. */
_Noreturn void machine_die(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* ---- engines ---- */

/*
 * How the machine reaches the engine of its choice (`--engine`); hal/engine.c lists them.
 *
 * init:  the arena exists, no other host thread does.  0 or -errno.
 * fini:  the process is about to end; any host thread, other CPUs may still run.  Ends every
 *        host process of the engine.
 * kick:  an interrupt is pending for `cpu`: if it is inside hal_user_run(), make that return
 *        soon, else do nothing.  Any host thread; cheap when there is nothing to do.  The
 *        engine first publishes that it is inside, then looks at machine_irq_pending().
 * flush: the core flushed [va, va + len) of `space` on this CPU (len UINT64_MAX: all).  On
 *        return no user code of this CPU's thread may use an older translation.
 * wrote: the kernel has written to user memory in [pa, pa + len), which may be code.
 */
/* hal.h's user mode and spaces, each by its name there. */
struct engine_user_ops {
    int (*space_create)(uint64_t root_pa, uint64_t parent, uint64_t *space);
    void (*space_destroy)(uint64_t space);
    int (*init)(struct hal_user *u, uint64_t space, struct hal_user *from);
    void (*fini)(struct hal_user *u);
    void (*run)(struct hal_user *u, struct hal_trap *trap);
    size_t (*fpu_bytes)(void);
    void (*fpu_get)(struct hal_user *u, void *buf);
    int (*fpu_set)(struct hal_user *u, const void *buf);
};

struct engine_ops {
    const char *name;
    bool exact; /* it counts instructions: fit for the seeded world */
    const struct engine_user_ops *user;
    int (*init)(void);
    void (*fini)(void);
    void (*kick)(unsigned cpu);
    void (*flush)(uint64_t space, uint64_t va, uint64_t len);
    void (*wrote)(uint64_t pa, uint64_t len); /* may be NULL */
    uint64_t user_min, user_max;
};

#endif /* CLOUDOS_HOSTSIM_HAL_MACHINE_H */
