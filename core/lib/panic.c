/* SPDX-License-Identifier: BSD-2-Clause */
/* Panic: nothing here waits for a lock, or allocates. */
#include "lib/panic.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/format.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define PANIC_MSG_BYTES     4096
#define PANIC_LINE_BYTES    512
#define PANIC_FRAMES_MAX    48
#define PANIC_REGISTERS_MAX 48
#define PANIC_STOP_NS       UINT64_C(10000000) /* for the other CPUs to stop */
#define PANIC_DEPTH_MAX     (PANIC_PARTS_MAX + 4u)
#define PANIC_NO_CPU        0u

struct panic_part {
    const char *name;
    void (*print)(void);
};

static uint32_t panic_cpu;     /* atomic; PANIC_NO_CPU, else 1 + the CPU that reports */
static uint32_t panic_stopped; /* atomic; CPUs that wait for the halt */
static void (*panic_handler)(const char *msg);
static void (*panic_flush)(void);
static struct panic_part parts[PANIC_PARTS_MAX];
static uint32_t part_count; /* atomic */

/* Of the CPU that reports. */
static uint32_t panic_step;  /* the part that comes next */
static uint32_t panic_depth; /* panics in the report */
static const char *panic_doing;
static uint64_t panic_pc[PANIC_FRAMES_MAX];
static size_t panic_frames;
static bool panic_pc_exact; /* the first is no return address: a fault */
static char panic_msg[PANIC_MSG_BYTES], panic_again_msg[PANIC_LINE_BYTES];

void panic_set_handler(void (*handler)(const char *msg))
{
    atomic_store_release(&panic_handler, handler);
}

void panic_set_flush(void (*flush)(void))
{
    atomic_store_release(&panic_flush, flush);
}

void panic_add_part(const char *name, void (*print)(void))
{
    uint32_t n = part_count;

    kassert(n < PANIC_PARTS_MAX);
    parts[n] = (struct panic_part){name, print};
    atomic_store_release(&part_count, n + 1);
}

bool panic_in_progress(void)
{
    return atomic_load_relaxed(&panic_cpu) != PANIC_NO_CPU;
}

void panic_reset(void)
{
    panic_step = 0;
    panic_depth = 0;
    panic_frames = 0;
    part_count = 0;
    atomic_store(&panic_stopped, 0);
    atomic_store_release(&panic_cpu, PANIC_NO_CPU);
}

static void panic_print(const char *text)
{
    (void)hal_console_write(HAL_STREAM_LOG, text, strlen(text));
}

void panic_printf(const char *fmt, ...)
{
    char line[PANIC_LINE_BYTES];
    va_list ap;

    va_start(ap, fmt);
    kvsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    panic_print(line);
}

/* ---- the other CPUs ---- */

static _Noreturn void panic_stop(void)
{
    atomic_inc(&panic_stopped);
    for (;;)
        hal_cpu_relax();
}

void panic_check(void)
{
    uint32_t reporter = atomic_load_relaxed(&panic_cpu);

    if (likely(reporter == PANIC_NO_CPU))
        return;
    if (reporter != 1 + (uint32_t)hal_cpu_id())
        panic_stop();
    kpanic("the report would wait for another CPU");
}

/* What the report shows should not change meanwhile.  A CPU that does not stop, because it has
 * interrupts masked for ever, is not waited for.  Not hal_cpu_relax(): where CPUs take turns on
 * one host thread the others are to stay as they are. */
static void panic_stop_others(void)
{
    unsigned count = hal_bootinfo()->cpu_count;
    unsigned self = hal_cpu_id();
    uint64_t end_ns = hal_time_ns() + PANIC_STOP_NS;

    for (unsigned cpu = 0; cpu < count; cpu++) {
        if (cpu != self)
            hal_ipi_send(cpu);
    }
    while (atomic_load(&panic_stopped) + 1 < count && hal_time_ns() < end_ns)
        continue;
}

/* ---- the report ---- */

static void print_log(void)
{
    void (*flush)(void) = atomic_load_acquire(&panic_flush);

    if (flush != NULL)
        flush();
}

static void print_reason(void)
{
    panic_print("kernel panic: ");
    panic_print(panic_msg);
    panic_print("\n");
}

