/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs leave behind in the kernel: memory before the first one and after the last.
 *
 * The kernel keeps some of it on purpose (names and contents of files that were looked at, stacks
 * and slabs in caches), but what it keeps does not grow with the number of times that the same
 * programs run: tests/abi/leaks compares one time with several.
 *
 * Owner:   init.
 * Context: the boot thread.
 * Locking: none; figures of other CPUs are exact once they are idle.
 * Errors:  none.
 */
#ifndef CLOUDOS_INIT_LEAK_H
#define CLOUDOS_INIT_LEAK_H

/* Remember what is in use now. */
void leak_baseline(void);

/* End every program, then log what is in use that was not: processes and frames of programs,
 * which must be none, and objects of each cache of the heap. */
void leak_report(void);

#endif /* CLOUDOS_INIT_LEAK_H */
