/* SPDX-License-Identifier: BSD-2-Clause */
/* futex(2) and the robust list: arguments in, proc/futex.h does the work. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/futex.h"
#include "abi/time.h"
#include "mm/slab.h"
#include "proc/futex.h"
#include "sched/clock.h"
#include "syscall/handlers.h"
#include "syscall/time_util.h"
#include "vm/ucopy.h"

/* The deadline of an operation that waits: absolute for some, relative for FUTEX_WAIT. */
static int futex_deadline(uint32_t cmd, uint32_t op, uint64_t utime,
                          uint64_t *deadline_ns)
{
    struct abi_timespec ts;
    uint64_t ns;
    bool realtime = (op & ABI_FUTEX_CLOCK_REALTIME) || cmd == ABI_FUTEX_LOCK_PI;
    int err;

    *deadline_ns = HAL_NEVER;
    if (utime == 0)
        return 0;
    err = time_get_timespec(&ts, utime);
    if (err == 0)
        err = time_from_timespec(&ts, &ns);
    if (err != 0)
        return err;
    if (cmd == ABI_FUTEX_WAIT)
        *deadline_ns = time_add_ns(hal_time_ns(), ns);
    else
        *deadline_ns = realtime ? clock_wall_to_time(ns) : ns;
    return 0;
}

static bool clock_flag_allowed(uint32_t cmd)
{
    return cmd == ABI_FUTEX_WAIT || cmd == ABI_FUTEX_WAIT_BITSET ||
           cmd == ABI_FUTEX_LOCK_PI2;
}

static int64_t futex_wait_call(struct task *t, struct futex_ref f, uint32_t op,
                               const uint64_t a[6])
{
    uint32_t cmd = op & ~(ABI_FUTEX_PRIVATE | ABI_FUTEX_CLOCK_REALTIME);
    uint64_t deadline_ns;
    int err = futex_deadline(cmd, op, a[3], &deadline_ns);

    if (err != 0)
        return err;
    switch (cmd) {
    case ABI_FUTEX_WAIT:
        return futex_wait(t, f, (uint32_t)a[2], ABI_FUTEX_BITSET_ALL, deadline_ns);
    case ABI_FUTEX_WAIT_BITSET:
        return futex_wait(t, f, (uint32_t)a[2], (uint32_t)a[5], deadline_ns);
    default:
        return futex_lock_pi(t, f, deadline_ns);
    }
}

int64_t sys_futex(struct task *t, const uint64_t a[6])
{
    uint32_t op = (uint32_t)a[1];
    uint32_t cmd = op & ~(ABI_FUTEX_PRIVATE | ABI_FUTEX_CLOCK_REALTIME);
    struct futex_ref f = {.va = a[0], .shared = !(op & ABI_FUTEX_PRIVATE)};
    struct futex_ref g = {.va = a[4], .shared = f.shared};
    uint32_t n = (uint32_t)a[2], m = (uint32_t)a[3], val3 = (uint32_t)a[5];

    if ((op & ABI_FUTEX_CLOCK_REALTIME) && !clock_flag_allowed(cmd))
        return -ENOSYS;
    switch (cmd) {
    case ABI_FUTEX_WAIT:
    case ABI_FUTEX_WAIT_BITSET:
    case ABI_FUTEX_LOCK_PI:
    case ABI_FUTEX_LOCK_PI2:
        return futex_wait_call(t, f, op, a);
    case ABI_FUTEX_WAKE:
        return futex_wake(f, n, ABI_FUTEX_BITSET_ALL);
    case ABI_FUTEX_WAKE_BITSET:
        return futex_wake(f, n, val3);
    case ABI_FUTEX_REQUEUE:
    case ABI_FUTEX_CMP_REQUEUE:
        if ((int32_t)n < 0 || (int32_t)m < 0)
            return -EINVAL;
        return futex_requeue(f, g, n, m, cmd == ABI_FUTEX_CMP_REQUEUE ? &val3 : NULL);
    case ABI_FUTEX_WAKE_OP:
        return futex_wake_op(f, g, n, m, val3);
    case ABI_FUTEX_UNLOCK_PI:
        return futex_unlock_pi(t, f);
    case ABI_FUTEX_TRYLOCK_PI:
        return futex_trylock_pi(t, f);
    default:
        return -ENOSYS;
    }
}

/* One word of futex_waitv(2), checked. */
static int waitv_item(uint64_t va, struct futex_wait_item *item)
{
    struct abi_futex_waitv u;

    if (copy_from_user(&u, va, sizeof(u)))
        return -EFAULT;
    if ((u.flags & ~ABI_FUTEX2_PRIVATE) != ABI_FUTEX2_U32 || u.reserved ||
        u.val > UINT32_MAX)
        return -EINVAL;
    item->f =
        (struct futex_ref){.va = u.uaddr, .shared = !(u.flags & ABI_FUTEX2_PRIVATE)};
    item->val = (uint32_t)u.val;
    return 0;
}

static int waitv_deadline(uint64_t utime, int32_t clock, uint64_t *deadline_ns)
{
    struct abi_timespec ts;
    uint64_t ns = 0;
    int err;

    *deadline_ns = HAL_NEVER;
    if (utime == 0)
        return 0;
    if (clock != ABI_CLOCK_MONOTONIC && clock != ABI_CLOCK_REALTIME)
        return -EINVAL;
    err = time_get_timespec(&ts, utime);
    if (err == 0)
        err = time_from_timespec(&ts, &ns);
    *deadline_ns = clock == ABI_CLOCK_REALTIME ? clock_wall_to_time(ns) : ns;
    return err;
}

int64_t sys_futex_waitv(struct task *t, const uint64_t a[6])
{
    uint32_t n = (uint32_t)a[1];
    struct futex_wait_item *items;
    uint64_t deadline_ns;
    int64_t result;

    if ((uint32_t)a[2] || n == 0 || n > ABI_FUTEX_WAITV_MAX || !a[0])
        return -EINVAL;
    result = waitv_deadline(a[3], (int32_t)a[4], &deadline_ns);
    if (result != 0)
        return result;
    items = kmalloc(n * sizeof(*items));
    if (!items)
        return -ENOMEM;
    for (uint32_t i = 0; i < n && result == 0; i++)
        result = waitv_item(a[0] + i * sizeof(struct abi_futex_waitv), &items[i]);
    if (result == 0)
        result = futex_wait_many(t, items, n, deadline_ns);
    kfree(items);
    return result;
}

int64_t sys_set_robust_list(struct task *t, const uint64_t a[6])
{
    if (a[1] != sizeof(struct abi_robust_list_head))
        return -EINVAL;
    t->robust_list = a[0];
    t->robust_len = a[1];
    return 0;
}

int64_t sys_get_robust_list(struct task *t, const uint64_t a[6])
{
    int32_t tid = (int32_t)a[0];
    struct task *other = tid == 0 ? t : task_find(tid);
    uint64_t head, len = sizeof(struct abi_robust_list_head);
    bool allowed;
    int err;

    if (!other)
        return -ESRCH;
    head = other->robust_list;
    allowed = other->process == t->process || cred_capable(t->cred, CAP_SYS_PTRACE);
    if (other != t)
        task_put(other);
    if (!allowed)
        return -EPERM;
    err = put_user64(a[2], len);
    return err != 0 ? err : put_user64(a[1], head);
}
