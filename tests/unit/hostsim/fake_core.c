/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tiny core: the kernel command line names a scenario, the exit status is 0 if the machine
 * behaved, or the line of the failed check modulo 256.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "hal/hal.h"

#define STACK_BYTES 65536u
#define ROUNDS      2000u

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition))                                                                \
            failed(#condition, __LINE__);                                                \
    } while (0)

static atomic_uint ipis[2], timers, irqs, exits;
static atomic_bool cpu1_up;

static void say(enum hal_stream stream, const char *text)
{
    hal_console_write(stream, text, strlen(text));
}

static _Noreturn void failed(const char *what, int line)
{
    char text[200];

    snprintf(text, sizeof(text), "line %d: %s\n", line, what);
    say(HAL_STREAM_ERR, text);
    hal_halt(HAL_HALT_POWEROFF, line % 256 ? line % 256 : 1);
}

static _Noreturn void done(void)
{
    hal_halt(HAL_HALT_POWEROFF, 0);
}

/* Sleep until `count` reaches `value`, taking interrupts. */
static void wait_for(atomic_uint *count, unsigned value)
{
    while (atomic_load(count) < value) {
        CHECK(hal_irq_masked());
        hal_cpu_wait();
        CHECK(hal_irq_masked());
        hal_irq_restore(true);
        CHECK(!hal_irq_masked());
        CHECK(hal_irq_save());
    }
}

/* ---- scenarios ---- */

static void hello(void)
{
    say(HAL_STREAM_OUT, "out\n");
    say(HAL_STREAM_ERR, "err\n");
    CHECK(hal_cpu_id() == 0);
    CHECK(hal_irq_masked() && !hal_irq_save());
    CHECK(hal_cpu_start(0) != 0 && hal_cpu_start(HAL_CPUS_MAX) != 0);
    hal_halt(HAL_HALT_POWEROFF, 42);
}

static void ipi_ping_pong(void)
{
    CHECK(hal_cpu_start(1) == 0);
    CHECK(hal_cpu_start(1) != 0);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        hal_ipi_send(1);
        wait_for(&ipis[0], i);
    }
    CHECK(atomic_load(&ipis[1]) == ROUNDS);
    done();
}

static void ipi_to_self(void)
{
    hal_ipi_send(0);
    CHECK(atomic_load(&ipis[0]) == 0); /* masked */
    hal_cpu_wait();                    /* returns at once */
    hal_irq_restore(true);
    CHECK(atomic_load(&ipis[0]) == 1 && atomic_load(&exits) == 1);
    hal_irq_restore(true);
    CHECK(atomic_load(&ipis[0]) == 1);
    done();
}

static void timer_while_asleep(void)
{
    uint64_t late;

    for (unsigned i = 1; i <= 20; i++) {
        uint64_t at = hal_time_ns() + i * 300000;

        hal_timer_set(at);
        wait_for(&timers, i);
        CHECK(hal_time_ns() >= at);
        late = hal_time_ns() - at;
        CHECK(late < 200000000);
    }
    done();
}

static void timer_while_busy(void)
{
    for (unsigned i = 1; i <= 20; i++) {
        uint64_t at = hal_time_ns() + i * 100000;

        hal_timer_set(at);
        while (atomic_load(&timers) < i) {
            hal_irq_restore(true);
            CHECK(hal_irq_save());
        }
        CHECK(hal_time_ns() >= at);
    }
    hal_timer_set(hal_time_ns() + 1000000);
    hal_timer_set(HAL_NEVER);
    for (uint64_t end = hal_time_ns() + 3000000; hal_time_ns() < end;) {
        hal_irq_restore(true);
        hal_irq_save();
    }
    CHECK(atomic_load(&timers) == 20);
    /* Once the clock was seen beyond the deadline, the very next unmasking delivers. */
    hal_timer_set(hal_time_ns() + 1000);
    for (uint64_t at = hal_time_ns() + 1000; hal_time_ns() < at;)
        hal_cpu_relax();
    hal_irq_restore(true);
    CHECK(atomic_load(&timers) == 21);
    done();
}

