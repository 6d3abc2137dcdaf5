/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling parameters: who may change whose, and their forms in the ABI. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "lib/string.h"
#include "sched/fair.h"
#include "sched/rt.h"
#include "syscall/handlers.h"
#include "syscall/time_util.h"
#include "vm/ucopy.h"

/* The task that a call names: 0 is the caller.  With a reference. */
static int find(struct task *t, uint64_t pid, struct task **out)
{
    if ((int32_t)pid < 0)
        return -EINVAL;
    if ((int32_t)pid == 0) {
        task_get(t);
        *out = t;
        return 0;
    }
    *out = task_find((int32_t)pid);
    return *out ? 0 : -ESRCH;
}

static bool may_change(struct task *t, struct task *other)
{
    struct cred *c = task_cred_get(other);
    bool ok = t->cred->euid == c->euid || t->cred->euid == c->uid ||
              cred_capable(t->cred, CAP_SYS_NICE);

    cred_put(c);
    return ok;
}

/* ---- policy ---- */

struct params {
    uint32_t policy;
    int priority;
    int nice;
    bool set_nice, reset_on_fork;
};

static bool is_rt(uint32_t policy)
{
    return policy == ABI_SCHED_FIFO || policy == ABI_SCHED_RR;
}

static bool policy_known(uint32_t policy)
{
    return policy <= ABI_SCHED_BATCH || policy == ABI_SCHED_IDLE;
}

static int params_check(const struct params *p)
{
    if (!policy_known(p->policy))
        return -EINVAL; /* SCHED_DEADLINE is not there */
    if (is_rt(p->policy))
        return p->priority >= RT_PRIORITY_MIN && p->priority <= RT_PRIORITY_MAX ? 0
                                                                                : -EINVAL;
    return p->priority == 0 ? 0 : -EINVAL;
}

/* sched(7): without CAP_SYS_NICE, RLIMIT_RTPRIO and RLIMIT_NICE bound what one may raise. */
static bool nice_allowed(struct task *t, struct task *other, int nice)
{
    if (nice >= thread_nice(other->thread) || cred_capable(t->cred, CAP_SYS_NICE))
        return true;
    return (uint64_t)(20 - nice) <= task_rlimit(other, RLIMIT_NICE);
}

static int params_permitted(struct task *t, struct task *other, const struct params *p)
{
    enum sched_policy old;
    int old_priority;

    if (!may_change(t, other))
        return -EPERM;
    if (cred_capable(t->cred, CAP_SYS_NICE))
        return 0;
    thread_get_policy(other->thread, &old, &old_priority);
    if (is_rt(p->policy) && (!is_rt(old) || p->priority > old_priority) &&
        (uint64_t)p->priority > task_rlimit(other, RLIMIT_RTPRIO))
        return -EPERM;
    if (old == SCHED_POLICY_IDLE && p->policy != ABI_SCHED_IDLE &&
        !nice_allowed(t, other, thread_nice(other->thread)))
        return -EPERM;
    if (p->set_nice && !nice_allowed(t, other, p->nice))
        return -EPERM;
    if (other->thread->reset_on_fork && !p->reset_on_fork)
        return -EPERM;
    return 0;
}

static int params_apply(struct task *t, uint64_t pid, const struct params *p)
{
    struct task *other;
    int err = params_check(p);

    if (err == 0)
        err = find(t, pid, &other);
    if (err != 0)
        return err;
    err = params_permitted(t, other, p);
    if (err == 0)
        err = thread_set_policy(other->thread, (enum sched_policy)p->policy, p->priority);
    if (err == 0 && p->set_nice)
        err = thread_set_nice(other->thread, p->nice);
    if (err == 0)
        other->thread->reset_on_fork = p->reset_on_fork;
    task_put(other);
    return err;
}

/* What `pid` has now. */
static int params_of(struct task *t, uint64_t pid, struct params *p)
{
    struct task *other;
    enum sched_policy policy;
    int err = find(t, pid, &other);

    if (err != 0)
        return err;
    *p = (struct params){0};
    thread_get_policy(other->thread, &policy, &p->priority);
    p->policy = policy;
    p->nice = thread_nice(other->thread);
    p->reset_on_fork = other->thread->reset_on_fork;
    task_put(other);
    return 0;
}

int64_t sys_sched_setscheduler(struct task *t, const uint64_t a[6])
{
    struct abi_sched_param param;
    struct params p = {0};
    int err;

    if ((int32_t)a[1] < 0 || a[2] == 0)
        return -EINVAL;
    err = copy_from_user(&param, a[2], sizeof(param));
    if (err != 0)
        return err;
    p.policy = (uint32_t)a[1] & ~ABI_SCHED_RESET_ON_FORK;
    p.reset_on_fork = (uint32_t)a[1] & ABI_SCHED_RESET_ON_FORK;
    p.priority = param.priority;
    return params_apply(t, a[0], &p);
}

int64_t sys_sched_getscheduler(struct task *t, const uint64_t a[6])
{
    struct params p;
    int err = params_of(t, a[0], &p);

    if (err != 0)
        return err;
    return p.policy | (p.reset_on_fork ? ABI_SCHED_RESET_ON_FORK : 0);
}

int64_t sys_sched_setparam(struct task *t, const uint64_t a[6])
{
    struct abi_sched_param param;
    struct params p;
    int err;

    if (a[1] == 0)
        return -EINVAL;
    err = copy_from_user(&param, a[1], sizeof(param));
    if (err == 0)
        err = params_of(t, a[0], &p);
    if (err != 0)
        return err;
    p.priority = param.priority;
    return params_apply(t, a[0], &p);
}

