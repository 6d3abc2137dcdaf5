/* SPDX-License-Identifier: BSD-2-Clause */
/* Interval timers: setitimer(2), alarm(2), and the CPU-time tick. */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/signal.h"
#include "mm/slab.h"
#include "proc/limits.h"
#include "proc/signal.h"
#include "syscall/handlers.h"
#include "syscall/ptimer_priv.h"
#include "vm/ucopy.h"

static const struct proc_hooks hooks = {
    .exit = process_timers_exit,
    .exec = process_timers_exec,
};

/* Keeps the timers of any process from going away under a tick. */
static struct spinlock owner_lock = SPINLOCK_INIT("ptimer.owner");

uint64_t ptimer_forward(uint64_t *expires_ns, uint64_t interval_ns, uint64_t now_ns)
{
    uint64_t missed;

    if (interval_ns == 0) {
        *expires_ns = 0;
        return 0;
    }
    missed = now_ns > *expires_ns ? (now_ns - *expires_ns) / interval_ns : 0;
    *expires_ns += (missed + 1) * interval_ns;
    return missed;
}

static void send(struct process *p, int signo)
{
    struct abi_siginfo info;

    signal_info_kernel(&info, signo);
    if (signal_send_process(p, signo, &info) != 0)
        return; /* its queue is full: one of these is pending already */
}

static void real_expired(struct timer *t)
{
    struct process_timers *pt = container_of(t, struct process_timers, real);
    bool irq = spin_lock_irqsave(&pt->lock);

    if (pt->real_interval_ns != 0 && !timer_armed(t)) {
        uint64_t next = t->deadline_ns;

        (void)ptimer_forward(&next, pt->real_interval_ns, hal_time_ns());
        timer_arm(t, next);
    }
    spin_unlock_irqrestore(&pt->lock, irq);
    send(pt->process, SIGALRM);
}

struct process_timers *process_timers_get(struct process *p)
{
    struct process_timers *pt = atomic_load_acquire(&p->itimers);
    void *expected = NULL;

    if (pt)
        return pt;
    pt = kzalloc(sizeof(*pt));
    if (!pt)
        return NULL;
    pt->process = p;
    spin_init(&pt->lock, "ptimer.process");
    list_init(&pt->posix);
    timer_init(&pt->real, real_expired);
    proc_set_hooks(&hooks); /* before there is anything to be told about */
    if (atomic_cmpxchg(&p->itimers, &expected, (void *)pt))
        return pt;
    kfree(pt);
    return expected;
}

/* ---- CPU time ---- */

static bool cpu_itimer_tick_locked(struct process_timers *pt)
{
    static const int signo[ITIMER_CPU_COUNT] = {SIGVTALRM, SIGPROF};
    struct thread_times times;
    bool armed = false;

    if (pt->cpu[ITIMER_CPU_VIRTUAL].expires_ns == 0 &&
        pt->cpu[ITIMER_CPU_PROF].expires_ns == 0)
        return false;
    process_times(pt->process, &times);
    for (unsigned i = 0; i < ITIMER_CPU_COUNT; i++) {
        struct cpu_itimer *c = &pt->cpu[i];
        uint64_t now_ns = times.user_ns + (i == ITIMER_CPU_PROF ? times.system_ns : 0);

        if (c->expires_ns != 0 && now_ns >= c->expires_ns) {
            (void)ptimer_forward(&c->expires_ns, c->interval_ns, now_ns);
            send(pt->process, signo[i]);
        }
        armed |= c->expires_ns != 0;
    }
    return armed;
}

/* Timer interrupt, in a thread of a process that has (or had) CPU-time timers. */
static void cpu_tick(struct thread *thread)
{
    struct task *t = thread->owner;
    bool irq = spin_lock_irqsave(&owner_lock);
    struct process_timers *pt = t ? t->process->itimers : NULL;
    bool armed = false;

    if (pt) {
        spin_lock(&pt->lock);
        armed = cpu_itimer_tick_locked(pt);
        armed |= ptimer_tick_locked(pt);
        spin_unlock(&pt->lock);
    }
    if (t)
        proc_check_cpu_limit(t);
    if (!armed && (!t || task_rlimit(t, RLIMIT_CPU) == ABI_RLIM_INFINITY))
        thread->tick_ns = 0; /* until somebody arms one: process_timers_tick_on() */
    spin_unlock_irqrestore(&owner_lock, irq);
}

void process_timers_tick_on(struct process *p)
{
    int32_t tid = 0;
    struct task *t;

    while ((t = task_next(p, tid)) != NULL) {
        tid = t->tid + 1;
        if (t->thread)
            thread_set_tick(t->thread, PTIMER_TICK_NS, cpu_tick);
        task_put(t);
    }
}

