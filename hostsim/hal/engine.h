/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engines that this build has, and the one in use.
 *
 * Owner:   hostsim/hal; chosen once, before any CPU runs.
 * Context: any host thread.
 * Locking: none; constant.
 * Errors:  engine_choose: false if there is no engine of that name.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_ENGINE_H
#define CLOUDOS_HOSTSIM_HAL_ENGINE_H

#include <stdbool.h>

#include "hostsim/hal/machine.h"

extern const struct engine_ops *engine;

bool engine_choose(const char *name);
/* Is there one of that name that counts instructions?  User code under any other does not do
 * the same twice. */
bool engine_is_exact(const char *name);

#endif /* CLOUDOS_HOSTSIM_HAL_ENGINE_H */
