/* SPDX-License-Identifier: BSD-2-Clause */
/* prctl(2). */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/prctl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "proc/ident.h"
#include "proc/task.h"
#include "vm/ucopy.h"

#define NAME_BYTES     16
#define TIMING_STAT    0
#define TSC_ENABLE     1
#define TIMER_SLACK_NS 50000

static int name_set(struct task *t, uint64_t va)
{
    char name[NAME_BYTES];
    int64_t n = copy_string_from_user(name, va, sizeof(name) - 1);

    if (n == -ENAMETOOLONG && copy_from_user(name, va, sizeof(name) - 1))
        n = -EFAULT;
    if (n == -EFAULT)
        return -EFAULT;
    name[NAME_BYTES - 1] = '\0';
    task_set_comm(t, name);
    return 0;
}

static int name_get(struct task *t, uint64_t va)
{
    char name[NAME_BYTES] = {0};

    strlcpy(name, t->thread->name, sizeof(name));
    return copy_to_user(va, name, sizeof(name));
}

/* ---- bits of the credentials ---- */

static int cred_update(struct task *t, void (*change)(struct cred *c, uint64_t arg),
                       uint64_t arg)
{
    struct cred *c = cred_copy(t->cred);

    if (!c)
        return -ENOMEM;
    change(c, arg);
    return task_cred_change(t, c);
}

static void set_securebits(struct cred *c, uint64_t bits)
{
    c->securebits = (uint32_t)bits;
}

static void set_no_new_privs(struct cred *c, uint64_t arg)
{
    (void)arg;
    c->no_new_privs = true;
}

static void drop_bounding(struct cred *c, uint64_t cap)
{
    c->cap_bounding &= ~CAP_BIT(cap);
}

static void ambient_raise(struct cred *c, uint64_t cap)
{
    c->cap_ambient |= CAP_BIT(cap);
}

static void ambient_lower(struct cred *c, uint64_t cap)
{
    c->cap_ambient &= ~CAP_BIT(cap);
}

static void ambient_clear(struct cred *c, uint64_t arg)
{
    (void)arg;
    c->cap_ambient = 0;
}

static int securebits_change(struct task *t, uint64_t bits)
{
    uint32_t old = t->cred->securebits;
    uint32_t locked =
        (old & ABI_SECBIT_LOCKS) >> 1; /* a lock is the bit above what it locks */

    if ((bits & ~(uint64_t)ABI_SECBIT_ALL) || ((bits ^ old) & locked) ||
        (old & ABI_SECBIT_LOCKS & ~bits) || !cred_capable(t->cred, CAP_SETPCAP))
        return -EPERM;
    return cred_update(t, set_securebits, bits);
}

static int keepcaps_change(struct task *t, uint64_t on)
{
    uint32_t bits = t->cred->securebits;

    if (on > 1)
        return -EINVAL;
    if (bits & ABI_SECBIT_KEEP_CAPS_LOCKED)
        return -EPERM;
    bits = on ? bits | ABI_SECBIT_KEEP_CAPS : bits & ~ABI_SECBIT_KEEP_CAPS;
    return cred_update(t, set_securebits, bits);
}

static int64_t ambient(struct task *t, const uint64_t a[6])
{
    const struct cred *c = t->cred;
    uint64_t cap = a[2];

    if (a[3] || a[4])
        return -EINVAL;
    if (a[1] == PR_CAP_AMBIENT_CLEAR_ALL)
        return cap ? -EINVAL : cred_update(t, ambient_clear, 0);
    if (cap > CAP_LAST_CAP)
        return -EINVAL;
    switch (a[1]) {
    case PR_CAP_AMBIENT_IS_SET:
        return (c->cap_ambient & CAP_BIT(cap)) != 0;
    case PR_CAP_AMBIENT_RAISE:
        if (!(c->cap_permitted & c->cap_inheritable & CAP_BIT(cap)) ||
            (c->securebits & ABI_SECBIT_NO_AMBIENT))
            return -EPERM;
        return cred_update(t, ambient_raise, cap);
    case PR_CAP_AMBIENT_LOWER:
        return cred_update(t, ambient_lower, cap);
    default:
        return -EINVAL;
    }
}

