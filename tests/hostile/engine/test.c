/* SPDX-License-Identifier: BSD-2-Clause */
/* The native engine keeps the contract of hal.h. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "guest.h"
#include "hostsim/user/native.h"

#define RW (HAL_READ | HAL_WRITE)

PIECE(calls);
PIECE(touch);
PIECE(read_word);
PIECE(spin);
PIECE(state);
PIECE(calls_twice);
PIECE(exceptions);
PIECE(gs);
PIECE(bases);
PIECE(jump);

static void expect_end(const struct guest *g, const struct hal_trap *trap)
{
    assert_int_equal(trap->kind, HAL_TRAP_SYSCALL);
    assert_int_equal(g->user.regs.orig_rax, GUEST_END);
}

static void state_lives_through_a_call(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &state, 0);
    for (int i = 0; i < 40; i++) { /* trapped first, patched later */
        g.user.regs.rip = GUEST_CODE;
        guest_run(&g, &g.user, &trap, true, 0x1234);
        expect_end(&g, &trap);
    }
    guest_stop(&g);
}

static void registers_changed_by_the_core_arrive(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 100;
    guest_run(&g, &g.user, &trap, true, 0);
    expect_end(&g, &trap);
    /* In the fast path now: leave it for a different loop count in the middle. */
    g.user.regs.rip = GUEST_CODE;
    g.user.regs.rbx = 1000;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
    assert_int_equal(g.user.regs.orig_rax, 39);
    g.user.regs.rbx = 1;
    guest_run(&g, &g.user, &trap, true, 0);
    expect_end(&g, &trap);
    guest_stop(&g);
}

static void a_patched_site_works_at_each_entry(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls_twice, 0);
    for (int i = 0; i < 40; i++) {
        g.user.regs.rip = GUEST_CODE;
        g.user.regs.rbx = 2;
        /* Enters at the syscall instruction, then at the start twice, then there again. */
        for (int nr = 39; nr <= 41; nr += 1) {
            hal_user_run(&g.user, &trap);
            assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
            assert_int_equal(g.user.regs.orig_rax, nr);
            if (trap.patch_len != 0)
                guest_patch(&g, &trap);
            if (nr == 40 && g.user.regs.rbx == 2)
                nr--;
            g.user.regs.rax = 0;
        }
    }
    guest_stop(&g);
}

static void a_patched_call_can_be_restarted(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 100;
    guest_run(&g, &g.user, &trap, true, 0);
    g.user.regs.rip = GUEST_CODE;
    g.user.regs.rbx = 1;
    hal_user_run(&g.user, &trap);
    assert_int_equal(g.user.regs.orig_rax, 39);
    g.user.regs.rip -= 2;
    g.user.regs.rax = 77;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
    assert_int_equal(g.user.regs.orig_rax, 77);
    guest_run(&g, &g.user, &trap, true, 0);
    expect_end(&g, &trap);
    guest_stop(&g);
}

static void exceptions_are_told_apart(void **unused)
{
    static const enum hal_exception want[] = {
        HAL_EXC_ILLEGAL,    HAL_EXC_DIVIDE,     HAL_EXC_BREAKPOINT, HAL_EXC_PROTECTION,
        HAL_EXC_PROTECTION, HAL_EXC_PROTECTION, HAL_EXC_PROTECTION,
    };
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &exceptions, 0);
    for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        g.user.regs.rip = GUEST_CODE;
        g.user.regs.r12 = i;
        guest_run(&g, &g.user, &trap, false, 0);
        assert_int_equal(trap.kind, HAL_TRAP_EXCEPTION);
        if (i != 5) /* sysenter: not in 64-bit mode on AMD, a 32-bit call on Intel */
            assert_int_equal(trap.exception, want[i]);
    }
    guest_stop(&g);
}

static void the_trap_flag_steps_through_a_patched_call(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    bool called = false;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 100;
    guest_run(&g, &g.user, &trap, true, 0);
    g.user.regs.rip = GUEST_CODE;
    g.user.regs.rbx = 1;
    for (int i = 0; i < 8; i++) {
        g.user.regs.rflags |= 0x100;
        hal_user_run(&g.user, &trap);
        if (trap.kind == HAL_TRAP_SYSCALL && g.user.regs.orig_rax == GUEST_END)
            break;
        if (trap.kind == HAL_TRAP_SYSCALL) {
            assert_int_equal(g.user.regs.orig_rax, 39);
            called = true;
        } else {
            assert_int_equal(trap.kind, HAL_TRAP_EXCEPTION);
            assert_int_equal(trap.exception, HAL_EXC_STEP);
        }
    }
    assert_true(called);
    guest_stop(&g);
}

