/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a panic's report that need more than lib. */
#include "init/panic_report.h"

#include "hal/hal.h"
#include "lib/lockdep.h"
#include "lib/panic.h"
#include "sched/sched.h"
#include "trace/log.h"

#define THREADS_MAX 200u /* lines */
#define LOG_LINES   20u
#define LINE_BYTES  400

static void print_held(const char *name, const void *site)
{
    panic_printf("    %s, taken at %pS\n", name, (void *)(uintptr_t)site);
}

static void locks_print(void)
{
    unsigned n = 0;

    for (unsigned cpu = 0; cpu < hal_bootinfo()->cpu_count; cpu++) {
        if (thread_on_cpu(cpu) == NULL)
            continue;
        panic_printf("locks held on CPU %u:\n", cpu);
        n = lockdep_describe(cpu, print_held);
        if (n == 0)
            panic_printf("    none\n");
    }
}

static void cpus_print(void)
{
    char line[LINE_BYTES];

    panic_printf("CPUs:\n");
    for (unsigned cpu = 0; cpu < hal_bootinfo()->cpu_count; cpu++) {
        struct thread *t = thread_on_cpu(cpu);

        if (t == NULL)
            continue;
        if (cpu == hal_cpu_id()) {
            panic_printf("  CPU %u: thread %u (%.16s): panicked, as above\n", cpu, t->id,
                         t->name);
            continue;
        }
        thread_describe(t, line, sizeof(line));
        panic_printf("  CPU %u: %s\n", cpu, line);
    }
}

static void thread_print(struct thread *t, void *arg)
{
    unsigned *n = arg;
    char line[LINE_BYTES];

    if (t == thread_on_cpu(t->cpu % HAL_CPUS_MAX) || (*n)++ >= THREADS_MAX)
        return;
    thread_describe(t, line, sizeof(line));
    panic_printf("  %s\n", line);
}

static void threads_print(void)
{
    unsigned n = 0;

    panic_printf("other threads:\n");
    thread_for_each(thread_print, &n);
    if (n > THREADS_MAX)
        panic_printf("  and %u more\n", n - THREADS_MAX);
}

static void log_print(void)
{
    panic_printf("the last %u lines of the log:\n", LOG_LINES);
    log_panic_tail(LOG_LINES);
}

void panic_report_init(void)
{
    panic_add_part("the locks", locks_print);
    panic_add_part("what each CPU does", cpus_print);
    panic_add_part("the threads", threads_print);
    panic_add_part("the end of the log", log_print);
}
