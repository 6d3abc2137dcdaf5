/* SPDX-License-Identifier: BSD-2-Clause */
/* What the native engine costs, without a kernel above it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "guest.h"
#include "hostsim/user/mapper.h"
#include "hostsim/user/native.h"
#include "hostsim/user/space.h"

PIECE(calls);
PIECE(touch);
PIECE(spin);

static double now_us(void)
{
    return (double)hal_time_ns() / 1000.0;
}

static void guest_finish(struct guest *g, bool patch)
{
    struct hal_trap trap;

    guest_run(g, &g->user, &trap, patch, 0);
    if (trap.kind == HAL_TRAP_SYSCALL)
        return;
    fprintf(stderr, "trap %d at %#lx, address %#lx\n", trap.kind,
            (unsigned long)g->user.regs.rip, (unsigned long)trap.addr);
    exit(1);
}

static void bench_calls(bool patch, uint64_t count)
{
    struct guest g;
    double best = 1e9;

    guest_start(&g, &calls, 0);
    for (int round = 0; round < 7; round++) {
        double start;
        g.user.regs.rip = GUEST_CODE;
        g.user.regs.rbx = count;
        start = now_us();
        guest_finish(&g, patch);
        double each = (now_us() - start) / (double)count;
        best = each < best ? each : best;
    }
    printf("%-34s %9.3f us\n", patch ? "null call, patched" : "null call, trapped", best);
    guest_stop(&g);
}

static void bench_faults(uint64_t stride_pages, const char *name)
{
    enum { PAGES = 1024 };
    struct guest g;
    double best = 1e9;
    uint64_t count = PAGES / stride_pages;

    guest_start(&g, &touch, 0);
    for (uint64_t i = 0; i < PAGES; i++)
        fake_map(g.root, GUEST_DATA + i * HAL_PAGE_SIZE, fake_page(),
                 HAL_READ | HAL_WRITE, false);
    for (int round = 0; round < 5; round++) {
        double start;
        native_flush(g.space, GUEST_DATA, PAGES * HAL_PAGE_SIZE);
        for (uint64_t i = 0; i < PAGES; i++) {
            uint64_t pa = fake_page(); /* another frame, so that the flush must drop it */
            fake_map(g.root, GUEST_DATA + i * HAL_PAGE_SIZE, pa, HAL_READ | HAL_WRITE,
                     false);
            memset(fake_virt(pa), 0, HAL_PAGE_SIZE);
        }
        native_flush(g.space, GUEST_DATA, PAGES * HAL_PAGE_SIZE);
        g.user.regs.rip = GUEST_CODE;
        g.user.regs.rbx = count;
        g.user.regs.r12 = GUEST_DATA;
        g.user.regs.r13 = stride_pages * HAL_PAGE_SIZE;
        start = now_us();
        guest_finish(&g, false);
        double each = (now_us() - start) / (double)count;
        best = each < best ? each : best;
    }
    printf("%-34s %9.3f us\n", name, best);
    guest_stop(&g);
}

/* A fault that the core resolves: run, get the fault, map, run. */
static void bench_core_faults(void)
{
    enum { PAGES = 1024 };
    struct guest g;
    struct hal_trap trap;
    double start;

    guest_start(&g, &touch, 0);
    g.user.regs.rbx = PAGES;
    g.user.regs.r12 = GUEST_DATA;
    g.user.regs.r13 = HAL_PAGE_SIZE;
    start = now_us();
    for (;;) {
        hal_user_run(&g.user, &trap);
        if (trap.kind == HAL_TRAP_SYSCALL)
            break;
        fake_map(g.root, trap.addr & ~(HAL_PAGE_SIZE - 1ull), fake_page(),
                 HAL_READ | HAL_WRITE, true);
    }
    printf("%-34s %9.3f us\n", "fault that the core resolves",
           (now_us() - start) / PAGES);
    guest_stop(&g);
}

static void bench_preempt(void)
{
    enum { ROUNDS = 200 };
    struct guest g;
    struct hal_trap trap;
    double sum = 0, worst = 0;

    guest_start(&g, &spin, 0);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t at = hal_time_ns() + 1000000;
        fake_timer(at);
        hal_user_run(&g.user, &trap);
        double late = (double)(hal_time_ns() - at) / 1000.0;
        sum += late;
        worst = late > worst ? late : worst;
        fake_irq_ack();
    }
    printf("%-34s %9.3f us, worst %.0f\n", "timer to kernel, busy guest", sum / ROUNDS,
           worst);
    guest_stop(&g);
}

static void bench_switch(void)
{
    enum { ROUNDS = 5000 };
    struct guest a, b;
    struct hal_trap trap;
    double start;

    guest_start(&a, &calls, 0);
    guest_start(&b, &calls, 0);
    a.user.regs.rbx = b.user.regs.rbx = 1000000;
    start = now_us();
    for (int i = 0; i < ROUNDS; i++) {
        hal_user_run(&a.user, &trap);
        hal_user_run(&b.user, &trap);
    }
    printf("%-34s %9.3f us\n", "switch to another space and back",
           (now_us() - start) / ROUNDS);
    guest_stop(&a);
    guest_stop(&b);
}

static void bench_orders(void)
{
    enum { ROUNDS = 5000 };
    struct guest g;
    double start;

    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 1;
    guest_finish(&g, false);
    start = now_us();
    for (int i = 0; i < ROUNDS; i++)
        if (mapper_commit(&space_get(g.space)->mapper, 0) != 0)
            exit(1);
    printf("%-34s %9.3f us\n", "empty order to the mapper", (now_us() - start) / ROUNDS);
    guest_stop(&g);
}

static void bench_spaces(void)
{
    enum { ROUNDS = 300 };
    struct guest g;
    double start = now_us();

    for (int i = 0; i < ROUNDS; i++) {
        guest_start(&g, &calls, 0);
        g.user.regs.rbx = 1;
        guest_finish(&g, false);
        guest_stop(&g);
    }
    printf("%-34s %9.3f us\n", "space: create, two calls, destroy",
           (now_us() - start) / ROUNDS);
}

static void bench_threads(void)
{
    enum { THREADS = 200 };
    static struct hal_user users[THREADS];
    struct guest g;
    double start;

    guest_start(&g, &calls, 0);
    start = now_us();
    for (int i = 0; i < THREADS; i++)
        if (hal_user_init(&users[i], g.space, NULL) != 0)
            exit(1);
    printf("%-34s %9.3f us\n", "new thread", (now_us() - start) / THREADS);
    for (int i = 0; i < THREADS; i++)
        hal_user_fini(&users[i]);
    guest_stop(&g);
}

int main(int argc, char **argv)
{
    double start = now_us();

    fake_init(argc < 2 || strcmp(argv[1], "--no-spin") != 0);
    printf("%-34s %9.3f us\n", "engine start", now_us() - start);
    bench_calls(false, 20000);
    bench_calls(true, 200000);
    bench_faults(16, "TLB fault, 16 pages each");
    bench_faults(1, "TLB fault, per page of a run");
    bench_core_faults();
    bench_preempt();
    bench_switch();
    bench_threads();
    bench_orders();
    bench_spaces();
    native_fini();
    return 0;
}