/* ---- memory ---- */

static void the_page_tables_decide(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    uint64_t pa = fake_page();

    (void)unused;
    guest_start(&g, &touch, 0);
    g.user.regs.rbx = 1;
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.access, HAL_WRITE);
    assert_int_equal(trap.addr, GUEST_DATA);

    fake_map(g.root, GUEST_DATA, pa, HAL_READ, false);
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.access, HAL_WRITE);

    fake_map(g.root, GUEST_DATA, pa, RW, true);
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_int_equal(*fake_virt(pa), 1);
    assert_true(fake_is_dirty(g.root, GUEST_DATA));

    /* No execution of data, nor of nothing. */
    g.user.regs.rip = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.access, HAL_EXEC);
    g.user.regs.rip = 0;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.addr, 0);
    guest_stop(&g);
}

static void a_clean_page_gets_dirty_by_writing_only(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    uint64_t pa = fake_page();

    (void)unused;
    guest_start(&g, &read_word, 0);
    fake_map(g.root, GUEST_DATA, pa, RW, true);
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_false(fake_is_dirty(g.root, GUEST_DATA));
    guest_load(&g, &touch);
    g.user.regs.r12 = GUEST_DATA;
    g.user.regs.rbx = 1;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_true(fake_is_dirty(g.root, GUEST_DATA));
    guest_stop(&g);
}

static void neighbours_are_mapped_with_their_own_rights(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &touch, 0);
    for (unsigned i = 0; i < 16; i++)
        if (i != 7)
            fake_map(g.root, GUEST_DATA + i * HAL_PAGE_SIZE, fake_page(),
                     i % 3 == 0 ? HAL_READ : RW, false);
    for (unsigned i = 0; i < 16; i++) {
        g.user.regs.rip = GUEST_CODE;
        g.user.regs.rbx = 1;
        g.user.regs.r12 = GUEST_DATA + i * HAL_PAGE_SIZE;
        hal_user_run(&g.user, &trap);
        if (i == 7 || i % 3 == 0)
            assert_int_equal(trap.kind, HAL_TRAP_FAULT);
        else
            expect_end(&g, &trap);
    }
    guest_stop(&g);
}

static void a_flush_takes_rights_and_frames_away(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    uint64_t pa = fake_page(), other = fake_page();

    (void)unused;
    guest_start(&g, &read_word, 0);
    fake_map(g.root, GUEST_DATA, pa, RW, false);
    *(uint64_t *)fake_virt(pa) = 1;
    *(uint64_t *)fake_virt(other) = 2;
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_int_equal(g.user.regs.rdi, 1);

    fake_map(g.root, GUEST_DATA, other, HAL_READ, false);
    native_flush(g.space, GUEST_DATA, HAL_PAGE_SIZE);
    g.user.regs.rip = GUEST_CODE;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_int_equal(g.user.regs.rdi, 2);

    fake_map(g.root, GUEST_DATA, 0, 0, false);
    native_flush(g.space, 0, UINT64_MAX);
    g.user.regs.rip = GUEST_CODE;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.access, HAL_READ);
    guest_stop(&g);
}

/* As fork does it: the frame stays, the right to write goes, the page is mapped still. */
static void a_flush_takes_only_what_the_tables_took(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    uint64_t pa = fake_page();

    (void)unused;
    guest_start(&g, &touch, 0);
    fake_map(g.root, GUEST_DATA, pa, RW, false);
    g.user.regs.rbx = 1;
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    fake_map(g.root, GUEST_DATA, pa, HAL_READ, false);
    native_flush(g.space, 0, UINT64_MAX);
    g.user.regs.rip = GUEST_CODE;
    g.user.regs.rbx = 1;
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_FAULT);
    assert_int_equal(trap.access, HAL_WRITE);
    guest_load(&g, &read_word);
    g.user.regs.r12 = GUEST_DATA;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    guest_stop(&g);
}

