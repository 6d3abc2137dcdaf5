/* SPDX-License-Identifier: BSD-2-Clause */
/* getpriority(2) and ioprio_get(2) with their setters: calls about one thread, a process group
 * or all threads of a user. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "sched/fair.h"
#include "syscall/handlers.h"
#include "syscall/time_util.h"

/* Called for each task that is meant, until it returns other than 0. */
struct visit {
    struct task *caller;
    int (*fn)(struct visit *v, struct task *other);
    int value;  /* to set; or the best found */
    int result; /* of the last failed one */
    bool found;
};

static void visit_task(struct visit *v, struct task *other)
{
    int err;

    if (!other->thread)
        return;
    v->found = true;
    err = v->fn(v, other);
    if (err != 0)
        v->result = err;
}

static void visit_process(struct visit *v, struct process *p, bool by_uid, uint32_t uid)
{
    int32_t tid = 0;
    struct task *other;

    while ((other = task_next(p, tid)) != NULL) {
        struct cred *c = task_cred_get(other);

        tid = other->tid + 1;
        if (!by_uid || c->uid == uid)
            visit_task(v, other);
        cred_put(c);
        task_put(other);
    }
}

static void visit_all(struct visit *v, bool by_uid, uint32_t id)
{
    struct process *p;
    int32_t pid = 1;

    while ((p = process_next(pid)) != NULL) {
        int32_t ppid, pgid, sid;

        pid = p->pid + 1;
        process_ids(p, &ppid, &pgid, &sid);
        if (by_uid || (uint32_t)pgid == id)
            visit_process(v, p, by_uid, id);
        process_put(p);
    }
}

/* `kind`: PRIO_*.  -ESRCH if there was nobody. */
static int visit(struct visit *v, int kind, int32_t who)
{
    struct task *other;
    int32_t ppid, pgid, sid;

    switch (kind) {
    case PRIO_PROCESS:
        other = who == 0 ? v->caller : task_find(who);
        if (!other)
            return -ESRCH;
        visit_task(v, other);
        if (who != 0)
            task_put(other);
        break;
    case PRIO_PGRP:
        process_ids(v->caller->process, &ppid, &pgid, &sid);
        visit_all(v, false, who == 0 ? (uint32_t)pgid : (uint32_t)who);
        break;
    case PRIO_USER:
        visit_all(v, true, who == 0 ? v->caller->cred->uid : (uint32_t)who);
        break;
    default:
        return -EINVAL;
    }
    return v->found ? v->result : -ESRCH;
}

static bool owns(struct task *t, struct task *other)
{
    struct cred *c = task_cred_get(other);
    bool ok = c->uid == t->cred->euid || c->euid == t->cred->euid ||
              cred_capable(t->cred, CAP_SYS_NICE);

    cred_put(c);
    return ok;
}

/* ---- nice ---- */

static int best_nice(struct visit *v, struct task *other)
{
    v->value = MIN(v->value, thread_nice(other->thread));
    return 0;
}

int64_t sys_getpriority(struct task *t, const uint64_t a[6])
{
    struct visit v = {.caller = t, .fn = best_nice, .value = FAIR_NICE_MAX};
    int err = visit(&v, (int32_t)a[0], (int32_t)a[1]);

    return err != 0 ? err : 20 - v.value; /* 1..40; the C library turns it back */
}

static int apply_nice(struct visit *v, struct task *other)
{
    if (!owns(v->caller, other))
        return -EPERM;
    if (v->value < thread_nice(other->thread) &&
        !cred_capable(v->caller->cred, CAP_SYS_NICE) &&
        (uint64_t)(20 - v->value) > task_rlimit(other, RLIMIT_NICE))
        return -EACCES;
    return thread_set_nice(other->thread, v->value);
}

int64_t sys_setpriority(struct task *t, const uint64_t a[6])
{
    struct visit v = {.caller = t, .fn = apply_nice};

    v.value = CLAMP((int32_t)a[2], FAIR_NICE_MIN, FAIR_NICE_MAX);
    return visit(&v, (int32_t)a[0], (int32_t)a[1]);
}

/* ---- I/O priority: kept and reported; nothing looks at it before there are disks ---- */

/* IOPRIO_WHO_* are numbered like PRIO_*, but from 1. */
static int ioprio_kind(uint64_t which)
{
    return (int32_t)((uint32_t)which - ABI_IOPRIO_WHO_PROCESS);
}

static int best_ioprio(struct visit *v, struct task *other)
{
    int prio = other->thread->ioprio;

    if (prio >> ABI_IOPRIO_CLASS_SHIFT == ABI_IOPRIO_CLASS_NONE)
        return 0;
    v->value = v->value == 0 ? prio : MIN(v->value, prio);
    return 0;
}

int64_t sys_ioprio_get(struct task *t, const uint64_t a[6])
{
    struct visit v = {.caller = t, .fn = best_ioprio};
    int err = visit(&v, ioprio_kind(a[0]), (int32_t)a[1]);

    return err != 0 ? err : v.value;
}

static int apply_ioprio(struct visit *v, struct task *other)
{
    if (!owns(v->caller, other))
        return -EPERM;
    other->thread->ioprio = (uint16_t)v->value;
    return 0;
}

int64_t sys_ioprio_set(struct task *t, const uint64_t a[6])
{
    struct visit v = {.caller = t, .fn = apply_ioprio, .value = (int32_t)a[2]};
    uint32_t class = (uint32_t)a[2] >> ABI_IOPRIO_CLASS_SHIFT;
    uint32_t level = (uint32_t)a[2] & ((1u << ABI_IOPRIO_CLASS_SHIFT) - 1);

    if (class > ABI_IOPRIO_CLASS_IDLE || level >= ABI_IOPRIO_LEVELS ||
        (class == ABI_IOPRIO_CLASS_NONE && level != 0))
        return -EINVAL;
    if (class == ABI_IOPRIO_CLASS_RT && !cred_capable(t->cred, CAP_SYS_NICE))
        return -EPERM;
    return visit(&v, ioprio_kind(a[0]), (int32_t)a[1]);
}
