/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --stats: what the kernel has done, as tables or as one line of JSON.
 *
 * Owner:   init.
 * Context: stats_start(): boot; stats_print(): thread context, the programs' work is done.
 * Locking: none; figures of CPUs that still work are a snapshot.
 * Errors:  -EINVAL, -ENOMEM, with the reason logged.
 */
#ifndef CLOUDOS_INIT_STATS_H
#define CLOUDOS_INIT_STATS_H

#include "lib/base.h"

/* `format`: "text" or "json". */
MUST_CHECK int stats_start(const char *format);
/* To the machine's stream for figures, once; nothing unless started. */
void stats_print(void);

#endif /* CLOUDOS_INIT_STATS_H */