static void many_scattered_mappings_do_not_run_out(void **unused)
{
    enum { PAGES = 70000 };
    struct guest g;
    struct hal_trap trap;
    uint64_t pa[2] = {fake_page(), fake_page()};

    (void)unused;
    guest_start(&g, &touch, 0);
    for (uint64_t i = 0; i < PAGES; i++)
        fake_map(g.root, GUEST_DATA + i * 2 * HAL_PAGE_SIZE, pa[i % 2], RW, false);
    g.user.regs.rbx = PAGES;
    g.user.regs.r12 = GUEST_DATA;
    g.user.regs.r13 = 2 * HAL_PAGE_SIZE;
    guest_run(&g, &g.user, &trap, false, 0);
    expect_end(&g, &trap);
    for (uint64_t i = 2; i < PAGES; i++) /* or their frames would be freed twice */
        fake_map(g.root, GUEST_DATA + i * 2 * HAL_PAGE_SIZE, 0, 0, false);
    guest_stop(&g);
}

/* ---- interrupts ---- */

static void *irq_after_a_while(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    fake_irq((unsigned)(uintptr_t)arg);
    return NULL;
}

static void an_interrupt_stops_a_busy_guest(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    pthread_t thread;

    (void)unused;
    guest_start(&g, &spin, 0);
    for (int i = 0; i < 10; i++) {
        pthread_create(&thread, NULL, irq_after_a_while, NULL);
        hal_user_run(&g.user, &trap);
        assert_int_equal(trap.kind, HAL_TRAP_INTERRUPT);
        pthread_join(thread, NULL);
        fake_irq_ack();
        fake_timer(hal_time_ns() + 1000000);
        hal_user_run(&g.user, &trap);
        assert_int_equal(trap.kind, HAL_TRAP_INTERRUPT);
        fake_irq_ack();
    }
    assert_true(g.user.regs.rbx > 1000);
    guest_stop(&g);
}

static void *irq_storm(void *arg)
{
    cpu_set_t all;

    memset(&all, 0xff,
           sizeof(all)); /* not where the engine put the thread that made us */
    sched_setaffinity(0, sizeof(all), &all);
    while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED)) {
        fake_irq(0);
        for (int i = 0; i < 300; i++)
            __builtin_ia32_pause();
    }
    return NULL;
}

/* Interrupts at every point of the way in and out: no call is lost or made twice. */
static void interrupts_lose_no_call(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    pthread_t thread;
    bool stop = false;
    uint64_t calls_seen = 0;
    unsigned interrupts = 0;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = UINT64_MAX;
    pthread_create(&thread, NULL, irq_storm, &stop);
    while (interrupts < 2000 || calls_seen < 20000) {
        hal_user_run(&g.user, &trap);
        if (trap.kind == HAL_TRAP_INTERRUPT) {
            interrupts++;
            fake_irq_ack();
            continue;
        }
        assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
        assert_int_equal(g.user.regs.orig_rax, 39);
        assert_int_equal(g.user.regs.rbx, UINT64_MAX - calls_seen);
        calls_seen++;
        if (trap.patch_len != 0)
            guest_patch(&g, &trap);
        g.user.regs.rax = 0;
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    fake_irq_ack();
    guest_stop(&g);
}

/* ---- vector state, segment bases, forks ---- */

static void vector_state_is_copied_and_checked(void **unused)
{
    struct guest g, child;
    struct hal_trap trap;
    size_t len = hal_user_fpu_bytes();
    uint8_t *buf = malloc(len), *other = malloc(len);
    uint64_t xmm7;

    (void)unused;
    guest_start(&g, &state, 0);
    for (int i = 0; i < 40; i++) { /* in the slow and in the fast path */
        g.user.regs.rip = GUEST_CODE;
        hal_user_run(&g.user, &trap);
        if (trap.patch_len != 0)
            guest_patch(&g, &trap);
        hal_user_fpu_get(&g.user, buf);
        memcpy(&xmm7, buf + 160 + 7 * 16, sizeof(xmm7));
        assert_int_equal(xmm7, 0x5a5a);
    }
    guest_start(&child, &state, g.space);
    hal_user_fini(&child.user);
    assert_int_equal(hal_user_init(&child.user, child.space, &g.user), 0);
    hal_user_fpu_get(&child.user, other);
    assert_memory_equal(buf + 32, other + 32, 400);

    /* What is set arrives: the piece compares xmm7 after its call. */
    g.user.regs.rax = 0x1234;
    xmm7 = 1;
    memcpy(buf + 160 + 7 * 16, &xmm7, sizeof(xmm7));
    assert_int_equal(hal_user_fpu_set(&g.user, buf), 0);
    hal_user_run(&g.user, &trap);
    assert_int_equal(g.user.regs.orig_rax, GUEST_FAIL);

    memset(buf + 24, 0xff, 4); /* mxcsr */
    assert_int_equal(hal_user_fpu_set(&g.user, buf), -EINVAL);
    memcpy(buf, other, len);
    buf[520] = 1; /* xcomp_bv */
    assert_int_equal(hal_user_fpu_set(&g.user, buf), -EINVAL);
    memcpy(buf, other, len);
    memset(buf + 512, 0xff, 8); /* xstate_bv */
    assert_int_equal(hal_user_fpu_set(&g.user, buf), -EINVAL);
    free(buf);
    free(other);
    guest_stop(&child);
    guest_stop(&g);
}

static void a_gs_base_of_its_own_is_kept(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 100;
    guest_run(&g, &g.user, &trap, true, 0); /* patched by now */
    g.user.regs.rip = GUEST_CODE;
    g.user.regs.rbx = 50;
    g.user.regs.gs_base = 0x12345000;
    guest_run(&g, &g.user, &trap, true, 0);
    expect_end(&g, &trap);
    assert_int_equal(g.user.regs.gs_base, 0x12345000);
    guest_load(&g, &gs);
    g.user.regs.rbx = 50;
    g.user.regs.r13 = 0x777000;
    guest_run(&g, &g.user, &trap, true, 0);
    expect_end(&g, &trap);
    assert_int_equal(g.user.regs.rdi, 0x777000);
    assert_int_equal(g.user.regs.gs_base, 0x777000);
    guest_stop(&g);
}

static void the_thread_pointer_is_set_and_read(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &bases, 0);
    g.user.regs.fs_base = 0x1111000;
    hal_user_run(&g.user, &trap);
    expect_end(&g, &trap);
    assert_int_equal(g.user.regs.rdi, 0x1111000);
    assert_int_equal(g.user.regs.fs_base, 0x2222000); /* the piece has set it */
    guest_stop(&g);
}

