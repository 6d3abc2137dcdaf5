/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subcommands of `cloudos`.
 *
 * Owner:   hostsim/tools.
 * Context: the main thread.
 * Locking: none.
 * Errors:  the exit status: 2 for wrong usage, 1 for other failures.
 */
#ifndef CLOUDOS_HOSTSIM_TOOLS_COMMANDS_H
#define CLOUDOS_HOSTSIM_TOOLS_COMMANDS_H

#include "hostsim/tools/options.h"

extern const struct command command_run;
extern const struct command command_mkinitrd;
extern const struct command command_trace;

#endif /* CLOUDOS_HOSTSIM_TOOLS_COMMANDS_H */
