/* SPDX-License-Identifier: BSD-2-Clause */
/* The first serial port, at its place since 1981. */
#include "bare-metal/x86_64/machine.h"

#include "bare-metal/common/uart_16550.h"
#include "bare-metal/x86_64/insn.h"

#define COM1 0x3f8

static uint8_t com1_read(unsigned reg)
{
    return insn_inb((uint16_t)(COM1 + reg));
}

static void com1_write(unsigned reg, uint8_t value)
{
    insn_outb((uint16_t)(COM1 + reg), value);
}

static void nowhere_put(uint8_t byte)
{
    (void)byte;
}

static int nowhere_get(void)
{
    return UART_NOTHING;
}

static void nowhere_receive(bool on)
{
    (void)on;
}

void serial_init(void)
{
    static const struct uart_16550_bus bus = {com1_read, com1_write};
    static const struct uart_ops nowhere = {nowhere_put, nowhere_get, nowhere_receive};

    metal_console_init(uart_16550_init(&bus) ? &uart_16550_ops : &nowhere);
}
