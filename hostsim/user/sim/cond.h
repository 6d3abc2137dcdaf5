/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditions: quick tests where it is known what set the flags.
 *
 * Owner:   hostsim/user/sim.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_COND_H
#define CLOUDOS_HOSTSIM_USER_SIM_COND_H

#include "hostsim/user/sim/row.h"

/* Give a Jcc, SETcc or CMOVcc the handler for what the instruction that last set the flags in
 * the same block did to them. */
void sim_cond_specialise(struct sim_insn *i, enum sim_row_cc sets);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_COND_H */
