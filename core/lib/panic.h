/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the kernel: say why, show the stack, halt the machine.
 *
 * Owner:   lib; the boot order may register a handler and a flush hook.
 * Context: any; takes no lock and allocates nothing.
 * Locking: the first CPU to panic reports, later ones wait for the halt.
 * Errors:  none; does not return.
 */
#ifndef CLOUDOS_LIB_PANIC_H
#define CLOUDOS_LIB_PANIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/attr.h"

/* What hal_halt() is told: 128 + SIGABRT, as a shell reports an aborted program. */
#define PANIC_EXIT_STATUS 134

_Noreturn void kpanic(const char *fmt, ...) PRINTF_LIKE(1, 2);
_Noreturn void kpanic_assert(const char *file, int line, const char *expr);

/* Receives the message instead of the console.  Should not return; if it does, the
 * default (console, backtrace, halt) follows.  NULL: the default. */
void panic_set_handler(void (*handler)(const char *msg));

/* Runs once before the message is printed, to bring out what the log still holds back. */
void panic_set_flush(void (*flush)(void));

/* Some CPU has panicked: those who wait for it need not. */
bool panic_in_progress(void);

/* Print the return addresses of the frames from `fp` upwards (0: of the caller). */
void panic_backtrace(uint64_t fp);

/* Forget a panic that a test's handler has left with a long jump. */
void panic_reset(void);

#endif /* CLOUDOS_LIB_PANIC_H */
