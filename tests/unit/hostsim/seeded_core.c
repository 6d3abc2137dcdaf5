/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel threads on the real scheduler, and no more of the core: the kernel command line names
 * what they do. */
#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/panic.h"
#include "lib/preempt.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wait.h"
#include "trace/event.h"
#include "trace/log.h"

#define THREADS 6u
#define ROUNDS  60u
#define LOOPS   3000u

TRACEPOINT_DEFINE(test_step, "thread round:d");

static struct spinlock lock = SPINLOCK_INIT("test.lock");
static struct mutex mutex;
static struct wait_queue done_wait = WAIT_QUEUE_INIT(done_wait);
static uint32_t done, shared, flag; /* atomic; shared: under `lock` */

/* ---- what a thread does ---- */

static void add_slowly(void)
{
    bool irq = spin_lock_irqsave(&lock);
    uint32_t before = shared;

    for (int i = 0; i < 3; i++)
        hal_cpu_relax(); /* others run into the lock */
    shared = before + 1;
    spin_unlock_irqrestore(&lock, irq);
}

static void contend(unsigned self)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        trace_event(test_step, self, i, 0);
        add_slowly();
        if (i % 4 == self % 4) {
            mutex_lock(&mutex);
            if (i % 8 == 0)
                thread_yield();
            mutex_unlock(&mutex);
        }
    }
}

static void sleep_often(unsigned self)
{
    for (unsigned i = 1; i <= 20; i++) {
        uint64_t at = hal_time_ns();

        if (thread_sleep(i * 100000 * (self + 1), NULL) != 0)
            kpanic("a sleep was interrupted");
        if (hal_time_ns() < at + i * 100000 * (self + 1))
            kpanic("a sleep was short");
        trace_event(test_step, self, i, 0);
    }
}

/* One half waits for the other without giving the CPU away; the scheduler has to. */
static void busy_loop(unsigned self)
{
    uint64_t until = hal_time_ns() + 20000000;

    for (unsigned i = 0; i < LOOPS; i++) {
        if (self % 2)
            atomic_inc(&flag);
        while (self % 2 == 0 && atomic_load(&flag) <= i) {
            preempt_disable();
            preempt_enable();
            hal_cpu_relax();
            hal_irq_restore(true);
        }
    }
    while (hal_time_ns() < until)
        ;
}

static void sleep_for_ever(unsigned self)
{
    (void)self;
    wait_event_uninterruptible(&done_wait, false);
}

static void fail_in_time(unsigned self)
{
    contend(self);
    if (self == 3)
        kpanic("as asked, with %u", shared);
}

static void read_console(unsigned self)
{
    uint8_t buf[16];
    int n;

    if (self)
        return;
    while ((n = hal_console_read(buf, sizeof(buf))) != HAL_CONSOLE_EOF) {
        if (n == 0)
            thread_yield();
        else if (hal_console_write(HAL_STREAM_OUT, buf, (size_t)n))
            kpanic("the console is gone");
    }
}

static void take_entropy(unsigned self)
{
    uint64_t r[2];

    hal_entropy(r, sizeof(r));
    trace_event(test_step, self, r[0] ^ r[1] ^ hal_wall_ns() ^ hal_cycles(), 0);
}

static const struct {
    const char *name;
    void (*run)(unsigned self);
} scenarios[] = {
    {"contend", contend},      {"timers", sleep_often}, {"busy", busy_loop},
    {"stuck", sleep_for_ever}, {"panic", fail_in_time}, {"console", read_console},
    {"entropy", take_entropy},
};

static void thread_main(void *arg)
{
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        if (lib_strcmp(scenarios[i].name, hal_bootinfo()->cmdline) == 0)
            scenarios[i].run((unsigned)(uintptr_t)arg);
    }
    atomic_inc(&done);
    wait_wake_all(&done_wait);
}

static void boot_thread(void *arg)
{
    (void)arg;
    sched_start_others();
    for (unsigned i = 0; i < THREADS; i++) {
        struct thread_params p = {
            .name = "worker", .entry = thread_main, .arg = (void *)(uintptr_t)i};
        struct thread *t;

        if (thread_create(&p, &t))
            kpanic("no memory");
        thread_start(t);
        thread_put(t);
    }
    wait_event_uninterruptible(&done_wait, atomic_load(&done) == THREADS);
    hal_halt(HAL_HALT_POWEROFF, shared == 0 || shared == THREADS * ROUNDS ? 0 : 9);
}

_Noreturn void core_main(void)
{
    struct thread_params p = {.name = "boot", .entry = boot_thread};
    struct thread *t;

    log_init();
    spin_set_points(hal_bootinfo()->points);
    if (hal_bootinfo()->trace)
        event_stream_start();
    frame_init();
    slab_init();
    sched_init();
    mutex_init(&mutex, "test.mutex");
    if (thread_create(&p, &t))
        kpanic("no memory");
    thread_start(t);
    thread_put(t);
    sched_start_cpu();
}

_Noreturn void core_cpu_main(void)
{
    sched_start_cpu();
}

void core_on_irq(unsigned irq)
{
    (void)irq;
}

_Noreturn void core_on_kernel_fault(const struct hal_fault *fault)
{
    kpanic("%s", fault->what);
}
