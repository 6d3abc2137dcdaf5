/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and setting clocks, and sleeping by them. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/time.h"
#include "lib/string.h"
#include "sched/clock.h"
#include "syscall/handlers.h"
#include "syscall/time_util.h"
#include "vm/ucopy.h"

/* ---- reading ---- */

int64_t sys_clock_gettime(struct task *t, const uint64_t a[6])
{
    uint64_t ns;
    int err = clock_read(t, (int32_t)a[0], &ns);

    return err != 0 ? err : time_put_timespec(a[1], ns);
}

int64_t sys_clock_getres(struct task *t, const uint64_t a[6])
{
    uint64_t ns;
    int err = clock_read(t, (int32_t)a[0], &ns);

    if (err != 0 || a[1] == 0)
        return err;
    return time_put_timespec(a[1], 1); /* the coarse clocks are as fine as the others */
}

int64_t sys_gettimeofday(struct task *t UNUSED, const uint64_t a[6])
{
    struct abi_timeval tv = time_to_timeval(clock_wall_ns());
    struct abi_timezone tz = {0};
    int err = 0;

    if (a[0] != 0)
        err = copy_to_user(a[0], &tv, sizeof(tv));
    if (err == 0 && a[1] != 0)
        err = copy_to_user(a[1], &tz, sizeof(tz));
    return err;
}

int64_t sys_time(struct task *t UNUSED, const uint64_t a[6])
{
    uint64_t sec = clock_wall_ns() / TIME_NS;
    int err = a[0] != 0 ? put_user64(a[0], sec) : 0;

    return err != 0 ? err : (int64_t)sec;
}

static int64_t to_ticks(uint64_t ns)
{
    return (int64_t)(ns / (TIME_NS / ABI_USER_HZ));
}

int64_t sys_times(struct task *t, const uint64_t a[6])
{
    struct process *p = t->process;
    struct thread_times self;
    struct abi_tms tms;
    int err = 0;

    process_times(p, &self);
    tms.utime = to_ticks(self.user_ns);
    tms.stime = to_ticks(self.system_ns);
    /* Changed when a child is reaped, by a thread of this process. */
    tms.cutime = to_ticks(atomic_load_relaxed(&p->dead_children.user_ns));
    tms.cstime = to_ticks(atomic_load_relaxed(&p->dead_children.system_ns));
    if (a[0] != 0)
        err = copy_to_user(a[0], &tms, sizeof(tms));
    return err != 0 ? err : to_ticks(hal_time_ns());
}

/* ---- setting ---- */

static int set_wall(struct task *t, uint64_t ns)
{
    if (!cred_capable(t->cred, CAP_SYS_TIME))
        return -EPERM;
    clock_wall_set(ns);
    return 0;
}

int64_t sys_clock_settime(struct task *t, const uint64_t a[6])
{
    struct abi_timespec ts;
    uint64_t ns;
    int err;

    if ((int32_t)a[0] != ABI_CLOCK_REALTIME)
        return -EINVAL;
    err = time_get_timespec(&ts, a[1]);
    if (err == 0)
        err = time_from_timespec(&ts, &ns);
    return err != 0 ? err : set_wall(t, ns);
}

int64_t sys_settimeofday(struct task *t, const uint64_t a[6])
{
    struct abi_timeval tv;
    struct abi_timezone tz;
    uint64_t ns;
    int err = 0;

    if (a[1] != 0)
        err = copy_from_user(&tz, a[1], sizeof(tz));
    if (err == 0 && a[1] != 0 && !cred_capable(t->cred, CAP_SYS_TIME))
        err = -EPERM;
    if (err == 0 && a[1] != 0 && (tz.minutes_west != 0 || tz.dst_time != 0))
        err = -EINVAL; /* the kernel keeps UTC only */
    if (err != 0 || a[0] == 0)
        return err;
    err = copy_from_user(&tv, a[0], sizeof(tv));
    if (err == 0)
        err = time_from_timeval(&tv, &ns);
    return err != 0 ? err : set_wall(t, ns);
}

