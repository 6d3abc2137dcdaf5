/* SPDX-License-Identifier: BSD-2-Clause */
/* arch_prctl(2) is not a call of this instruction set: the thread pointer is a register. */
#include "abi/user.h"

#include "abi/errno.h"

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

/* Not a call of this instruction set. */
bool arch_hwprobe(int64_t key, uint64_t *value)
{
    (void)key;
    *value = 0;
    return false;
}
