/* SPDX-License-Identifier: BSD-2-Clause */
/* Resource limits: setrlimit(2), and the one that proc itself enforces. */
#include "proc/limits.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "proc/proc_priv.h"
#include "vfs/file.h"

#define NS_PER_S UINT64_C(1000000000)

/* The limits that the address space looks at. */
static void limits_to_space(struct process *p)
{
    struct vm_space *s = p->space;

    if (!s)
        return;
    s->limit_as = p->rlimits[RLIMIT_AS].cur;
    s->limit_data = p->rlimits[RLIMIT_DATA].cur;
    s->limit_stack = p->rlimits[RLIMIT_STACK].cur;
    s->limit_memlock = p->rlimits[RLIMIT_MEMLOCK].cur;
}

int limits_change(struct task *t, struct process *p, unsigned resource,
                  const struct abi_rlimit *new, struct abi_rlimit *old)
{
    int err = 0;
    bool irq;

    if (resource >= ABI_RLIM_COUNT || (new &&new->cur > new->max))
        return -EINVAL;
    if (new &&resource == RLIMIT_NOFILE &&new->max > FD_TABLE_MAX)
        return -EPERM;
    irq = spin_lock_irqsave(&p->signal_lock);
    if (old)
        *old = p->rlimits[resource];
    if (new &&new->max > p->rlimits[resource].max &&
        !cred_capable(t->cred, CAP_SYS_RESOURCE))
        err = -EPERM;
    if (new && !err) {
        atomic_store_relaxed(&p->rlimits[resource].cur, new->cur);
        atomic_store_relaxed(&p->rlimits[resource].max, new->max);
        limits_to_space(p);
        p->cpu_limit_next_ns = 0;
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return err;
}

static uint64_t seconds_to_ns(uint64_t s)
{
    return s > UINT64_MAX / NS_PER_S ? UINT64_MAX : s * NS_PER_S;
}

void proc_check_cpu_limit(struct task *t)
{
    struct process *p = t->process;
    uint64_t soft = task_rlimit(t, RLIMIT_CPU), hard, used;
    struct thread_times times;
    int signo = 0;
    bool irq;

    if (likely(soft == ABI_RLIM_INFINITY))
        return;
    process_times(p, &times);
    used = times.user_ns + times.system_ns;
    irq = spin_lock_irqsave(&p->signal_lock);
    soft = seconds_to_ns(p->rlimits[RLIMIT_CPU].cur);
    hard = seconds_to_ns(p->rlimits[RLIMIT_CPU].max);
    if (used >= hard) {
        signo = SIGKILL;
    } else if (used >= soft && used >= p->cpu_limit_next_ns) {
        signo = SIGXCPU;
        p->cpu_limit_next_ns = used + NS_PER_S;
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    if (signo)
        signal_send_process(p, signo, NULL);
}
