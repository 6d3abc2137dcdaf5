/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the kernel: say why, show where, halt the machine.
 *
 * The report is a list of parts: what the log still holds back, the reason, registers, stack, and
 * then what the boot order has registered.  A part that panics itself, because what it looks at
 * is broken, is given up and the next one follows, so the report always ends in hal_halt().
 *
 * Owner:   lib; the boot order registers a flush hook and its parts.
 * Context: any; waits for no lock and allocates nothing.
 * Locking: the first CPU to panic reports.  The others stop where they take an interrupt, wait
 *          for a lock or panic; the report waits a few milliseconds for that, no longer.
 * Errors:  none; does not return.
 */
#ifndef CLOUDOS_LIB_PANIC_H
#define CLOUDOS_LIB_PANIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/attr.h"

/* What hal_halt() is told: 128 + SIGABRT, as a shell reports an aborted program. */
#define PANIC_EXIT_STATUS 134
#define PANIC_PARTS_MAX   8

struct hal_fault;

_Noreturn void kpanic(const char *fmt, ...) PRINTF_LIKE(1, 2);
_Noreturn void kpanic_assert(const char *file, int line, const char *expr);

/* Receives the message instead of the console.  Should not return; if it does, the
 * default (the report, halt) follows.  NULL: the default. */
void panic_set_handler(void (*handler)(const char *msg));

/* Runs once before the message is printed, to bring out what the log still holds back. */
void panic_set_flush(void (*flush)(void));

/* A part of the report behind the stack, in the order of registration. */
void panic_add_part(const char *name, void (*print)(void));
/* For parts: a piece of text to the console. */
void panic_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Some CPU has panicked: those who wait for it need not. */
bool panic_in_progress(void);

/* In a loop that waits for another CPU, and in an interrupt handler: once a CPU has panicked,
 * stop here.  In the report itself the part that waits is given up. */
void panic_check(void);

/* Forget a panic that a test's handler has left with a long jump, and all parts. */
void panic_reset(void);

#endif /* CLOUDOS_LIB_PANIC_H */