/* What adjtimex(2) says of a clock that nobody disciplines. */
static int64_t adjust(struct task *t, uint64_t va)
{
    struct abi_timex x;
    int err = copy_from_user(&x, va, sizeof(x));

    if (err != 0)
        return err;
    if (x.modes != 0 && x.modes != ABI_ADJ_OFFSET_SS_READ)
        return cred_capable(t->cred, CAP_SYS_TIME) ? -EOPNOTSUPP : -EPERM;
    memset(&x, 0, sizeof(x));
    x.maxerror = 16000000;
    x.esterror = 16000000;
    x.status = ABI_STA_UNSYNC;
    x.constant = 2;
    x.precision = 1;
    x.tolerance = 32768000;
    x.tick = 1000000 / ABI_USER_HZ;
    x.time = time_to_timeval(clock_wall_ns());
    err = copy_to_user(va, &x, sizeof(x));
    return err != 0 ? err : ABI_TIME_ERROR;
}

int64_t sys_adjtimex(struct task *t, const uint64_t a[6])
{
    return adjust(t, a[0]);
}

int64_t sys_clock_adjtime(struct task *t, const uint64_t a[6])
{
    if ((int32_t)a[0] != ABI_CLOCK_REALTIME)
        return (int32_t)a[0] > ABI_CLOCK_TAI ? -EINVAL : -EOPNOTSUPP;
    return adjust(t, a[1]);
}

/* ---- sleeping ---- */

/* 0, or -EINTR with *left_ns. */
static int sleep_until(uint64_t deadline_ns, uint64_t *left_ns)
{
    uint64_t now_ns = hal_time_ns();

    if (deadline_ns <= now_ns)
        return 0;
    return thread_sleep(deadline_ns - now_ns, left_ns);
}

/* Interrupted: tell how much is left, go on afterwards unless a handler runs. */
static int64_t relative_sleep(struct task *t, uint64_t deadline_ns, uint64_t remain);

static int64_t relative_restart(struct task *t)
{
    return relative_sleep(t, t->restart.arg[0], t->restart.arg[1]);
}

static int64_t relative_sleep(struct task *t, uint64_t deadline_ns, uint64_t remain)
{
    uint64_t left_ns;
    int err = sleep_until(deadline_ns, &left_ns);

    if (err == 0)
        return 0;
    if (remain != 0) {
        err = time_put_timespec(remain, left_ns);
        if (err != 0)
            return err;
    }
    t->restart =
        (struct restart_block){.fn = relative_restart, .arg = {deadline_ns, remain}};
    return -ERESTART_RESTARTBLOCK;
}

int64_t sys_nanosleep(struct task *t, const uint64_t a[6])
{
    struct abi_timespec ts;
    uint64_t ns;
    int err = time_get_timespec(&ts, a[0]);

    if (err == 0)
        err = time_from_timespec(&ts, &ns);
    if (err != 0)
        return err;
    return relative_sleep(t, time_add_ns(hal_time_ns(), ns), a[1]);
}

/* The wall clock may be set meanwhile: look again at the deadline until it has come. */
static int64_t absolute_sleep(int32_t clock, uint64_t ns)
{
    for (;;) {
        uint64_t deadline_ns = clock_is_realtime(clock) ? clock_wall_to_time(ns) : ns;
        uint64_t left_ns;

        if (deadline_ns <= hal_time_ns())
            return 0;
        if (sleep_until(deadline_ns, &left_ns) != 0)
            return -ERESTARTNOHAND;
    }
}

int64_t sys_clock_nanosleep(struct task *t, const uint64_t a[6])
{
    int32_t clock = (int32_t)a[0];
    struct abi_timespec ts;
    uint64_t ns;
    int err;

    if (clock_is_cpu(clock))
        return clock == ABI_CLOCK_THREAD_CPUTIME_ID ? -EINVAL : -EOPNOTSUPP;
    if (!clock_can_sleep(clock))
        return -EINVAL;
    err = time_get_timespec(&ts, a[2]);
    if (err == 0)
        err = time_from_timespec(&ts, &ns);
    if (err != 0)
        return err;
    if (a[1] & ABI_TIMER_ABSTIME)
        return absolute_sleep(clock, ns);
    return relative_sleep(t, time_add_ns(hal_time_ns(), ns), a[3]);
}
