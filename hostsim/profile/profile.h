/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The profiler: samples of what the CPUs do, as folded stacks for a flame graph.
 *
 * Owner:   hostsim/profile; one for the process.
 * Context: hostsim/hal/probe.h.
 * Locking: none.
 * Errors:  none; samples that found no room are counted and reported.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_PROFILE_H
#define CLOUDOS_HOSTSIM_PROFILE_PROFILE_H

#include "hostsim/hal/probe.h"

extern const struct machine_probe profile_probe;

#endif /* CLOUDOS_HOSTSIM_PROFILE_PROFILE_H */
