/* SPDX-License-Identifier: BSD-2-Clause */
/* arch_prctl(2): the bases of the FS and GS segments. */
#include "abi/user.h"

#include "abi/errno.h"
#include "hal/hal.h"

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

int arch_prctl_apply(struct user_regs *r, int code, uint64_t addr, uint64_t *out,
                     bool *store)
{
    *store = false;
    switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
        if (addr >= hal_bootinfo()->user_max)
            return -EPERM;
        if (code == ARCH_SET_FS)
            r->fs_base = addr;
        else
            r->gs_base = addr;
        return 0;
    case ARCH_GET_FS:
    case ARCH_GET_GS:
        *out = code == ARCH_GET_FS ? r->fs_base : r->gs_base;
        *store = true;
        return 0;
    default:
        return -EINVAL;
    }
}

/* Not a call of this instruction set. */
bool arch_hwprobe(int64_t key, uint64_t *value)
{
    (void)key;
    *value = 0;
    return false;
}
