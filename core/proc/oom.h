/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of memory: which process has to go.
 *
 * Owner:   proc; registered with vm at boot.
 * Context: thread context, no spinlock held.
 * Locking: proc_tree_lock and signal_lock inside.
 * Errors:  none.
 */
#ifndef CLOUDOS_PROC_OOM_H
#define CLOUDOS_PROC_OOM_H

#include <stdbool.h>

/* Kill the process that holds most memory, unless one is dying already.  True: some memory will
 * come back; false: there is none that may be killed. */
bool oom_kill(void);
void oom_init(void);

#endif /* CLOUDOS_PROC_OOM_H */