/* ---- a context that moves between CPUs inside an interrupt ---- */

static struct hal_context cpu_contexts[2], traveller;
static _Alignas(16) uint8_t traveller_stack[STACK_BYTES];
static atomic_uint hops; /* odd: the traveller belongs to CPU 1 */
static atomic_bool arrived;

static void travel(void *arg)
{
    CHECK(arg == &traveller && hal_irq_masked());
    for (;;) {
        unsigned hop = atomic_load(&hops);

        CHECK(hal_cpu_id() == hop % 2);
        if (hop == ROUNDS)
            done();
        hal_ipi_send(hal_cpu_id());
        hal_irq_restore(true); /* core_irq_exit() sends it to the other CPU in here */
        CHECK(!hal_irq_masked());
        CHECK(hal_irq_save());
        CHECK(atomic_load(&hops) == hop + 1);
    }
}

/* Run the traveller here whenever it is here; it comes back out of core_irq_exit(). */
static _Noreturn void host_traveller(unsigned cpu)
{
    for (;;) {
        while (!atomic_load(&arrived) || atomic_load(&hops) % 2 != cpu)
            hal_cpu_relax();
        atomic_store(&arrived, false);
        hal_context_switch(&cpu_contexts[cpu], &traveller);
        CHECK(hal_irq_masked() && hal_cpu_id() == cpu);
        /* Only now is its stack pointer saved. */
        atomic_fetch_add(&hops, 1);
        atomic_store(&arrived, true);
    }
}

static void migrate(void)
{
    hal_context_init(&traveller, traveller_stack, STACK_BYTES, travel, &traveller);
    CHECK(hal_cpu_start(1) == 0);
    atomic_store(&arrived, true);
    host_traveller(0);
}

/* ---- the rest ---- */

static void console_echo(void)
{
    static uint8_t buf[1000];

    hal_irq_enable_line(HAL_IRQ_CONSOLE);
    for (;;) {
        int n = hal_console_read(buf, sizeof(buf));

        if (n == HAL_CONSOLE_EOF)
            done();
        if (n > 0)
            CHECK(hal_console_write(HAL_STREAM_OUT, buf, (size_t)n) == 0);
        else
            wait_for(&irqs, atomic_load(&irqs) + 1);
    }
}

static void console_size(void)
{
    uint16_t rows, cols;
    char text[64];

    hal_irq_enable_line(HAL_IRQ_CONSOLE);
    for (int i = 0; i < 2; i++) {
        hal_console_size(&rows, &cols);
        snprintf(text, sizeof(text), "size %u %u\n", rows, cols);
        say(HAL_STREAM_OUT, text);
        wait_for(&irqs, atomic_load(&irqs) + 1);
    }
    say(HAL_STREAM_LOG, "log\n");
    done();
}

static void sleep_for_ever(void)
{
    say(HAL_STREAM_OUT, "ready\n");
    for (;;) {
        hal_cpu_wait();
        hal_irq_restore(true);
        hal_irq_save();
    }
}

static volatile uintptr_t nowhere = 0x10;

static int write_line;

static NOINLINE void write_to_nowhere(void)
{
    write_line = __LINE__ + 1;
    *(volatile int *)nowhere = 1;
}

static void epipe(void)
{
    for (int i = 0; i < 10; i++) {
        if (hal_console_write(HAL_STREAM_OUT, "x", 1))
            done();
    }
    CHECK(!"writing failed");
}

static void halt_on_cpu1(void)
{
    CHECK(hal_cpu_start(1) == 0);
    for (;;)
        hal_cpu_wait();
}

