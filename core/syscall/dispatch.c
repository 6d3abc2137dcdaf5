/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From trapped registers to a handler and back.
 *
 * A result of -ERESTART* is stored as it is and t->syscall_nr keeps the call's number, so that
 * signal delivery, which follows, can settle whether the call runs again or becomes EINTR.
 * After any other result t->syscall_nr says that no call is in progress.
 */
#include "syscall/syscall.h"

#include "abi/errno.h"
#include "abi/user.h"
#include "lib/atomic.h"
#include "proc/task.h"
#include "syscall/strace.h"
#include "syscall/stats.h"
#include "syscall/table.h"
#include "trace/event.h"

TRACEPOINT_DEFINE(syscall_enter, "nr:n first:x second:x");
TRACEPOINT_DEFINE(syscall_exit, "nr:n result:d");

static bool watched; /* written at boot only */

void syscall_watch(void)
{
    watched = true;
}

static bool is_restart(int64_t result)
{
    return result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;
}

/* The longer way, for those who watch. */
static NOINLINE int64_t call_watched(struct task *t, const struct syscall_desc *d,
                                     uint64_t nr, const uint64_t a[6])
{
    uint64_t start_ns, spent_ns;
    int64_t result;
    bool print;

    if (d && !d->name)
        d = NULL;
    print = strace_on && strace_wants(t, d, nr, a);
    if (print)
        strace_enter(t, d, nr, a);
    start_ns = hal_time_ns();
    result = d && d->fn ? d->fn(t, a) : -ENOSYS;
    spent_ns = hal_time_ns() - start_ns;
    syscall_stats_add(nr, spent_ns, result);
    if (print)
        strace_leave(t, d, nr, a, result, spent_ns);
    return result;
}

void syscall_dispatch(struct task *t)
{
    struct user_regs *r = &t->user.regs;
    uint64_t nr = user_regs_syscall_nr(r);
    uint64_t slot = nr < SYSCALL_NR_MAX ? nr : SYSCALL_NR_MAX;
    const struct syscall_desc *d = &syscall_table[slot];
    uint64_t a[6];
    int64_t result;

    user_regs_args(r, a);
    t->syscall_nr = nr;
    trace_event(syscall_enter, nr, a[0], a[1]);
    atomic_add_relaxed(&syscall_counts[hal_cpu_id()].calls[slot], 1);
    if (unlikely(slot == SYSCALL_NR_MAX))
        d = NULL;
    if (unlikely(watched))
        result = call_watched(t, d, nr, a);
    else
        result = likely(d && d->fn) ? d->fn(t, a) : -ENOSYS;
    user_regs_set_result(r, result);
    trace_event(syscall_exit, nr, result, 0);
    if (likely(!is_restart(result)))
        t->syscall_nr = UINT64_MAX;
}
