/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector state as an image: FXSAVE (Intel SDM 1 10.5.1), and the XSAVE
 * format that signal frames have, with the announcement that Linux puts into it.
 *
 * Owner:   hostsim/user/sim.
 * Context: any; the thread does not run.
 * Locking: none.
 * Errors:  false: the image is not one that the processor takes; nothing has changed.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_FXSAVE_H
#define CLOUDOS_HOSTSIM_USER_SIM_FXSAVE_H

#include "hostsim/user/sim/cpu.h"

#define SIM_FXSAVE_BYTES 512u
#define SIM_XSAVE_HEADER 64u
#define SIM_XSAVE_BYTES  (SIM_FXSAVE_BYTES + SIM_XSAVE_HEADER + 4) /* and a magic number */
#define SIM_MXCSR_MASK   0xffffu

void sim_fxsave(const struct sim_cpu *cpu, void *image);
MUST_CHECK bool sim_fxrstor(struct sim_cpu *cpu, const void *image);

void sim_xsave_get(const struct sim_cpu *cpu, void *image);
MUST_CHECK bool sim_xsave_set(struct sim_cpu *cpu, const void *image);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_FXSAVE_H */
