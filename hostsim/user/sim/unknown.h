/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the user of the machine which instruction the engine does not have.
 *
 * Owner:   hostsim/user/sim.
 * Context: after a run that ended with #UD.
 * Locking: inside.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_UNKNOWN_H
#define CLOUDOS_HOSTSIM_USER_SIM_UNKNOWN_H

#include "hostsim/user/sim/cpu.h"

/* The bytes at cpu->rip; not for UD2 and its like, nor more than a few times a run. */
void sim_unknown_log(const struct sim_cpu *cpu);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_UNKNOWN_H */
