/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console of a bare machine: one UART, written by polling, read by interrupt into a ring.
 *
 * Owner:   common; the machine says which UART it is and calls metal_console_interrupt().
 * Context: any, interrupts masked or not; output works before everything else.
 * Locking: one lock of its own, interrupts masked; a panic goes ahead without it.
 * Errors:  what arrives while the ring is full stays in the UART, which stops the sender.
 *
 * As a stream (console=stream) the input may be any bytes, with a beginning and an end: DLE STX
 * (16, 2) comes first, and what is before it is noise; a DLE is sent as DLE DLE, the end as
 * DLE EOT (4).  Where others have spoken first on the line, what the kernel says begins with
 * DLE STX.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_CONSOLE_H
#define CLOUDOS_BARE_METAL_COMMON_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define UART_NOTHING (-1)

#define CONSOLE_BEGIN "\x10\x02"

struct uart_ops {
    void (*put)(uint8_t byte);    /* waits, a bounded time, until there is room */
    int (*get)(void);             /* a byte, or UART_NOTHING */
    void (*receive_irq)(bool on); /* interrupt when there is something to get */
};

/* From here on there is output. */
void metal_console_init(const struct uart_ops *ops);
void metal_console_set_stream(bool stream);
void metal_console_write_text(const char *text);
/* The UART's interrupt: takes what has arrived; the core hears of it by core_on_irq(). */
void metal_console_interrupt(void);
/* The core wants input now: what hal_irq_enable_line(HAL_IRQ_CONSOLE) does. */
void metal_console_enable_input(void);

#endif /* CLOUDOS_BARE_METAL_COMMON_CONSOLE_H */
