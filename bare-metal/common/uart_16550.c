/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers: PC16550D data sheet, section 8. */
#include "bare-metal/common/uart_16550.h"

#define REG_DATA    0
#define REG_IER     1
#define REG_FCR     2
#define REG_LCR     3
#define REG_MCR     4
#define REG_LSR     5
#define REG_SCRATCH 7

#define IER_RECEIVE   0x01
#define FCR_ENABLE    0xc1 /* an interrupt for 14 bytes, or when no more come */
#define LCR_8N1       0x03
#define MCR_DTR_RTS   0x03
#define MCR_OUT2      0x08 /* on a PC it lets the interrupt out */
#define LSR_DATA      0x01
#define LSR_THR_EMPTY 0x20

#define PUT_SPINS                                                                        \
    1000000u /* a line that nobody takes bytes from must not hang the kernel */

static const struct uart_16550_bus *bus;
static bool stuck; /* nobody has taken bytes for a while */

bool uart_16550_init(const struct uart_16550_bus *where)
{
    where->write(REG_SCRATCH, 0x5a);
    if (where->read(REG_SCRATCH) != 0x5a)
        return false;
    bus = where;
    bus->write(REG_IER, 0);
    bus->write(REG_LCR, LCR_8N1);
    bus->write(REG_FCR, FCR_ENABLE);
    bus->write(REG_MCR, MCR_DTR_RTS | MCR_OUT2);
    return true;
}

static void put(uint8_t byte)
{
    unsigned spins = stuck ? 1 : PUT_SPINS;

    while (spins > 0 && !(bus->read(REG_LSR) & LSR_THR_EMPTY))
        spins--;
    stuck = spins == 0;
    bus->write(REG_DATA, byte);
}

static int get(void)
{
    return bus->read(REG_LSR) & LSR_DATA ? bus->read(REG_DATA) : UART_NOTHING;
}

static void receive_irq(bool on)
{
    bus->write(REG_IER, on ? IER_RECEIVE : 0);
}

const struct uart_ops uart_16550_ops = {put, get, receive_irq};
