/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers of timer_create(2). */
#include "abi/errno.h"
#include "abi/signal.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "sched/clock.h"
#include "syscall/handlers.h"
#include "syscall/ptimer_priv.h"
#include "vm/ucopy.h"

/* ---- expiry ---- */

static uint64_t cpu_clock_locked(const struct ptimer *p)
{
    struct thread_times times;

    if (p->cpu_task)
        thread_times(p->cpu_task->thread, &times);
    else
        process_times(p->process, &times);
    return times.user_ns + times.system_ns;
}

/* One signal at a time: expiries while it is pending only count. */
static void notify_locked(struct ptimer *p, uint64_t missed)
{
    struct abi_siginfo info = {.signo = p->signo, .code = SI_TIMER};
    uint64_t max = INT32_MAX;
    uint32_t more = (uint32_t)MIN(missed, max);
    int err;

    if (p->notify == ABI_SIGEV_NONE ||
        signal_timer_overrun(p->process, p->target, p->id, more + 1, &p->overrun))
        return;
    p->overrun = more;
    info.timer.id = p->id;
    info.timer.overrun = (int32_t)more;
    info.timer.value = p->value;
    err = p->target ? signal_send_task(p->target, p->signo, &info)
                    : signal_send_process(p->process, p->signo, &info);
    if (err != 0)
        return; /* no room in the queue: the next expiry tries again */
}

static void expired(struct timer *timer)
{
    struct ptimer *p = container_of(timer, struct ptimer, timer);
    struct process_timers *pt = p->process->itimers;
    uint64_t missed;
    bool irq;

    if (!pt) /* the process is going; it waits for us before it frees anything */
        return;
    irq = spin_lock_irqsave(&pt->lock);
    if (p->expires_ns != 0 && !timer_armed(timer)) {
        missed = ptimer_forward(&p->expires_ns, p->interval_ns, hal_time_ns());
        if (p->expires_ns != 0)
            timer_arm(timer, p->expires_ns);
        notify_locked(p, missed);
    }
    spin_unlock_irqrestore(&pt->lock, irq);
}

bool ptimer_tick_locked(struct process_timers *pt)
{
    struct ptimer *p;
    bool armed = false;

    list_for_each_entry (p, &pt->posix, link) {
        uint64_t now_ns;

        if (!clock_is_cpu(p->clock) || p->expires_ns == 0)
            continue;
        now_ns = cpu_clock_locked(p);
        if (now_ns >= p->expires_ns)
            notify_locked(p, ptimer_forward(&p->expires_ns, p->interval_ns, now_ns));
        armed |= p->expires_ns != 0;
    }
    return armed;
}

/* ---- making and deleting ---- */

static void destroy(struct ptimer *p)
{
    timer_cancel_sync(&p->timer);
    if (p->target)
        task_put(p->target);
    if (p->cpu_task)
        task_put(p->cpu_task);
    kfree(p);
}

static struct ptimer *find_locked(struct process_timers *pt, int32_t id)
{
    struct ptimer *p;

    list_for_each_entry (p, &pt->posix, link)
        if (p->id == id)
            return p;
    return NULL;
}

/* Off the list (disarmed, so that it does not arm itself again). */
static struct ptimer *take(struct process_timers *pt, int32_t id, bool any)
{
    bool irq = spin_lock_irqsave(&pt->lock);
    struct ptimer *p = any ? list_first_entry_or_null(&pt->posix, struct ptimer, link)
                           : find_locked(pt, id);

    if (p) {
        list_del(&p->link);
        p->expires_ns = 0;
        pt->posix_count--;
    }
    spin_unlock_irqrestore(&pt->lock, irq);
    return p;
}

void ptimer_delete_all(struct process_timers *pt)
{
    struct ptimer *p;

    while ((p = take(pt, 0, true)) != NULL)
        destroy(p);
}

/* What the program asked to be told, and whom. */
static int set_event(struct task *t, struct ptimer *p, uint64_t va)
{
    struct abi_sigevent ev = {.signo = SIGALRM, .notify = ABI_SIGEV_SIGNAL};
    int err;

    ev.value = (uint64_t)p->id;
    if (va != 0) {
        err = copy_from_user(&ev, va, sizeof(ev));
        if (err != 0)
            return err;
    }
    p->notify = ev.notify;
    p->signo = ev.signo;
    p->value = ev.value;
    if (ev.notify == ABI_SIGEV_NONE)
        return 0;
    if (!signal_valid(ev.signo))
        return -EINVAL;
    if (ev.notify == ABI_SIGEV_SIGNAL)
        return 0;
    if (ev.notify != (ABI_SIGEV_SIGNAL | ABI_SIGEV_THREAD_ID))
        return -EINVAL;
    p->target = task_find(ev.tid);
    return p->target && p->target->process == t->process ? 0 : -EINVAL;
}

static int set_clock(struct task *t, struct ptimer *p, int32_t clock)
{
    if (!clock_is_cpu(clock))
        return clock_can_sleep(clock) ? 0 : -EINVAL;
    if (clock == ABI_CLOCK_THREAD_CPUTIME_ID) {
        task_get(t);
        p->cpu_task = t;
        return 0;
    }
    /* Clocks of other processes can be read, but not be timed by. */
    return clock == ABI_CLOCK_PROCESS_CPUTIME_ID ? 0 : -EOPNOTSUPP;
}

