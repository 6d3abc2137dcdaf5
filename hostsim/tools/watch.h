/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `cloudos run` is asked to watch: --strace and what belongs to it, --stats, --profile.
 *
 * Owner:   hostsim/tools.
 * Context: the main thread, before the machine exists.
 * Locking: none.
 * Errors:  false, with a message on standard error; the caller exits with status 2.
 */
#ifndef CLOUDOS_HOSTSIM_TOOLS_WATCH_H
#define CLOUDOS_HOSTSIM_TOOLS_WATCH_H

#include <stdbool.h>

#include "hostsim/hal/config.h"

/* Filled in by the options; NULL or false: not given. */
struct watch {
    const char *calls; /* "": all */
    const char *of, *stamp, *strace_output;
    bool times;
    const char *stats, *stats_output; /* stats "": as text */
    const char *profile;
    uint64_t profile_hz; /* 0: not given */
};

/* Check what can be checked without touching anything. */
bool watch_settle(struct watch *w, bool seeded);
/* Create the files that were asked for. */
bool watch_open(const struct watch *w, struct machine_config *config);
/* Words of the kernel's command line, one after the other to `add`. */
void watch_words(const struct watch *w, void (*add)(void *arg, const char *word),
                 void *arg);

#endif /* CLOUDOS_HOSTSIM_TOOLS_WATCH_H */
