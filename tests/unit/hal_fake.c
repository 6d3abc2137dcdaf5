/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine of the unit tests; see the header. */
#include "hal_fake.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <ucontext.h>

#include "lib/base.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(addr, len)   ((void)(addr), (void)(len))
#define __asan_unpoison_memory_region(addr, len) ((void)(addr), (void)(len))
#endif

#define CONSOLE_BYTES   (1u << 20)
#define CONTEXTS_MAX    8192
#define FRAME_BYTES_MAX (1u << 20) /* further apart, two frames are not of one stack */

struct fake_cpu {
    bool masked;
    bool ipi_pending;
    uint64_t irq_pending; /* bit per line */
    uint64_t deadline;
};

static uint8_t ram[HAL_FAKE_RAM_BYTES] __attribute__((aligned(HAL_PAGE_SIZE)));
static struct fake_cpu cpus[HAL_CPUS_MAX];
static __thread unsigned cpu_id;
static uint64_t time_base, time_added, space_loaded;
static pthread_mutex_t console_mutex = PTHREAD_MUTEX_INITIALIZER;
static void (*console_hook)(void);
static char console_out[CONSOLE_BYTES];
static size_t console_len;
static uint8_t console_in[CONSOLE_BYTES];
static size_t console_in_len, console_in_taken;
static struct hal_fake_counts counts;
static bool halt_expected;

jmp_buf hal_fake_halt_jump;
enum hal_halt hal_fake_halt_why;
int hal_fake_halt_status;

static const struct hal_bootinfo bootinfo_default = {
    .ram = {{HAL_FAKE_RAM_BASE, HAL_FAKE_RAM_BYTES}},
    .ram_count = 1,
    .cpu_count = 1,
    .mmu = HAL_MMU_X86_64,
    .seed = 1,
    .user_min = 0x10000,
    .user_max = UINT64_C(0x7fffffff0000),
    .kstack_bytes = 64 * 1024,
    .cmdline = "",
};
static struct hal_bootinfo bootinfo;

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "fake machine: %s\n%s", why, hal_fake_console());
    abort();
}

/* ---- for tests ---- */

static uint64_t host_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static __attribute__((constructor)) void power_on(void)
{
    hal_fake_reset(false);
}

void hal_fake_reset(bool clear_ram)
{
    __asan_unpoison_memory_region(ram, sizeof(ram));
    if (clear_ram)
        memset(ram, 0, sizeof(ram));
    memset(&counts, 0, sizeof(counts));
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++)
        cpus[i] = (struct fake_cpu){.deadline = HAL_NEVER};
    bootinfo = bootinfo_default;
    cpu_id = 0;
    time_base = host_ns();
    time_added = 0;
    space_loaded = 0;
    console_in_len = console_in_taken = 0;
    halt_expected = false;
    console_hook = NULL;
    hal_fake_console_clear();
}

void hal_fake_set_cpu(unsigned cpu)
{
    kassert(cpu < HAL_CPUS_MAX);
    cpu_id = cpu;
}

void hal_fake_advance(uint64_t ns)
{
    time_added += ns;
}

void hal_fake_raise(unsigned irq)
{
    cpus[cpu_id].irq_pending |= UINT64_C(1) << irq;
}

const char *hal_fake_console(void)
{
    console_out[console_len] = '\0';
    return console_out;
}

void hal_fake_console_clear(void)
{
    console_len = 0;
}

void hal_fake_console_hook(void (*hook)(void))
{
    console_hook = hook;
}

void hal_fake_type(const void *data, size_t len)
{
    kassert(console_in_len + len <= sizeof(console_in));
    memcpy(console_in + console_in_len, data, len);
    console_in_len += len;
}

struct hal_bootinfo *hal_fake_bootinfo(void)
{
    return &bootinfo;
}

struct hal_fake_counts *hal_fake_counts(void)
{
    return &counts;
}

uint64_t hal_fake_space(void)
{
    return space_loaded;
}

void hal_fake_expect_halt(bool expected)
{
    halt_expected = expected;
}

/* ---- machine ---- */

const struct hal_bootinfo *hal_bootinfo(void)
{
    return &bootinfo;
}

_Noreturn void hal_halt(enum hal_halt why, int status)
{
    hal_fake_halt_why = why;
    hal_fake_halt_status = status;
    if (!halt_expected)
        die("halted");
    cpus[cpu_id].masked = false;
    longjmp(hal_fake_halt_jump, 1);
}

void hal_entropy(void *buf, size_t len)
{
    if (getrandom(buf, len, 0) != (ssize_t)len)
        die("no entropy");
}

