/* SPDX-License-Identifier: BSD-2-Clause */
/* Naming instructions that the engine does not know. */
#include "hostsim/user/sim/unknown.h"

#include <stdio.h>

#include "hostsim/hal/machine.h"
#include "hostsim/user/sim/code.h"

#define NOTES_MAX  16
#define BYTES_MAX  15
#define HEX_DIGITS 3 /* and a space */

static _Atomic unsigned notes;

/* UD0, UD1 and UD2 exist to be undefined. */
static bool is_on_purpose(const uint8_t *code)
{
    return code[0] == 0x0f && (code[1] == 0x0b || code[1] == 0xb9 || code[1] == 0xff);
}

void sim_unknown_log(const struct sim_cpu *cpu)
{
    char hex[BYTES_MAX * HEX_DIGITS + 1];
    uint8_t code[BYTES_MAX];
    size_t n = hal_user_read(code, cpu->rip, sizeof(code));

    if (n < 2 || is_on_purpose(code) || atomic_fetch_add(&notes, 1) >= NOTES_MAX)
        return;
    for (size_t k = 0; k < n; k++)
        snprintf(hex + k * HEX_DIGITS, HEX_DIGITS + 1, "%02x ", code[k]);
    hex[n * HEX_DIGITS - 1] = '\0';
    machine_note("sim: no such instruction at %#llx: %s", (unsigned long long)cpu->rip,
                 hex);
}
