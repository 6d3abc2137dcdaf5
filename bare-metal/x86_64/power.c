/* SPDX-License-Identifier: BSD-2-Clause */
/* How the machine ends. */
#include "bare-metal/common/machine.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "lib/format.h"

/* QEMU's isa-debugcon, if it is there, says so when it is read; isa-debug-exit comes with it. */
#define DEBUG_PORT      0xe9
#define DEBUG_PRESENT   0xe9
#define DEBUG_EXIT_PORT 0xf4
#define RESET_PORT      0xcf9
#define RESET_FULL      0x06
#define KEYBOARD_PORT   0x64
#define KEYBOARD_RESET  0xfe
#define SLEEP_ENABLE    (1u << 13)

static void debug_write(const char *text)
{
    for (; *text; text++)
        insn_outb(DEBUG_PORT, (uint8_t)*text);
}

static const char *const reasons[] = {
    [HAL_HALT_POWEROFF] = "exit",
    [HAL_HALT_RESET] = "reset",
    [HAL_HALT_PANIC] = "panic",
};

/* "exit N" for the owner; then its own exit status says 2 N + 1, as far as that fits. */
static void status_report(enum hal_halt why, int status)
{
    char line[32];

    if (insn_inb(DEBUG_PORT) != DEBUG_PRESENT)
        return;
    ksnprintf(line, sizeof(line), "%s %d\n", reasons[why], status);
    debug_write(line);
    insn_outb(DEBUG_EXIT_PORT, (uint8_t)status);
}

static void register_write(const struct acpi_register *r, uint16_t value, bool wide)
{
    if (r->addr == 0 || r->space != ACPI_SPACE_IO)
        return;
    if (wide)
        insn_outw((uint16_t)r->addr, value);
    else
        insn_outb((uint16_t)r->addr, (uint8_t)value);
}

static void power_off(void)
{
    const struct acpi *a = &machine_acpi;

    if (!a->has_s5)
        return;
    register_write(&a->pm1a_control, (uint16_t)(a->s5_a << 10 | SLEEP_ENABLE), true);
    register_write(&a->pm1b_control, (uint16_t)(a->s5_b << 10 | SLEEP_ENABLE), true);
}

static void reset(void)
{
    register_write(&machine_acpi.reset, machine_acpi.reset_value, false);
    insn_outb(RESET_PORT, RESET_FULL);
    insn_outb(KEYBOARD_PORT, KEYBOARD_RESET);
}

_Noreturn void machine_end(enum hal_halt why, int status)
{
    insn_cli();
    status_report(why, status);
    if (why == HAL_HALT_RESET)
        reset();
    else
        power_off();
    for (;;)
        insn_hlt();
}
