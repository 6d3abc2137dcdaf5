/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL011 UART.
 *
 * Owner:   common; the machine says how its registers are reached.
 * Context: as common/console.h, which calls the operations under its lock.
 * Locking: the console's.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_UART_PL011_H
#define CLOUDOS_BARE_METAL_COMMON_UART_PL011_H

#include "bare-metal/common/console.h"

struct uart_pl011_bus {
    uint32_t (*read)(unsigned reg);
    void (*write)(unsigned reg, uint32_t value);
};

/* 8 data bits, no parity, FIFO on, interrupts off; the speed stays as firmware set it. */
void uart_pl011_init(const struct uart_pl011_bus *bus);
extern const struct uart_ops uart_pl011_ops;

#endif /* CLOUDOS_BARE_METAL_COMMON_UART_PL011_H */