static void bootinfo(void)
{
    const struct hal_bootinfo *b = hal_bootinfo();
    const uint8_t *initrd = (const uint8_t *)(b->initrd.base + hal_direct_map_offset());

    CHECK(b->ram_count == 1 && b->cpu_count == 2);
    CHECK(b->ram[0].base == b->image.base + b->image.len);
    CHECK(b->ram[0].base + b->ram[0].len == b->initrd.base);
    CHECK(b->ram[0].base % HAL_PAGE_SIZE == 0 && b->initrd.base % HAL_PAGE_SIZE == 0);
    CHECK(b->initrd.len == 5 && memcmp(initrd, "12345", 5) == 0);
    CHECK((uint64_t)(uintptr_t)b->cmdline >= hal_direct_map_offset());
    done();
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"hello", hello},
    {"ipi", ipi_ping_pong},
    {"self", ipi_to_self},
    {"sleep-timer", timer_while_asleep},
    {"busy-timer", timer_while_busy},
    {"migrate", migrate},
    {"echo", console_echo},
    {"size", console_size},
    {"forever", sleep_for_ever},
    {"fault", write_to_nowhere},
    {"double-fault", write_to_nowhere},
    {"epipe", epipe},
    {"halt-cpu1", halt_on_cpu1},
    {"bootinfo", bootinfo},
};

static bool scenario_is(const char *name)
{
    return strcmp(hal_bootinfo()->cmdline, name) == 0;
}

_Noreturn void core_main(void)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (scenario_is(scenarios[i].name))
            scenarios[i].run();
    }
    hal_halt(HAL_HALT_PANIC, 0);
}

_Noreturn void core_cpu_main(void)
{
    CHECK(hal_cpu_id() == 1 && hal_irq_masked());
    atomic_store(&cpu1_up, true);
    if (scenario_is("halt-cpu1"))
        hal_halt(HAL_HALT_POWEROFF, 17);
    if (scenario_is("migrate"))
        host_traveller(1);
    for (unsigned i = 1;; i++) {
        wait_for(&ipis[1], i);
        hal_ipi_send(0);
    }
}

void core_on_irq(unsigned irq)
{
    CHECK(irq == HAL_IRQ_CONSOLE && hal_irq_masked() && hal_cpu_id() == 0);
    atomic_fetch_add(&irqs, 1);
}

void core_on_timer(void)
{
    CHECK(hal_irq_masked());
    atomic_fetch_add(&timers, 1);
}

void core_on_ipi(void)
{
    CHECK(hal_irq_masked());
    atomic_fetch_add(&ipis[hal_cpu_id()], 1);
}

void core_irq_exit(void)
{
    CHECK(hal_irq_masked());
    atomic_fetch_add(&exits, 1);
    if (scenario_is("migrate"))
        hal_context_switch(&traveller, &cpu_contexts[hal_cpu_id()]);
}

/* As a panic's report does. */
static void say_stack(void)
{
    struct hal_register regs[32];
    size_t registers = hal_registers(regs, 32);
    uint64_t pc[32];
    size_t count = hal_backtrace_cpu(hal_cpu_id(), pc, 32);
    char text[300], name[200];

    snprintf(text, sizeof(text), "written in fake_core.c:%d\n", write_line);
    say(HAL_STREAM_LOG, text);
    for (size_t i = 0; i < registers; i++) {
        snprintf(text, sizeof(text), "register %s=%llx\n", regs[i].name,
                 (unsigned long long)regs[i].value);
        say(HAL_STREAM_LOG, text);
    }
    for (size_t i = 0; i < count; i++) {
        if (hal_symbol(pc[i], i > 0, name, sizeof(name)) == 0)
            continue;
        snprintf(text, sizeof(text), "frame %s\n", name);
        say(HAL_STREAM_LOG, text);
    }
}

_Noreturn void core_on_kernel_fault(const struct hal_fault *fault)
{
    char text[200];

    snprintf(text, sizeof(text), "fault: %s at 0x%llx\n", fault->what,
             (unsigned long long)fault->addr);
    say(HAL_STREAM_LOG, text);
    say_stack();
    if (scenario_is("double-fault"))
        *(volatile int *)nowhere = 1;
    hal_halt(HAL_HALT_PANIC, 0);
}