int64_t sys_timer_create(struct task *t, const uint64_t a[6])
{
    struct process_timers *pt = process_timers_get(t->process);
    struct ptimer *p = pt ? kzalloc(sizeof(*p)) : NULL;
    bool irq;
    int err;

    if (!p)
        return -EAGAIN;
    p->process = t->process;
    p->clock = (int32_t)a[0];
    timer_init(&p->timer, expired);
    irq = spin_lock_irqsave(&pt->lock);
    err = pt->posix_count < PTIMER_MAX ? 0 : -EAGAIN;
    if (err == 0) {
        pt->posix_count++;
        p->id = pt->next_id;
        pt->next_id = (pt->next_id + 1) & INT32_MAX;
    }
    spin_unlock_irqrestore(&pt->lock, irq);
    if (err != 0) {
        kfree(p);
        return err;
    }
    err = set_clock(t, p, p->clock);
    if (err == 0)
        err = set_event(t, p, a[1]);
    if (err == 0)
        err = put_user32(a[2], (uint32_t)p->id);
    irq = spin_lock_irqsave(&pt->lock);
    if (err == 0)
        list_add_tail(&p->link, &pt->posix);
    else
        pt->posix_count--;
    spin_unlock_irqrestore(&pt->lock, irq);
    if (err != 0)
        destroy(p);
    return err;
}

int64_t sys_timer_delete(struct task *t, const uint64_t a[6])
{
    struct process_timers *pt = t->process->itimers;
    struct ptimer *p = pt ? take(pt, (int32_t)a[0], false) : NULL;

    if (!p)
        return -EINVAL;
    destroy(p);
    return 0;
}

/* ---- arming and asking ---- */

struct ptimer_value {
    uint64_t value_ns, interval_ns;
};

static void read_locked(struct ptimer *p, struct ptimer_value *v)
{
    uint64_t now_ns = clock_is_cpu(p->clock) ? cpu_clock_locked(p) : hal_time_ns();

    v->interval_ns = p->interval_ns;
    v->value_ns = 0;
    if (p->expires_ns != 0)
        v->value_ns = p->expires_ns > now_ns ? p->expires_ns - now_ns : 1;
}

static void arm_locked(struct ptimer *p, const struct ptimer_value *v, bool absolute)
{
    bool cpu = clock_is_cpu(p->clock);
    uint64_t now_ns = cpu ? cpu_clock_locked(p) : hal_time_ns();
    uint64_t at = v->value_ns;

    timer_cancel(&p->timer);
    p->expires_ns = 0;
    p->interval_ns = v->interval_ns;
    p->overrun = 0;
    if (at == 0)
        return;
    if (!absolute)
        at = time_add_ns(now_ns, at);
    else if (clock_is_realtime(p->clock))
        at = clock_wall_to_time(at);
    p->expires_ns = MAX(at, UINT64_C(1));
    if (!cpu)
        timer_arm(&p->timer, p->expires_ns);
}

static int get_spec(struct ptimer_value *v, uint64_t va)
{
    struct abi_itimerspec in;
    int err = copy_from_user(&in, va, sizeof(in));

    if (err == 0)
        err = time_from_timespec(&in.value, &v->value_ns);
    if (err == 0)
        err = time_from_timespec(&in.interval, &v->interval_ns);
    return err;
}

static int put_spec(uint64_t va, const struct ptimer_value *v)
{
    struct abi_itimerspec out = {
        .interval = time_to_timespec(v->interval_ns),
        .value = time_to_timespec(v->value_ns),
    };

    return copy_to_user(va, &out, sizeof(out));
}

int64_t sys_timer_settime(struct task *t, const uint64_t a[6])
{
    struct process_timers *pt = t->process->itimers;
    struct ptimer_value set, old;
    struct ptimer *p;
    bool irq, cpu = false;
    int err;

    if (!pt || a[2] == 0)
        return -EINVAL;
    err = get_spec(&set, a[2]);
    if (err != 0)
        return err;
    irq = spin_lock_irqsave(&pt->lock);
    p = find_locked(pt, (int32_t)a[0]);
    if (p) {
        cpu = clock_is_cpu(p->clock);
        read_locked(p, &old);
        arm_locked(p, &set, a[1] & ABI_TIMER_ABSTIME);
    }
    spin_unlock_irqrestore(&pt->lock, irq);
    if (!p)
        return -EINVAL;
    if (cpu && set.value_ns != 0)
        process_timers_tick_on(t->process);
    return a[3] != 0 ? put_spec(a[3], &old) : 0;
}

int64_t sys_timer_gettime(struct task *t, const uint64_t a[6])
{
    struct process_timers *pt = t->process->itimers;
    struct ptimer_value v;
    struct ptimer *p;
    bool irq;

    if (!pt)
        return -EINVAL;
    irq = spin_lock_irqsave(&pt->lock);
    p = find_locked(pt, (int32_t)a[0]);
    if (p)
        read_locked(p, &v);
    spin_unlock_irqrestore(&pt->lock, irq);
    return p ? put_spec(a[1], &v) : -EINVAL;
}

int64_t sys_timer_getoverrun(struct task *t, const uint64_t a[6])
{
    struct process_timers *pt = t->process->itimers;
    struct ptimer *p;
    int64_t overrun = -EINVAL;
    bool irq;

    if (!pt)
        return -EINVAL;
    irq = spin_lock_irqsave(&pt->lock);
    p = find_locked(pt, (int32_t)a[0]);
    if (p)
        overrun = p->overrun;
    spin_unlock_irqrestore(&pt->lock, irq);
    return overrun;
}
