/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Register and vector state of a stopped guest task: in the slot after a patched call, in a
 * host signal frame otherwise.  All of it can be rewritten by guest code while we look.
 *
 * Owner:   hostsim/user.
 * Context: the virtual CPU that runs the thread.
 * Locking: the thread belongs to the caller.
 * Errors:  false: the slot holds nonsense, the thread is lost.
 */
#ifndef CLOUDOS_HOSTSIM_USER_FRAME_H
#define CLOUDOS_HOSTSIM_USER_FRAME_H

#include "hostsim/user/native_priv.h"

/* Registers of a task that handed over through the fast path. */
void frame_read_regs(struct native_slot *slot, struct user_regs *regs);
/* Of one that stopped in its signal handler; `out` is a copy of the frame for the caller to
 * judge, with its registers in `regs`. */
bool frame_read_signal(struct native_slot *slot, struct host_frame *out,
                       struct user_regs *regs);

/* The way out that loads registers from the slot will do: it needs our GS base and cannot carry
 * the trap flag. */
bool frame_fits_registers(const struct user_regs *regs);

/* Prepare a resume: registers, segment bases, and vector state if `fpu` is not NULL or the
 * thread starts afresh. */
void frame_write(struct native_slot *slot, const struct user_regs *regs, bool by_frame,
                 const uint8_t *fpu);

/* ---- vector state, in the format of the ABI's signal frame ---- */

/* Learn the format from the first frame of a task that has run no guest code. */
MUST_CHECK int fpu_calibrate(struct native_slot *slot);
size_t fpu_bytes(void);
/* Component mask for XSAVE. */
uint64_t fpu_mask(void);
void fpu_initial(uint8_t *image);
/* Check an image from outside and make it fit to be restored.  -EINVAL. */
MUST_CHECK int fpu_check(uint8_t *image);
/* Copy what the task saved (in its frame, or at SLOT_XSAVE); nonsense reads as initial. */
void fpu_read(struct native_slot *slot, uint8_t *image);

#endif /* CLOUDOS_HOSTSIM_USER_FRAME_H */