void hal_mem_mark(const void *addr, size_t len, enum hal_mem state)
{
    if (state == HAL_MEM_FREE || state == HAL_MEM_BLOCK_FREE)
        __asan_poison_memory_region(addr, len);
    else
        __asan_unpoison_memory_region(addr, len);
}

int hal_console_write(enum hal_stream stream, const void *buf, size_t len)
{
    (void)stream;
    if (console_hook != NULL)
        console_hook();
    pthread_mutex_lock(&console_mutex);
    len = MIN(len, CONSOLE_BYTES - 1 - console_len);
    memcpy(console_out + console_len, buf, len);
    console_len += len;
    pthread_mutex_unlock(&console_mutex);
    return 0;
}

int hal_console_read(void *buf, size_t len)
{
    len = MIN(len, console_in_len - console_in_taken);
    memcpy(buf, console_in + console_in_taken, len);
    console_in_taken += len;
    return (int)len;
}

void hal_console_size(uint16_t *rows, uint16_t *cols)
{
    *rows = 25;
    *cols = 80;
}

uint64_t hal_time_ns(void)
{
    return host_ns() - time_base + time_added;
}

uint64_t hal_wall_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec + time_added;
}

uint64_t hal_cycles(void)
{
    return host_ns();
}

void hal_timer_set(uint64_t deadline_ns)
{
    cpus[cpu_id].deadline = deadline_ns;
}

/* ---- CPUs and interrupts ---- */

#pragma weak core_on_irq
#pragma weak core_on_timer
#pragma weak core_on_ipi
#pragma weak core_irq_exit

unsigned hal_cpu_id(void)
{
    return cpu_id;
}

int hal_cpu_start(unsigned cpu)
{
    (void)cpu;
    return -EINVAL;
}

void hal_cpu_relax(void)
{
    sched_yield();
}

void hal_point(void)
{
    counts.points++;
}

void hal_trace(unsigned id, uint64_t a, uint64_t b, uint64_t c)
{
    counts.trace_last[0] = id;
    counts.trace_last[1] = a;
    counts.trace_last[2] = b;
    counts.trace_last[3] = c;
    counts.traced++;
}

void hal_ipi_send(unsigned cpu)
{
    counts.ipis[cpu]++;
    cpus[cpu].ipi_pending = true;
}

static bool timer_due(const struct fake_cpu *cpu)
{
    return cpu->deadline != HAL_NEVER && hal_time_ns() >= cpu->deadline;
}

static bool pending(const struct fake_cpu *cpu)
{
    return cpu->ipi_pending || cpu->irq_pending != 0 || timer_due(cpu);
}

static void take_irqs(struct fake_cpu *cpu)
{
    while (cpu->irq_pending != 0) {
        unsigned irq = (unsigned)__builtin_ctzll(cpu->irq_pending);

        cpu->irq_pending &= cpu->irq_pending - 1;
        if (core_on_irq)
            core_on_irq(irq);
    }
}

/* Interrupts are masked.  A handler may switch contexts, and so to another state of
 * things: `cpu` is looked at anew each time. */
static void deliver(void)
{
    struct fake_cpu *cpu = &cpus[cpu_id];

    if (timer_due(cpu)) {
        cpu->deadline = HAL_NEVER;
        if (core_on_timer)
            core_on_timer();
    }
    if (cpu->ipi_pending) {
        cpu->ipi_pending = false;
        if (core_on_ipi)
            core_on_ipi();
    }
    take_irqs(cpu);
}

/* ---- reports ---- */

size_t hal_registers(struct hal_register *out, size_t max)
{
    kassert(max >= 1);
    out[0] = (struct hal_register){"fake", 42};
    return 1;
}

/* Frames start with the caller's frame pointer and the return address. */
__attribute__((no_sanitize("address"))) size_t hal_backtrace_cpu(unsigned cpu,
                                                                 uint64_t *pc, size_t max)
{
    const uint64_t *fp = __builtin_frame_address(0);
    size_t n = 0;

    while (cpu == cpu_id && n < max && fp[1] != 0) {
        const uint64_t *up = (const uint64_t *)(uintptr_t)fp[0];

        pc[n++] = fp[1];
        if (up <= fp || (uintptr_t)up - (uintptr_t)fp > FRAME_BYTES_MAX)
            break;
        fp = up;
    }
    return n;
}

size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max)
{
    (void)ctx, (void)pc, (void)max;
    return 0;
}

/* One symbol, at one address. */
size_t hal_symbol(uint64_t pc, bool after_call, char *buf, size_t len)
{
    if (pc != HAL_FAKE_SYMBOL)
        return 0;
    return (size_t)snprintf(buf, len, "fake_symbol%s", after_call ? "+0x1" : "");
}

bool hal_irq_save(void)
{
    bool unmasked = !cpus[cpu_id].masked;

    cpus[cpu_id].masked = true;
    return unmasked;
}

