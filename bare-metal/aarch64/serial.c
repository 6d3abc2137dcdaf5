/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: the PL011 that the device tree chooses, else the first one. */
#include "bare-metal/aarch64/machine.h"

#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/paging.h"
#include "bare-metal/aarch64/trap.h"
#include "bare-metal/common/uart_pl011.h"
#include "lib/string.h"

#define SEMIHOSTING_WRITEC 0x03
#define PATH_MAX_BYTES     128u
#define PL011_BYTES        0x1000u

static volatile uint8_t *uart;
static unsigned intid;

unsigned serial_intid(void)
{
    return intid;
}

/* ---- a debugger ---- */

static void debugger_put(uint8_t byte)
{
    (void)semihosting_call(SEMIHOSTING_WRITEC, &byte);
}

static int debugger_get(void)
{
    return UART_NOTHING;
}

static void debugger_receive(bool on)
{
    (void)on;
}

void serial_init_early(void)
{
    static const struct uart_ops ops = {debugger_put, debugger_get, debugger_receive};

    metal_console_init(&ops);
}

/* ---- the UART ---- */

static uint32_t uart_read(unsigned reg)
{
    return mmio_read32(uart + reg);
}

static void uart_write(unsigned reg, uint32_t value)
{
    mmio_write32(uart + reg, value);
}

/* stdout-path is a path or an alias, and may go on with ":115200n8". */
static uint32_t chosen_node(const struct fdt *f)
{
    uint32_t chosen = fdt_find(f, "/chosen"), aliases = fdt_find(f, "/aliases");
    const char *path = chosen == FDT_NONE ? NULL : fdt_string(f, chosen, "stdout-path");
    char name[PATH_MAX_BYTES];
    size_t len = 0;

    if (!path)
        return FDT_NONE;
    while (path[len] && path[len] != ':' && len < sizeof(name) - 1)
        len++;
    memcpy(name, path, len);
    name[len] = '\0';
    if (name[0] == '/')
        return fdt_find(f, name);
    path = aliases == FDT_NONE ? NULL : fdt_string(f, aliases, name);
    return path ? fdt_find(f, path) : FDT_NONE;
}

void serial_init(const struct fdt *f)
{
    static const struct uart_pl011_bus bus = {uart_read, uart_write};
    uint32_t node = chosen_node(f);
    uint64_t base, len;

    if (node == FDT_NONE || !fdt_is_compatible(f, node, "arm,pl011"))
        node = fdt_find_compatible(f, 0, "arm,pl011");
    if (node == FDT_NONE || !fdt_reg(f, node, 0, &base, &len) || len < PL011_BYTES)
        return; /* the debugger's remains */
    uart = paging_map_device(base, PL011_BYTES);
    intid = tree_interrupt(f, node, 0);
    uart_pl011_init(&bus);
    metal_console_init(&uart_pl011_ops);
}
