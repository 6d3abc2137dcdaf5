/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tiny machine for unit tests: one CPU at a time, RAM in an array, a console in a
 * buffer.
 *
 * Interrupts arrive inside hal_irq_restore(true) and hal_cpu_wait(), as in the hosted
 * kernel; the core's handlers are called if the test is linked with them.  Waiting with
 * nothing pending moves the clock to the timer's deadline.  The calls about user mode
 * abort, and are weak: a test that needs them defines its own.
 *
 * Owner:   tests/unit.
 * Context: one host thread per CPU.
 * Locking: the console has a lock; CPUs share nothing else.
 * Errors:  a halt that no test expects aborts the program.
 */
#ifndef CLOUDOS_UNIT_HAL_FAKE_H
#define CLOUDOS_UNIT_HAL_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "hal/hal.h"
#include "lib/panic.h"

#define HAL_FAKE_RAM_BASE  UINT64_C(0x100000)
#define HAL_FAKE_RAM_BYTES (UINT64_C(64) << 20)

/* The address that hal_symbol() has a name for. */
#define HAL_FAKE_SYMBOL UINT64_C(0xface)

/* Power on: interrupts unmasked, CPU 0, empty console, RAM zeroed if `clear_ram`. */
void hal_fake_reset(bool clear_ram);

/* The calling host thread is CPU `cpu` from now on; interrupt state belongs to the CPU.
 */
void hal_fake_set_cpu(unsigned cpu);

/* The clock: real time plus what has been added. */
void hal_fake_advance(uint64_t ns);

/* Raise what the next unmasking of the current CPU delivers. */
void hal_fake_raise(unsigned irq);

/* What was written to the console since the last clear, terminated. */
const char *hal_fake_console(void);
void hal_fake_console_clear(void);
/* Called before each write to the console, for code that misbehaves there; NULL: nothing.
 */
void hal_fake_console_hook(void (*hook)(void));
/* Bytes for hal_console_read(). */
void hal_fake_type(const void *data, size_t len);

/* Fields may be changed before the code under test looks. */
struct hal_bootinfo *hal_fake_bootinfo(void);

/* Counts since reset, for tests of who calls what. */
struct hal_fake_counts {
    uint64_t ipis[HAL_CPUS_MAX];
    uint64_t tlb_flushes;
    unsigned exec_syncs;
    uint64_t exec_synced; /* the last frame */
    uint64_t points;
    uint64_t traced, trace_last[4];
};

struct hal_fake_counts *hal_fake_counts(void);

/* The space that hal_space_load() loaded last. */
uint64_t hal_fake_space(void);

/* What the last expected halt said. */
extern jmp_buf hal_fake_halt_jump;
extern enum hal_halt hal_fake_halt_why;
extern int hal_fake_halt_status;
void hal_fake_expect_halt(bool expected);

/* `statement` must halt the machine (as kpanic does).  Locks that it holds stay held. */
#define expect_halt(statement)                                                           \
    do {                                                                                 \
        hal_fake_expect_halt(true);                                                      \
        if (setjmp(hal_fake_halt_jump) == 0) {                                           \
            statement;                                                                   \
            hal_fake_expect_halt(false);                                                 \
            fail_msg("no halt: %s", #statement);                                         \
        }                                                                                \
        hal_fake_expect_halt(false);                                                     \
        panic_reset();                                                                   \
    } while (0)

/* ... with a panic whose console output contains `text`. */
#define expect_panic(text, statement)                                                    \
    do {                                                                                 \
        hal_fake_console_clear();                                                        \
        expect_halt(statement);                                                          \
        assert_int_equal(hal_fake_halt_why, HAL_HALT_PANIC);                             \
        if (!strstr(hal_fake_console(), text))                                           \
            fail_msg("panic without \"%s\": %s", text, hal_fake_console());              \
    } while (0)

#endif /* CLOUDOS_UNIT_HAL_FAKE_H */
