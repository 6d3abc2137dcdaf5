/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that one instruction set has: arch_prctl(2), riscv_flush_icache(2), riscv_hwprobe(2). */
#include "abi/errno.h"
#include "abi/user.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/handlers.h"
#include "vm/space.h"
#include "vm/ucopy.h"

int64_t sys_arch_prctl(struct task *t, const uint64_t a[6])
{
    uint64_t value = 0;
    bool store;
    int err = arch_prctl_apply(&t->user.regs, (int)a[0], a[1], &value, &store);

    if (!err && store)
        err = put_user64(a[1], value);
    return err;
}

/* ---- riscv_flush_icache ---- */

#define FLUSH_ICACHE_LOCAL 1u /* for this thread alone, which may run on any CPU next */

int64_t sys_riscv_flush_icache(struct task *t, const uint64_t a[6])
{
    if (a[2] & ~(uint64_t)FLUSH_ICACHE_LOCAL)
        return -EINVAL;
    vm_sync_code(t->space, a[0], a[1]);
    return 0;
}

/* ---- riscv_hwprobe ---- */

struct hwprobe {
    int64_t key; /* -1 after the call: unknown */
    uint64_t value;
};

/* All CPUs are alike, so the set only has to name one that is there. */
static int hwprobe_check_cpus(uint64_t size, uint64_t at)
{
    struct cpumask cpus = {0};
    int err;

    if (size == 0 && at == 0)
        return 0;
    err = copy_from_user(&cpus, at, MIN(size, sizeof(cpus)));
    if (!err && (cpus.bits & sched_cpus().bits) == 0)
        err = -EINVAL;
    return err;
}

int64_t sys_riscv_hwprobe(struct task *t, const uint64_t a[6])
{
    int err = (uint32_t)a[4] ? -EINVAL : hwprobe_check_cpus(a[2], a[3]);
    struct hwprobe pair;

    (void)t;
    for (uint64_t i = 0; i < a[1] && !err; i++) {
        uint64_t at = a[0] + i * sizeof(pair);

        err = copy_from_user(&pair, at, sizeof(pair));
        if (err)
            break;
        if (!arch_hwprobe(pair.key, &pair.value))
            pair = (struct hwprobe){.key = -1};
        err = copy_to_user(at, &pair, sizeof(pair));
    }
    return err;
}
