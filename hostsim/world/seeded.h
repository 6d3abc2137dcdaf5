/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of virtual time: one host thread runs all virtual CPUs, and a seed decides which of
 * them goes on, how far, and when interrupts between them arrive.  docs/design/seeded.md.
 *
 * A CPU that does not run is suspended inside seeded_point() or one of the calls that contain
 * one, on the kernel stack that it was using; vcpu.resume is where.
 *
 * Owner:   hostsim/world.
 * Context: the one host thread, on a CPU's kernel stack; interrupts masked or not.
 * Locking: none needed: nothing here is touched by another host thread.
 * Errors:  a machine on which nothing can happen any more is ended with a message.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_SEEDED_H
#define CLOUDOS_HOSTSIM_WORLD_SEEDED_H

#include "hostsim/hal/vcpu.h"

void seeded_init(uint64_t seed, unsigned cpus);

/* A place where other CPUs may overtake `cpu`: they may run before this returns. */
void seeded_point(struct vcpu *cpu);
/* Bits of PENDING_* are on their way to `cpu`; they arrive at one of its next points. */
void seeded_send(struct vcpu *cpu, uint32_t bits);

/* How many instructions of user code `cpu` may execute now. */
uint64_t seeded_quantum(struct vcpu *cpu);
/* It has executed that many; others may run before this returns. */
void seeded_executed(struct vcpu *cpu, uint64_t instructions);

void seeded_entropy(void *buf, size_t len);

/* ---- for reports: looking does not move anything ---- */

uint64_t seeded_now_ns(void);
uint64_t seeded_points(void);
uint64_t seeded_seed(void);

#endif /* CLOUDOS_HOSTSIM_WORLD_SEEDED_H */
