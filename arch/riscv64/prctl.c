/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * riscv_hwprobe(2).  arch_prctl(2) is not a call of this instruction set: the thread pointer is a
 * register.
 */
#include "abi/user.h"

#include "abi/errno.h"

/* Keys and values (Documentation/arch/riscv/hwprobe of Linux names them). */
#define PROBE_VENDOR    0 /* ... of all CPUs, */
#define PROBE_ARCH      1
#define PROBE_IMP       2
#define PROBE_UNLIKE    UINT64_MAX /* ... where they have one in common */
#define PROBE_BASE      3
#define PROBE_BASE_IMA  1u
#define PROBE_EXTENSION 4
#define PROBE_EXT_FD    1u
#define PROBE_EXT_C     2u
#define PROBE_SPEED     5
#define PROBE_UNKNOWN   0u /* of misaligned accesses */

int arch_prctl_apply(struct user_regs *r, int code, uint64_t addr, uint64_t *out,
                     bool *store)
{
    (void)r;
    (void)code;
    (void)addr;
    *out = 0;
    *store = false;
    return -EINVAL;
}

/* What AT_HWCAP says, too; more than that nobody has looked for. */
bool arch_hwprobe(int64_t key, uint64_t *value)
{
    switch (key) {
    case PROBE_VENDOR:
    case PROBE_ARCH:
    case PROBE_IMP:
        *value = PROBE_UNLIKE;
        return true;
    case PROBE_BASE:
        *value = PROBE_BASE_IMA;
        return true;
    case PROBE_EXTENSION:
        *value = PROBE_EXT_FD | PROBE_EXT_C;
        return true;
    case PROBE_SPEED:
        *value = PROBE_UNKNOWN;
        return true;
    default:
        return false;
    }
}
