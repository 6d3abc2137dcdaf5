/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point state of user threads.  The kernel uses none, so the registers keep a
 * thread's state until another thread needs them, and memory gets it when the thread leaves its
 * CPU.
 *
 * Owner:   bare-metal/aarch64.
 * Context: as the hal_user_* calls, which use it; fpu_load() and fpu_leave() with interrupts
 *          masked.
 * Locking: a state belongs to its thread; the registers to the CPU.
 * Errors:  fpu_new(): NULL without memory; fpu_set(): -EINVAL.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_FPU_H
#define CLOUDOS_BARE_METAL_AARCH64_FPU_H

#include "bare-metal/aarch64/cpu.h"

struct fpu *fpu_new(struct fpu *from);
void fpu_free(struct fpu *f);
/* Before user code runs. */
void fpu_load(struct cpu *cpu, struct fpu *f);
/* Before another thread runs here. */
void fpu_leave(struct cpu *cpu);
void fpu_get(struct fpu *f, void *buf);
MUST_CHECK int fpu_set(struct fpu *f, const void *buf);

#endif /* CLOUDOS_BARE_METAL_AARCH64_FPU_H */
