/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic says about the whole machine: locks, threads, the end of the log.
 *
 * Owner:   init.
 * Context: panic_report_init() at boot; the parts run in a panic, on a machine that is broken.
 * Locking: none is waited for; what is read may be torn.
 * Errors:  a part that stumbles over that is given up (lib/panic.h).
 */
#ifndef CLOUDOS_INIT_PANIC_REPORT_H
#define CLOUDOS_INIT_PANIC_REPORT_H

void panic_report_init(void);

#endif /* CLOUDOS_INIT_PANIC_REPORT_H */