void process_timers_exit(struct process *p)
{
    bool irq = spin_lock_irqsave(&owner_lock);
    struct process_timers *pt = p->itimers;

    p->itimers = NULL;
    spin_unlock_irqrestore(&owner_lock, irq);
    if (!pt)
        return;
    irq = spin_lock_irqsave(&pt->lock);
    pt->real_interval_ns = 0; /* it does not arm itself again */
    spin_unlock_irqrestore(&pt->lock, irq);
    timer_cancel_sync(&pt->real);
    ptimer_delete_all(pt);
    kfree(pt);
}

void process_timers_exec(struct process *p)
{
    struct process_timers *pt = p->itimers;

    if (pt)
        ptimer_delete_all(pt);
}

/* ---- the calls ---- */

struct itimer_value {
    uint64_t value_ns, interval_ns;
};

static uint64_t cpu_now(struct process *p, unsigned which)
{
    struct thread_times times;

    process_times(p, &times);
    return times.user_ns + (which == ITIMER_CPU_PROF ? times.system_ns : 0);
}

static void read_real_locked(struct process_timers *pt, struct itimer_value *v)
{
    uint64_t now_ns = hal_time_ns();

    v->interval_ns = pt->real_interval_ns;
    v->value_ns = 0;
    if (timer_armed(&pt->real)) /* 1 us: armed and due is not disarmed */
        v->value_ns =
            pt->real.deadline_ns > now_ns ? pt->real.deadline_ns - now_ns : 1000;
}

static void read_cpu_locked(struct process_timers *pt, unsigned which,
                            struct itimer_value *v)
{
    const struct cpu_itimer *c = &pt->cpu[which];
    uint64_t now_ns = cpu_now(pt->process, which);

    v->interval_ns = c->interval_ns;
    v->value_ns = 0;
    if (c->expires_ns != 0)
        v->value_ns = c->expires_ns > now_ns ? c->expires_ns - now_ns : 1000;
}

/* Exchange: `set` may be NULL. */
static int exchange(struct process *p, int which, const struct itimer_value *set,
                    struct itimer_value *old)
{
    struct process_timers *pt = process_timers_get(p);
    unsigned cpu = which == ABI_ITIMER_VIRTUAL ? ITIMER_CPU_VIRTUAL : ITIMER_CPU_PROF;
    bool irq;

    if (!pt)
        return -ENOMEM;
    irq = spin_lock_irqsave(&pt->lock);
    if (which == ABI_ITIMER_REAL) {
        read_real_locked(pt, old);
        if (set) {
            timer_cancel(&pt->real);
            pt->real_interval_ns = set->value_ns ? set->interval_ns : 0;
            if (set->value_ns)
                timer_arm(&pt->real, time_add_ns(hal_time_ns(), set->value_ns));
        }
    } else {
        read_cpu_locked(pt, cpu, old);
        if (set) {
            pt->cpu[cpu].interval_ns = set->value_ns ? set->interval_ns : 0;
            pt->cpu[cpu].expires_ns = set->value_ns ? cpu_now(p, cpu) + set->value_ns : 0;
        }
    }
    spin_unlock_irqrestore(&pt->lock, irq);
    if (set && which != ABI_ITIMER_REAL && set->value_ns)
        process_timers_tick_on(p);
    return 0;
}

static int put_value(uint64_t va, const struct itimer_value *v)
{
    struct abi_itimerval out = {
        .interval = time_to_timeval(v->interval_ns),
        .value = time_to_timeval(v->value_ns),
    };

    return copy_to_user(va, &out, sizeof(out));
}

static int get_value(struct itimer_value *v, uint64_t va)
{
    struct abi_itimerval in;
    int err = copy_from_user(&in, va, sizeof(in));

    if (err == 0)
        err = time_from_timeval(&in.value, &v->value_ns);
    if (err == 0)
        err = time_from_timeval(&in.interval, &v->interval_ns);
    return err;
}

static bool which_valid(uint64_t which)
{
    return (int32_t)which >= ABI_ITIMER_REAL && (int32_t)which <= ABI_ITIMER_PROF;
}

int64_t sys_getitimer(struct task *t, const uint64_t a[6])
{
    struct itimer_value v;
    int err;

    if (!which_valid(a[0]))
        return -EINVAL;
    err = exchange(t->process, (int)a[0], NULL, &v);
    return err != 0 ? err : put_value(a[1], &v);
}

int64_t sys_setitimer(struct task *t, const uint64_t a[6])
{
    struct itimer_value set = {0}, old;
    int err = 0;

    if (!which_valid(a[0]))
        return -EINVAL;
    if (a[1] != 0) /* NULL disarms, as it always has on Linux */
        err = get_value(&set, a[1]);
    if (err == 0)
        err = exchange(t->process, (int)a[0], &set, &old);
    if (err == 0 && a[2] != 0)
        err = put_value(a[2], &old);
    return err;
}

int64_t sys_alarm(struct task *t, const uint64_t a[6])
{
    struct itimer_value set = {.value_ns = (uint64_t)(uint32_t)a[0] * TIME_NS}, old;
    int err = exchange(t->process, ABI_ITIMER_REAL, &set, &old);

    if (err != 0)
        return err;
    return (int64_t)((old.value_ns + TIME_NS - 1) / TIME_NS);
}