void hal_irq_restore(bool unmasked)
{
    if (!unmasked)
        return;
    while (pending(&cpus[cpu_id])) {
        cpus[cpu_id].masked = true;
        deliver();
        if (core_irq_exit)
            core_irq_exit();
    }
    cpus[cpu_id].masked = false;
}

bool hal_irq_masked(void)
{
    return cpus[cpu_id].masked;
}

void hal_irq_enable_line(unsigned irq)
{
    (void)irq;
}

/* Nobody else runs: the next thing to happen is the timer. */
void hal_cpu_wait(void)
{
    struct fake_cpu *cpu = &cpus[cpu_id];

    kassert(cpu->masked);
    if (!pending(cpu)) {
        if (cpu->deadline == HAL_NEVER)
            die("waits for an interrupt that cannot come");
        time_added += cpu->deadline - hal_time_ns();
    }
    deliver();
}

/* ---- contexts: a host context each, named by `tag` ---- */

struct fake_context {
    ucontext_t uc;
    void (*entry)(void *);
    void *arg;
};

static struct fake_context *contexts[CONTEXTS_MAX]; /* 0 is nobody */

static struct fake_context *context_of(struct hal_context *ctx)
{
    if (ctx->tag == 0) {
        for (ctx->tag = 1; contexts[ctx->tag] != NULL; ctx->tag++)
            kassert(ctx->tag + 1 < CONTEXTS_MAX);
        contexts[ctx->tag] = calloc(1, sizeof(struct fake_context));
    }
    return contexts[ctx->tag];
}

static void context_main(unsigned tag)
{
    contexts[tag]->entry(contexts[tag]->arg);
    die("a context's entry returned");
}

void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg)
{
    struct fake_context *fc;

    *ctx = (struct hal_context){0};
    fc = context_of(ctx);
    fc->entry = entry;
    fc->arg = arg;
    getcontext(&fc->uc);
    fc->uc.uc_stack.ss_sp = stack;
    fc->uc.uc_stack.ss_size = len;
    fc->uc.uc_link = NULL;
    makecontext(&fc->uc, (void (*)(void))context_main, 1, (unsigned)ctx->tag);
}

void hal_context_switch(struct hal_context *from, struct hal_context *to)
{
    kassert(cpus[cpu_id].masked && to->tag != 0);
    swapcontext(&context_of(from)->uc, &contexts[to->tag]->uc);
}

void hal_context_fini(struct hal_context *ctx)
{
    if (ctx->tag == 0)
        return;
    free(contexts[ctx->tag]);
    contexts[ctx->tag] = NULL;
    ctx->tag = 0;
}

/* ---- memory and address spaces ---- */

uint64_t hal_direct_map_offset(void)
{
    return (uint64_t)(uintptr_t)ram - HAL_FAKE_RAM_BASE;
}

void *hal_stack_map(uint64_t pa)
{
    return (void *)(uintptr_t)(pa + hal_direct_map_offset());
}

uint64_t hal_stack_unmap(void *stack)
{
    return (uint64_t)(uintptr_t)stack - hal_direct_map_offset();
}

#define WEAK __attribute__((weak))

WEAK int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    (void)parent;
    *space = root_pa;
    return 0;
}

WEAK void hal_space_destroy(uint64_t space)
{
    kassert(space != space_loaded);
}

WEAK void hal_space_load(uint64_t space)
{
    space_loaded = space;
}

WEAK void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    (void)space, (void)va, (void)len;
    counts.tlb_flushes++;
}

WEAK void hal_exec_sync(uint64_t pa)
{
    counts.exec_syncs++;
    counts.exec_synced = pa;
}

WEAK size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    (void)dst, (void)src, (void)len;
    die("hal_user_read");
}

WEAK size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    (void)dst, (void)src, (void)len;
    die("hal_user_write");
}

WEAK int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired,
                            uint32_t *old)
{
    (void)va, (void)expected, (void)desired, (void)old;
    die("hal_user_cmpxchg32");
}

/* ---- user mode ---- */

WEAK int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    (void)from;
    memset(u, 0, sizeof(*u));
    u->space = space;
    return 0;
}

WEAK void hal_user_fini(struct hal_user *u)
{
    (void)u;
}

WEAK void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    (void)u, (void)trap;
    die("hal_user_run");
}

WEAK size_t hal_user_fpu_bytes(void)
{
    return 0;
}

WEAK void hal_user_fpu_get(struct hal_user *u, void *buf)
{
    (void)u, (void)buf;
    die("hal_user_fpu_get");
}

WEAK int hal_user_fpu_set(struct hal_user *u, const void *buf)
{
    (void)u, (void)buf;
    die("hal_user_fpu_set");
}
