/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that signal handlers return through, on instruction sets whose programs name no
 * restorer: one page for all programs, read and executed only (docs/adr/0020-instruction-sets.md).
 *
 * Owner:   proc; the page lives as long as the kernel.
 * Context: thread context.
 * Locking: none; sigpage_init() runs before the first program.
 * Errors:  -ENOMEM.
 */
#ifndef CLOUDOS_PROC_SIGPAGE_H
#define CLOUDOS_PROC_SIGPAGE_H

#include "lib/base.h"

struct vm_space;

MUST_CHECK int sigpage_init(void);
/* Map it into a new program's memory and set space->sigpage; nothing where none is needed. */
MUST_CHECK int sigpage_map(struct vm_space *s);

#endif /* CLOUDOS_PROC_SIGPAGE_H */
