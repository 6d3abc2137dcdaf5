/* SPDX-License-Identifier: BSD-2-Clause */
/* Panic: nothing here waits, allocates or takes a lock. */
#include "lib/panic.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/format.h"
#include "lib/string.h"

#define PANIC_MSG_BYTES  4096
#define PANIC_FRAMES_MAX 32
#define PANIC_STACK_BYTES                                                                \
    (1u                                                                                  \
     << 20) /* further apart, two frames are not of one stack                         \
                */
#define PANIC_NO_CPU 0u

static uint32_t panic_cpu; /* atomic; PANIC_NO_CPU, else 1 + the CPU that reports */
static uint32_t panic_nested;
static void (*panic_handler)(const char *msg);
static void (*panic_flush)(void);
static char panic_msg[PANIC_MSG_BYTES];

void panic_set_handler(void (*handler)(const char *msg))
{
    atomic_store_release(&panic_handler, handler);
}

void panic_set_flush(void (*flush)(void))
{
    atomic_store_release(&panic_flush, flush);
}

bool panic_in_progress(void)
{
    return atomic_load_relaxed(&panic_cpu) != PANIC_NO_CPU;
}

void panic_reset(void)
{
    panic_nested = 0;
    atomic_store_release(&panic_cpu, PANIC_NO_CPU);
}

static void panic_print(const char *text)
{
    (void)hal_console_write(HAL_STREAM_LOG, text, strlen(text));
}

/* A frame starts with the caller's frame pointer and the return address.  Stacks grow
 * down, so a believable chain only goes up, in small aligned steps. */
static NOINLINE __attribute__((no_sanitize("address"))) void panic_walk(uint64_t fp)
{
    for (unsigned depth = 0; depth < PANIC_FRAMES_MAX; depth++) {
        const uint64_t *frame = (const uint64_t *)fp;
        char line[32];

        if (fp == 0 || !IS_ALIGNED(fp, sizeof(uint64_t)) || frame[1] == 0)
            break;
        ksnprintf(line, sizeof(line), "  %#018lx\n", frame[1]);
        panic_print(line);
        if (frame[0] <= fp || frame[0] - fp > PANIC_STACK_BYTES)
            break;
        fp = frame[0];
    }
}

void panic_backtrace(uint64_t fp)
{
    panic_print("backtrace:\n");
    panic_walk(fp != 0 ? fp : (uint64_t)__builtin_frame_address(0));
}

/* The right to report.  A CPU that panics while it reports is beyond help; any other
 * waits for the first one to halt the machine. */
static void panic_claim(uint32_t self)
{
    uint32_t expected = PANIC_NO_CPU;

    if (atomic_cmpxchg(&panic_cpu, &expected, self))
        return;
    if (expected == self && panic_nested++ == 0) {
        panic_print("kernel panic: again, while reporting the first\n");
        hal_halt(HAL_HALT_PANIC, PANIC_EXIT_STATUS);
    }
    for (;;)
        hal_cpu_relax();
}

static _Noreturn void panic_finish(uint64_t fp)
{
    void (*flush)(void) = atomic_load_acquire(&panic_flush);
    void (*handler)(const char *msg) = atomic_load_acquire(&panic_handler);

    if (handler != NULL)
        handler(panic_msg);
    if (flush != NULL)
        flush();
    panic_print("kernel panic: ");
    panic_print(panic_msg);
    panic_print("\n");
    panic_backtrace(fp);
    hal_halt(HAL_HALT_PANIC, PANIC_EXIT_STATUS);
}

void kpanic(const char *fmt, ...)
{
    va_list ap;

    (void)hal_irq_save();
    panic_claim(1 + (uint32_t)hal_cpu_id());
    va_start(ap, fmt);
    kvsnprintf(panic_msg, sizeof(panic_msg), fmt, ap);
    va_end(ap);
    panic_finish((uint64_t)__builtin_frame_address(0));
}

void kpanic_assert(const char *file, int line, const char *expr)
{
    kpanic("%s:%d: assertion failed: %s", file, line, expr);
}