static void a_forked_space_inherits_patched_sites(void **unused)
{
    struct guest g, child;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 100;
    guest_run(&g, &g.user, &trap, true, 0);
    guest_start(&child, &calls, g.space);
    memcpy(fake_virt(child.code_pa), fake_virt(g.code_pa), HAL_PAGE_SIZE);
    assert_memory_not_equal(fake_virt(child.code_pa), calls.begin, 7);
    child.user.regs.rbx = 100;
    guest_run(&child, &child.user, &trap, false, 0);
    expect_end(&child, &trap);
    guest_stop(&g);
    guest_stop(&child);
}

static void a_refused_patch_changes_nothing(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 5000;
    guest_run(&g, &g.user, &trap, false, 0);
    expect_end(&g, &trap);
    guest_stop(&g);
}

static void threads_of_a_space_share_it(void **unused)
{
    enum { THREADS = 40 };
    struct hal_user users[THREADS];
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &touch, 0);
    fake_map(g.root, GUEST_DATA, fake_page(), RW, false);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++)
            guest_thread(&g, &users[i]);
        for (int i = 0; i < THREADS; i++) {
            users[i].regs.rbx = 1;
            users[i].regs.r12 = GUEST_DATA + (uint64_t)i;
            guest_run(&g, &users[i], &trap, false, 0);
            assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
        }
        for (int i = 0; i < THREADS; i++)
            hal_user_fini(&users[i]);
    }
    guest_stop(&g);
}

struct cpu_job {
    struct guest *g;
    struct hal_user user;
    unsigned cpu;
    bool ok;
};

static void *cpu_main(void *arg)
{
    struct cpu_job *job = arg;
    struct hal_trap trap;

    fake_be_cpu(job->cpu);
    for (int i = 0; i < 200; i++) {
        job->user.regs.rip = GUEST_CODE;
        job->user.regs.rbx = 16;
        job->user.regs.r12 = GUEST_DATA + job->cpu * 16 * HAL_PAGE_SIZE;
        job->user.regs.r13 = HAL_PAGE_SIZE;
        guest_run(job->g, &job->user, &trap, false, 0);
        if (trap.kind != HAL_TRAP_SYSCALL)
            return NULL;
        native_flush(job->g->space, job->user.regs.r12 - 16 * HAL_PAGE_SIZE,
                     16 * HAL_PAGE_SIZE);
    }
    job->ok = true;
    return NULL;
}

