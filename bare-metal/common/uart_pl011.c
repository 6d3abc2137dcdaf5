/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers: PrimeCell UART (PL011) Technical Reference Manual (DDI 0183), chapter 3. */
#include "bare-metal/common/uart_pl011.h"

#define REG_DATA 0x00
#define REG_FLAG 0x18
#define REG_LCR  0x2c
#define REG_CR   0x30
#define REG_IMSC 0x38
#define REG_ICR  0x44

#define DATA_ERRORS   0xf00u /* framing, parity, break, overrun: the byte is none */
#define FLAG_RX_EMPTY 0x10u
#define FLAG_TX_FULL  0x20u
#define LCR_8N1_FIFO  0x70u
#define CR_ON         0x301u /* enabled, transmit, receive */
#define INT_RECEIVE   0x50u  /* FIFO half full, or bytes that have waited */
#define INT_ALL       0x7ffu

#define PUT_SPINS                                                                        \
    1000000u /* a line that nobody takes bytes from must not hang the kernel */

static const struct uart_pl011_bus *bus;

void uart_pl011_init(const struct uart_pl011_bus *where)
{
    bus = where;
    bus->write(REG_IMSC, 0);
    bus->write(REG_ICR, INT_ALL);
    bus->write(REG_LCR, LCR_8N1_FIFO);
    bus->write(REG_CR, CR_ON);
}

static void put(uint8_t byte)
{
    for (unsigned i = 0; i < PUT_SPINS; i++) {
        if (!(bus->read(REG_FLAG) & FLAG_TX_FULL))
            break;
    }
    bus->write(REG_DATA, byte);
}

/* Whatever came in with an error is dropped. */
static int get(void)
{
    while (!(bus->read(REG_FLAG) & FLAG_RX_EMPTY)) {
        uint32_t data = bus->read(REG_DATA);

        if (!(data & DATA_ERRORS))
            return (int)(data & 0xff);
    }
    return UART_NOTHING;
}

/* The interrupt follows the FIFO's level: it is not cleared by hand. */
static void receive_irq(bool on)
{
    bus->write(REG_IMSC, on ? INT_RECEIVE : 0);
}

const struct uart_ops uart_pl011_ops = {put, get, receive_irq};
