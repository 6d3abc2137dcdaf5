/* SPDX-License-Identifier: BSD-2-Clause */
/* How the machine ends: a debugger or virtual machine hears the status, then PSCI acts. */
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/trap.h"
#include "bare-metal/common/machine.h"
#include "lib/string.h"

/* Arm DEN 0022, 5.1. */
#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_NONE         (-1)

/* Arm, Semihosting for AArch32 and AArch64, SYS_EXIT. */
#define SEMIHOSTING_EXIT 0x18
#define APPLICATION_EXIT 0x20026

#define PANIC_STATUS 255 /* of a panic that names none */

static enum { CONDUIT_NONE, CONDUIT_HVC, CONDUIT_SMC } conduit;

void power_init(const struct fdt *f)
{
    static const char *const kinds[] = {"arm,psci-1.0", "arm,psci-0.2"};
    uint32_t node = FDT_NONE;
    const char *method;

    for (unsigned i = 0; i < 2 && node == FDT_NONE; i++)
        node = fdt_find_compatible(f, 0, kinds[i]);
    method = node == FDT_NONE ? NULL : fdt_string(f, node, "method");
    if (method && strcmp(method, "hvc") == 0)
        conduit = CONDUIT_HVC;
    else if (method && strcmp(method, "smc") == 0)
        conduit = CONDUIT_SMC;
}

int64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    if (conduit == CONDUIT_HVC)
        __asm__ volatile("hvc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                         :
                         : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                           "x12", "x13", "x14", "x15", "x16", "x17");
    else if (conduit == CONDUIT_SMC)
        __asm__ volatile("smc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                         :
                         : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                           "x12", "x13", "x14", "x15", "x16", "x17");
    else
        return PSCI_NONE;
    return (int32_t)x0;
}

_Noreturn void machine_end(enum hal_halt why, int status)
{
    uint64_t exit[2];

    if (why == HAL_HALT_PANIC && status == 0)
        status = PANIC_STATUS;
    exit[0] = APPLICATION_EXIT;
    exit[1] = (uint64_t)status;
    if (why != HAL_HALT_RESET)
        (void)semihosting_call(SEMIHOSTING_EXIT, exit);
    (void)psci_call(why == HAL_HALT_RESET ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        insn_wfi();
}