static void cpus_run_and_flush_one_space_at_once(void **unused)
{
    enum { CPUS = 4 };
    struct cpu_job jobs[CPUS];
    pthread_t threads[CPUS];
    struct guest g;

    (void)unused;
    guest_start(&g, &touch, 0);
    for (unsigned i = 0; i < CPUS * 16; i++)
        fake_map(g.root, GUEST_DATA + i * HAL_PAGE_SIZE, fake_page(), RW, false);
    for (unsigned i = 0; i < CPUS; i++) {
        jobs[i] = (struct cpu_job){.g = &g, .cpu = i};
        guest_thread(&g, &jobs[i].user);
        pthread_create(&threads[i], NULL, cpu_main, &jobs[i]);
    }
    for (unsigned i = 0; i < CPUS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(jobs[i].ok);
        hal_user_fini(&jobs[i].user);
    }
    guest_stop(&g);
}

static void spaces_come_and_go(void **unused)
{
    struct guest g[20];
    struct hal_trap trap;

    (void)unused;
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 20; i++)
            guest_start(&g[i], &calls, 0);
        for (int i = 0; i < 20; i++) {
            g[i].user.regs.rbx = 3;
            guest_run(&g[i], &g[i].user, &trap, false, 0);
            expect_end(&g[i], &trap);
        }
        for (int i = 0; i < 20; i++)
            guest_stop(&g[i]);
    }
}

static void addresses_out_of_reach_fault(void **unused)
{
    static const uint64_t where[] = {0,
                                     NATIVE_USER_MIN - 1,
                                     0x60000,
                                     NATIVE_USER_MAX,
                                     0x7ffff0000000,
                                     0x7ffffffff000,
                                     0xffffffffff600000,
                                     0x800000000000};
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &jump, 0);
    for (unsigned i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
        guest_load(&g, &jump);
        g.user.regs.r12 = where[i];
        guest_run(&g, &g.user, &trap, false, 0);
        assert_true(trap.kind == HAL_TRAP_FAULT || trap.kind == HAL_TRAP_EXCEPTION);
        g.user.regs.rip = where[i];
        guest_run(&g, &g.user, &trap, false, 0);
        assert_true(trap.kind == HAL_TRAP_FAULT || trap.kind == HAL_TRAP_EXCEPTION);
    }
    guest_stop(&g);
}

int test_behaviour(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_lives_through_a_call),
        cmocka_unit_test(registers_changed_by_the_core_arrive),
        cmocka_unit_test(a_patched_site_works_at_each_entry),
        cmocka_unit_test(a_patched_call_can_be_restarted),
        cmocka_unit_test(exceptions_are_told_apart),
        cmocka_unit_test(the_trap_flag_steps_through_a_patched_call),
        cmocka_unit_test(the_page_tables_decide),
        cmocka_unit_test(a_clean_page_gets_dirty_by_writing_only),
        cmocka_unit_test(neighbours_are_mapped_with_their_own_rights),
        cmocka_unit_test(a_flush_takes_rights_and_frames_away),
        cmocka_unit_test(a_flush_takes_only_what_the_tables_took),
        cmocka_unit_test(many_scattered_mappings_do_not_run_out),
        cmocka_unit_test(an_interrupt_stops_a_busy_guest),
        cmocka_unit_test(interrupts_lose_no_call),
        cmocka_unit_test(vector_state_is_copied_and_checked),
        cmocka_unit_test(a_gs_base_of_its_own_is_kept),
        cmocka_unit_test(the_thread_pointer_is_set_and_read),
        cmocka_unit_test(a_forked_space_inherits_patched_sites),
        cmocka_unit_test(a_refused_patch_changes_nothing),
        cmocka_unit_test(threads_of_a_space_share_it),
        cmocka_unit_test(cpus_run_and_flush_one_space_at_once),
        cmocka_unit_test(spaces_come_and_go),
        cmocka_unit_test(addresses_out_of_reach_fault),
    };

    return cmocka_run_group_tests_name("behaviour", tests, NULL, NULL);
}

/* usage: hostile_engine [--spin|--no-spin] [pattern of test names, with * and ?] */
int main(int argc, char **argv)
{
    bool option = argc > 1 && strncmp(argv[1], "--", 2) == 0;
    bool may_spin = !option || strcmp(argv[1], "--no-spin") != 0;
    int failed = 0;

    if (argc > 1 + option)
        cmocka_set_test_filter(argv[1 + option]);
    /* The tests of the kernel's death run in children with an engine of their own. */
    failed += test_attacks_before_engine();
    alarm(300);
    fake_init(may_spin);
    failed += test_behaviour();
    failed += test_attacks();
    failed += test_ends();
    native_fini();
    return failed != 0;
}
