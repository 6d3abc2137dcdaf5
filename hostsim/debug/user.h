/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A debugger on one process of the machine.
 *
 * Who runs where is known from the core's event stream, so this needs the seeded world, where
 * that is always on.  While the process stands nothing else goes on, time included.  To look
 * after each instruction, a quantum of the world is handed to the engine one by one; it is
 * reported to the world as a whole, so that the run is the same as without a debugger.
 *
 * Owner:   hostsim/debug.
 * Context: the one host thread of the seeded world.
 * Locking: none needed.
 * Errors:  none to the machine: if gdb goes away the process goes on.
 */
#ifndef CLOUDOS_HOSTSIM_DEBUG_USER_H
#define CLOUDOS_HOSTSIM_DEBUG_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"
#include "hostsim/hal/vcpu.h"

/* Constant once CPUs run: some process is to be debugged. */
extern bool debug_on;

/* Debug process `pid`; listens on `port`.  0 or -errno. */
int debug_start(unsigned pid, uint16_t port);
/* In place of the engine's own, if debug_on. */
void debug_user_run(struct hal_user *u, struct hal_trap *trap);
/* The core has reported an event. */
void debug_event(unsigned id, uint64_t a, uint64_t b, uint64_t c);
/* The machine ends. */
void debug_stop(void);

/* In place of the world's own, on a CPU that is inside debug_user_run(). */
bool debug_steps(const struct vcpu *cpu);
uint64_t debug_quantum(struct vcpu *cpu);
void debug_executed(struct vcpu *cpu, uint64_t instructions);

/* ---- for commands.c ---- */

#define DEBUG_POINTS_MAX 64u

enum debug_resume { DEBUG_CONTINUE, DEBUG_STEP, DEBUG_DETACH };

/* Tell gdb that thread `tid` stands because of `why` ("T05...", without the thread), and obey
 * it until the thread is to go on. */
enum debug_resume debug_commands(struct hal_user *u, unsigned tid, const char *why);

/* Breakpoints (len 0) and watched memory. */
MUST_CHECK int debug_point_add(uint64_t va, uint64_t len);
void debug_point_remove(uint64_t va, uint64_t len);
/* User memory of `space`, without side effects: how many bytes could be copied. */
uint64_t debug_memory_read(uint64_t space, uint64_t va, void *buf, uint64_t len);
uint64_t debug_memory_write(uint64_t space, uint64_t va, const void *buf, uint64_t len);

#endif /* CLOUDOS_HOSTSIM_DEBUG_USER_H */