static int64_t bounding(struct task *t, const uint64_t a[6])
{
    if (a[1] > CAP_LAST_CAP)
        return -EINVAL;
    if (a[0] == PR_CAPBSET_READ)
        return (t->cred->cap_bounding & CAP_BIT(a[1])) != 0;
    if (!cred_capable(t->cred, CAP_SETPCAP))
        return -EPERM;
    return cred_update(t, drop_bounding, a[1]);
}

static int64_t identity(struct task *t, const uint64_t a[6])
{
    switch ((int)a[0]) {
    case PR_GET_KEEPCAPS:
        return (t->cred->securebits & ABI_SECBIT_KEEP_CAPS) != 0;
    case PR_SET_KEEPCAPS:
        return keepcaps_change(t, a[1]);
    case PR_GET_SECUREBITS:
        return t->cred->securebits;
    case PR_SET_SECUREBITS:
        return securebits_change(t, a[1]);
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
        return bounding(t, a);
    case PR_CAP_AMBIENT:
        return ambient(t, a);
    case PR_GET_NO_NEW_PRIVS:
        return a[1] || a[2] || a[3] || a[4] ? -EINVAL : t->cred->no_new_privs;
    case PR_SET_NO_NEW_PRIVS:
        if (a[1] != 1 || a[2] || a[3] || a[4])
            return -EINVAL;
        return cred_update(t, set_no_new_privs, 0);
    default:
        return -EINVAL;
    }
}

/* ---- the process and the task ---- */

static int death_signal(struct task *t, uint64_t signo)
{
    if (signo > ABI_SIGNAL_COUNT)
        return -EINVAL;
    t->pdeath_signal = signo;
    return 0;
}

static int64_t process_option(struct task *t, const uint64_t a[6])
{
    struct process *p = t->process;

    switch ((int)a[0]) {
    case PR_SET_PDEATHSIG:
        return death_signal(t, a[1]);
    case PR_GET_PDEATHSIG:
        return put_user32(a[1], (uint32_t)t->pdeath_signal);
    case PR_GET_DUMPABLE:
        return p->dumpable;
    case PR_SET_DUMPABLE:
        if (a[1] > 1)
            return -EINVAL;
        p->dumpable = a[1] != 0;
        return 0;
    case PR_SET_CHILD_SUBREAPER:
        p->child_subreaper = a[1] != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_user32(a[1], p->child_subreaper);
    case PR_SET_TIMERSLACK:
        p->timer_slack_ns = (int64_t)a[1] > 0 ? a[1] : TIMER_SLACK_NS;
        return 0;
    case PR_GET_TIMERSLACK:
        return (int64_t)p->timer_slack_ns;
    case PR_GET_TID_ADDRESS:
        return put_user64(a[1], t->clear_child_tid);
    default:
        return identity(t, a);
    }
}

/* Names first; what is not known, and seccomp, memory maps and names of areas, is EINVAL. */
int64_t sys_prctl(struct task *t, const uint64_t a[6])
{
    switch ((int)a[0]) {
    case PR_SET_NAME:
        return name_set(t, a[1]);
    case PR_GET_NAME:
        return name_get(t, a[1]);
    case PR_GET_TIMING:
        return TIMING_STAT;
    case PR_SET_TIMING:
        return a[1] == TIMING_STAT ? 0 : -EINVAL;
    case PR_GET_TSC:
        return put_user32(a[1], TSC_ENABLE);
    case PR_SET_TSC:
        return a[1] == TSC_ENABLE ? 0 : -EINVAL;
    case PR_GET_THP_DISABLE:
        return 0;
    default:
        return process_option(t, a);
    }
}
