/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/console.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/panic.h"
#include "lib/string.h"

#define INPUT_BYTES  4096u /* power of two */
#define ROWS_UNKNOWN 24
#define COLS_UNKNOWN 80
#define DLE          16
#define STX          2
#define EOT          4

static const struct uart_ops *uart;

/* Not one of the core's: its checker of lock orders must not look at what it prints through. */
static uint32_t lock; /* atomic */

/* Under the lock.  Positions count for ever and wrap at 32 bits. */
static struct {
    uint32_t in, out;
    bool is_stream, begun, ended;
    bool quoted; /* a DLE came last */
    bool wanted; /* the core has enabled the line */
    bool full;   /* receiving is off until there is room */
    uint8_t data[INPUT_BYTES];
} input;

static bool lock_take(void)
{
    bool unmasked = hal_irq_save();

    while (atomic_xchg_acquire(&lock, 1) != 0) {
        /* The holder may have been stopped for good. */
        if (panic_in_progress())
            break;
        hal_cpu_relax();
    }
    return unmasked;
}

static void lock_give(bool unmasked)
{
    atomic_store_release(&lock, 0);
    hal_irq_restore(unmasked);
}

void metal_console_init(const struct uart_ops *ops)
{
    uart = ops;
}

void metal_console_set_stream(bool stream)
{
    input.is_stream = stream;
}

/* ---- out ---- */

/* The log and early messages end lines as C does; a terminal wants a return, too. */
static void put_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            uart->put('\r');
        uart->put((uint8_t)text[i]);
    }
}

void metal_console_write_text(const char *text)
{
    bool unmasked;

    if (!uart)
        return;
    unmasked = lock_take();
    put_text(text, strlen(text));
    lock_give(unmasked);
}

int hal_console_write(enum hal_stream stream, const void *buf, size_t len)
{
    const uint8_t *bytes = buf;
    bool unmasked = lock_take();

    if (stream >= HAL_STREAM_LOG && !input.is_stream) {
        put_text(buf, len);
    } else {
        for (size_t i = 0; i < len; i++)
            uart->put(bytes[i]);
    }
    lock_give(unmasked);
    return 0;
}

/* ---- in ---- */

static void keep_locked(uint8_t byte)
{
    input.data[input.in++ % INPUT_BYTES] = byte;
}

static void take_stream_locked(uint8_t byte)
{
    if (!input.quoted && byte == DLE) {
        input.quoted = true;
        return;
    }
    if (!input.begun)
        input.begun = input.quoted && byte == STX;
    else if (input.quoted && byte == EOT)
        input.ended = true;
    else if (!input.ended)
        keep_locked(byte);
    input.quoted = false;
}

static void receive_locked(void)
{
    while (input.in - input.out < INPUT_BYTES) {
        int byte = uart->get();

        if (byte == UART_NOTHING)
            return;
        if (input.is_stream)
            take_stream_locked((uint8_t)byte);
        else
            keep_locked((uint8_t)byte);
    }
    input.full = true;
    uart->receive_irq(false);
}

void metal_console_interrupt(void)
{
    bool unmasked = lock_take();

    receive_locked();
    lock_give(unmasked);
    core_on_irq(HAL_IRQ_CONSOLE);
}

void metal_console_enable_input(void)
{
    bool unmasked = lock_take();

    input.wanted = true;
    uart->receive_irq(true);
    lock_give(unmasked);
}

int hal_console_read(void *buf, size_t len)
{
    bool unmasked = lock_take();
    uint8_t *to = buf;
    size_t n = 0;
    bool ended;

    while (n < len && input.out != input.in)
        to[n++] = input.data[input.out++ % INPUT_BYTES];
    if (n > 0 && input.full && input.wanted) {
        input.full = false;
        uart->receive_irq(true);
    }
    ended = input.ended && n == 0 && len > 0;
    lock_give(unmasked);
    return ended ? HAL_CONSOLE_EOF : (int)n;
}

/* A serial line does not say. */
void hal_console_size(uint16_t *rows, uint16_t *cols)
{
    *rows = ROWS_UNKNOWN;
    *cols = COLS_UNKNOWN;
}