static void print_registers(void)
{
    struct hal_register regs[PANIC_REGISTERS_MAX];
    size_t count = hal_registers(regs, ARRAY_SIZE(regs));

    if (count > 0)
        panic_printf("registers of CPU %u:\n", hal_cpu_id());
    for (size_t i = 0; i < count; i++)
        panic_printf("  %-6s %016lx%s", regs[i].name, regs[i].value,
                     i % 3 == 2 || i + 1 == count ? "\n" : "");
}

static void print_stack(void)
{
    panic_print("backtrace:\n");
    for (size_t i = 0; i < panic_frames; i++) {
        bool after_call = i > 0 || !panic_pc_exact;
        char name[PANIC_LINE_BYTES / 2];

        if (hal_symbol(panic_pc[i], after_call, name, sizeof(name)) == 0)
            name[0] = '\0';
        panic_printf("  %#018lx %s\n", panic_pc[i], name);
    }
}

static const struct panic_part own_parts[] = {
    {"the log", print_log},
    {"the reason", print_reason},
    {"the registers", print_registers},
    {"the stack", print_stack},
};

static const struct panic_part *part_take(void)
{
    uint32_t step = panic_step++;

    if (step < ARRAY_SIZE(own_parts))
        return &own_parts[step];
    step -= ARRAY_SIZE(own_parts);
    return step < atomic_load_acquire(&part_count) ? &parts[step] : NULL;
}

static _Noreturn void panic_report(void)
{
    const struct panic_part *part;

    while ((part = part_take()) != NULL) {
        panic_doing = part->name;
        part->print();
    }
    panic_doing = "how to halt";
    hal_halt(HAL_HALT_PANIC, PANIC_EXIT_STATUS);
}

/* ---- panicking ---- */

/* The right to report.  True: this CPU has it already and has panicked again. */
static bool panic_claim(void)
{
    uint32_t self = 1 + (uint32_t)hal_cpu_id();
    uint32_t expected = PANIC_NO_CPU;

    if (atomic_cmpxchg(&panic_cpu, &expected, self))
        return false;
    if (expected != self)
        panic_stop();
    return true;
}

static _Noreturn void panic_again(const char *fmt, va_list ap)
{
    const char *doing = panic_doing != NULL ? panic_doing : "nothing yet";

    if (panic_depth++ > PANIC_DEPTH_MAX) /* not even this can be printed */
        hal_halt(HAL_HALT_PANIC, PANIC_EXIT_STATUS);
    kvsnprintf(panic_again_msg, sizeof(panic_again_msg), fmt, ap);
    panic_printf("\nkernel panic: again, while reporting %s: ", doing);
    panic_print(panic_again_msg);
    panic_print("\n");
    panic_report();
}

/* The stack from whoever called kpanic(), which returns to `site`, or from its fault on. */
static void panic_note_stack(const void *site)
{
    size_t own = 0;

    panic_frames = hal_backtrace_cpu(hal_cpu_id(), panic_pc, ARRAY_SIZE(panic_pc));
    while (own < panic_frames && panic_pc[own] != (uintptr_t)site)
        own++;
    panic_pc_exact = own == panic_frames;
    if (panic_pc_exact)
        return;
    panic_frames -= own;
    memmove(panic_pc, panic_pc + own, panic_frames * sizeof(panic_pc[0]));
}

static _Noreturn void panic_first(const char *fmt, va_list ap)
{
    void (*handler)(const char *msg) = atomic_load_acquire(&panic_handler);

    kvsnprintf(panic_msg, sizeof(panic_msg), fmt, ap);
    if (handler != NULL)
        handler(panic_msg);
    spin_set_points(false);
    panic_stop_others();
    panic_report();
}

void kpanic(const char *fmt, ...)
{
    va_list ap;

    (void)hal_irq_save();
    va_start(ap, fmt);
    if (panic_claim())
        panic_again(fmt, ap);
    panic_note_stack(__builtin_return_address(0));
    panic_first(fmt, ap);
}

void kpanic_assert(const char *file, int line, const char *expr)
{
    kpanic("%s:%d: assertion failed: %s", file, line, expr);
}
