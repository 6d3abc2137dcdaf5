/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks for a panic (ADR 12): following frame pointers, and asking a CPU that runs for its stack
 * through an interrupt that cannot be masked.
 *
 * Owner:   common.
 * Context: any; on a broken kernel, too: it checks what it follows and waits a bounded time.
 * Locking: none of the core's; one CPU is asked at a time.
 * Errors:  what cannot be read ends the stack; a CPU that does not answer has none.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_BACKTRACE_H
#define CLOUDOS_BARE_METAL_COMMON_BACKTRACE_H

#include "hal/hal.h"

/* Append return addresses to the `count` that are in `pc`: the total.  At `fp` lie the caller's
 * frame pointer and the return address.
 * Weak: machines whose frames look otherwise have their own. */
size_t backtrace_walk(uint64_t fp, uint64_t *pc, size_t count, size_t max);

/* Interrupt `cpu` with `interrupt` and wait for what it answers. */
size_t backtrace_ask(unsigned cpu, void (*interrupt)(unsigned cpu), uint64_t *pc,
                     size_t max);
/* In that interrupt: true if this CPU was asked.  The answer is `at` and what follows from `fp`;
 * `at` is 0 where user code was interrupted. */
bool backtrace_answer(uint64_t at, uint64_t fp);

/* The same, answered by `walk`, which fills `pc` and says how many. */
bool backtrace_answer_by(size_t (*walk)(uint64_t *pc, size_t max));

/* ---- the machine's ---- */

/* Read a word; false if nothing is mapped there. */
bool load_if_mapped(const uint64_t *at, uint64_t *out);

#endif /* CLOUDOS_BARE_METAL_COMMON_BACKTRACE_H */
