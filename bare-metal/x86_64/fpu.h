/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector state of user threads.
 *
 * The kernel uses none of these registers, so a thread's state stays in them while it is in the
 * kernel, and is saved when the CPU turns to another context.  A thread that finds its own state
 * still there does not load it again.
 *
 * Owner:   the thread that struct fpu belongs to.
 * Context: interrupts masked, unless a call says otherwise.
 * Locking: none; a state is in the registers of one CPU at most.
 * Errors:  fpu_set(): -EINVAL for an image that the processor would not take.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_FPU_H
#define CLOUDOS_BARE_METAL_X86_64_FPU_H

#include "hal/hal.h"

struct cpu;
struct fpu;

void fpu_cpu_setup(void);
/* In thread context; NULL: no memory. */
struct fpu *fpu_new(struct fpu *from);
void fpu_free(struct fpu *f);
/* Into the registers of this CPU. */
void fpu_load(struct cpu *cpu, struct fpu *f);
/* This CPU turns to another context. */
void fpu_leave(struct cpu *cpu);
/* The FPE_* code of an exception that is pending in the registers, vector 16 or 19. */
uint32_t fpu_exception_code(unsigned vector);
void fpu_get(struct fpu *f, void *buf);
int fpu_set(struct fpu *f, const void *buf);

#endif /* CLOUDOS_BARE_METAL_X86_64_FPU_H */
