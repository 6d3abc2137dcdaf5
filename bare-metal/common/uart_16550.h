/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 UART and everything that behaves like one.
 *
 * Owner:   common; the machine says how its registers are reached.
 * Context: as common/console.h, which calls the operations under its lock.
 * Locking: the console's.
 * Errors:  uart_16550_init(): false if there is none at that place.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_UART_16550_H
#define CLOUDOS_BARE_METAL_COMMON_UART_16550_H

#include "bare-metal/common/console.h"

struct uart_16550_bus {
    uint8_t (*read)(unsigned reg);
    void (*write)(unsigned reg, uint8_t value);
};

/* 8 data bits, no parity, FIFO on, interrupts off; the speed stays as firmware set it. */
bool uart_16550_init(const struct uart_16550_bus *bus);
extern const struct uart_ops uart_16550_ops;

#endif /* CLOUDOS_BARE_METAL_COMMON_UART_16550_H */