int64_t sys_sched_getparam(struct task *t, const uint64_t a[6])
{
    struct abi_sched_param param;
    struct params p;
    int err;

    if (a[1] == 0)
        return -EINVAL;
    err = params_of(t, a[0], &p);
    if (err != 0)
        return err;
    param.priority = p.priority;
    return copy_to_user(a[1], &param, sizeof(param));
}

/* The program's structure may be shorter or longer than ours; longer ones end in zeroes. */
static int get_attr(struct abi_sched_attr *attr, uint64_t va)
{
    uint32_t size;
    int err = get_user32(&size, va);

    if (err != 0)
        return err;
    if (size == 0)
        size = ABI_SCHED_ATTR_BYTES_V0;
    if (size < ABI_SCHED_ATTR_BYTES_V0 || size > HAL_PAGE_SIZE)
        return -E2BIG;
    for (uint32_t at = sizeof(*attr); at < size; at++) {
        uint8_t byte;

        err = copy_from_user(&byte, va + at, 1);
        if (err != 0 || byte != 0)
            return err != 0 ? err : -E2BIG;
    }
    return copy_from_user(attr, va, sizeof(*attr));
}

int64_t sys_sched_setattr(struct task *t, const uint64_t a[6])
{
    struct abi_sched_attr attr;
    struct params p, now;
    int err;

    if (a[1] == 0 || a[2] != 0)
        return -EINVAL;
    err = get_attr(&attr, a[1]);
    if (err == 0)
        err = params_of(t, a[0], &now);
    if (err != 0)
        return err;
    if (attr.flags & ~(ABI_SCHED_FLAG_RESET_ON_FORK | ABI_SCHED_FLAG_KEEP_POLICY |
                       ABI_SCHED_FLAG_KEEP_PARAMS))
        return -EINVAL;
    p = (struct params){
        .policy = attr.flags & ABI_SCHED_FLAG_KEEP_POLICY ? now.policy : attr.policy,
        .priority = (int)attr.priority,
        .nice = CLAMP(attr.nice, FAIR_NICE_MIN, FAIR_NICE_MAX),
        .reset_on_fork = attr.flags & ABI_SCHED_FLAG_RESET_ON_FORK,
    };
    p.set_nice = !is_rt(p.policy);
    if (attr.flags & ABI_SCHED_FLAG_KEEP_PARAMS) {
        p.priority = now.priority;
        p.set_nice = false;
    }
    return params_apply(t, a[0], &p);
}

int64_t sys_sched_getattr(struct task *t, const uint64_t a[6])
{
    struct abi_sched_attr attr = {.size = sizeof(attr)};
    struct params p;
    int err;

    if (a[1] == 0 || a[2] < ABI_SCHED_ATTR_BYTES_V0 || a[2] > HAL_PAGE_SIZE || a[3] != 0)
        return -EINVAL;
    err = params_of(t, a[0], &p);
    if (err != 0)
        return err;
    attr.policy = p.policy;
    attr.flags = p.reset_on_fork ? ABI_SCHED_FLAG_RESET_ON_FORK : 0;
    if (is_rt(p.policy))
        attr.priority = (uint32_t)p.priority;
    else
        attr.nice = p.nice;
    return copy_to_user(a[1], &attr, sizeof(attr));
}

int64_t sys_sched_get_priority_max(struct task *t UNUSED, const uint64_t a[6])
{
    if (!policy_known((uint32_t)a[0]) && (uint32_t)a[0] != ABI_SCHED_DEADLINE)
        return -EINVAL;
    return is_rt((uint32_t)a[0]) ? RT_PRIORITY_MAX : 0;
}

int64_t sys_sched_get_priority_min(struct task *t UNUSED, const uint64_t a[6])
{
    if (!policy_known((uint32_t)a[0]) && (uint32_t)a[0] != ABI_SCHED_DEADLINE)
        return -EINVAL;
    return is_rt((uint32_t)a[0]) ? RT_PRIORITY_MIN : 0;
}

int64_t sys_sched_rr_get_interval(struct task *t, const uint64_t a[6])
{
    struct task *other;
    uint64_t ns;
    int err = find(t, a[0], &other);

    if (err != 0)
        return err;
    ns = thread_slice_ns(other->thread);
    task_put(other);
    return time_put_timespec(a[1], ns);
}

int64_t sys_sched_yield(struct task *t UNUSED, const uint64_t a[6] UNUSED)
{
    thread_yield();
    return 0;
}

/* ---- affinity ---- */

int64_t sys_sched_setaffinity(struct task *t, const uint64_t a[6])
{
    struct cpumask mask = {0};
    struct task *other;
    int err = copy_from_user(&mask, a[2], MIN(a[1], sizeof(mask)));

    if (err == 0)
        err = find(t, a[0], &other);
    if (err != 0)
        return err;
    err = may_change(t, other) ? thread_set_affinity(other->thread, mask) : -EPERM;
    task_put(other);
    return err;
}

int64_t sys_sched_getaffinity(struct task *t, const uint64_t a[6])
{
    struct cpumask mask;
    struct task *other;
    int err;

    if (a[1] < sizeof(mask) || a[1] % sizeof(uint64_t) != 0)
        return -EINVAL;
    err = find(t, a[0], &other);
    if (err != 0)
        return err;
    mask.bits = thread_affinity(other->thread).bits & sched_cpus().bits;
    task_put(other);
    err = copy_to_user(a[2], &mask, sizeof(mask));
    return err != 0 ? err : (int64_t)sizeof(mask);
}

int64_t sys_getcpu(struct task *t UNUSED, const uint64_t a[6])
{
    uint32_t cpu = hal_cpu_id(); /* out of date at once, as the call says */
    int err = a[0] != 0 ? put_user32(a[0], cpu) : 0;

    if (err == 0 && a[1] != 0)
        err = put_user32(a[1], 0);
    return err;
}
