/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console of a bare machine: one UART, written by polling, read by interrupt into a ring.
 *
 * Owner:   common; the machine says which UART it is and calls console_interrupt().
 * Context: any, interrupts masked or not; output works before everything else.
 * Locking: one lock of its own, interrupts masked; a panic goes ahead without it.
 * Errors:  what arrives while the ring is full stays in the UART, which stops the sender.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_CONSOLE_H
#define CLOUDOS_BARE_METAL_COMMON_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

enum { UART_NOTHING = -1, UART_BREAK = -2 };

struct uart_ops {
    void (*put)(uint8_t byte);    /* waits, a bounded time, until there is room */
    int (*get)(void);             /* a byte, or UART_* */
    void (*receive_irq)(bool on); /* interrupt when there is something to get */
};

/* From here on there is output. */
void console_init(const struct uart_ops *ops);
void console_set_stream(bool stream);
void console_write_text(const char *text);
/* The UART's interrupt: takes what has arrived; the core hears of it by core_on_irq(). */
void console_interrupt(void);
/* The core wants input now: what hal_irq_enable_line(HAL_IRQ_CONSOLE) does. */
void console_enable_input(void);

#endif /* CLOUDOS_BARE_METAL_COMMON_CONSOLE_H */
