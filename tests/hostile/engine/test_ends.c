/* SPDX-License-Identifier: BSD-2-Clause */
/* Stubs that die, stop, do not answer or will not end: the engine notices in bounded time, and
 * what they could reach is out of reach when it says so. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "guest.h"
#include "hostsim/user/native.h"
#include "hostsim/user/native_priv.h"
#include "hostsim/user/space.h"

#define SECOND_NS 1000000000ull

PIECE(calls);
PIECE(call_loop);
PIECE(forge);
PIECE(spin);
PIECE(store);
PIECE(touch);

static pid_t pid_of(const struct guest *g)
{
    return space_get(g->space)->mapper.pid;
}

/* Run until something else than a call happens. */
static void run_to_the_end(struct guest *g, struct hal_trap *trap)
{
    do {
        hal_user_run(&g->user, trap);
        g->user.regs.rax = 0;
    } while (trap->kind == HAL_TRAP_SYSCALL);
}

static void *kill_after_a_while(void *arg)
{
    usleep(20000);
    kill((pid_t)(intptr_t)arg, SIGKILL);
    return NULL;
}

static void a_killed_stub_is_lost(void **unused)
{
    static const struct piece *const pieces[] = {&spin, &call_loop};
    struct hal_trap trap;
    pthread_t thread;
    struct guest g;

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        guest_start(&g, pieces[i], 0);
        pthread_create(&thread, NULL, kill_after_a_while, (void *)(intptr_t)pid_of(&g));
        run_to_the_end(&g, &trap);
        assert_int_equal(trap.kind, HAL_TRAP_LOST);
        pthread_join(thread, NULL);
        hal_user_run(&g.user, &trap); /* and it stays so */
        assert_int_equal(trap.kind, HAL_TRAP_LOST);
        guest_stop(&g);
    }
}

/* A dead stub cannot carry out a flush, and need not. */
static void a_flush_of_a_dead_stub_ends(void **unused)
{
    struct hal_trap trap;
    struct guest g;
    uint64_t start;

    (void)unused;
    guest_start(&g, &touch, 0);
    fake_map(g.root, GUEST_DATA, fake_page(), HAL_READ | HAL_WRITE, false);
    g.user.regs.rbx = 1;
    g.user.regs.r12 = GUEST_DATA;
    guest_run(&g, &g.user, &trap, false, 0);
    kill(pid_of(&g), SIGKILL);
    start = hal_time_ns();
    fake_map(g.root, GUEST_DATA, 0, 0, false);
    native_flush(g.space, GUEST_DATA, HAL_PAGE_SIZE);
    assert_true(hal_time_ns() - start < SECOND_NS);
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_LOST);
    guest_stop(&g);
}

/* Stopped by somebody on the host: neither the guest nor the mapper answers. */
static void a_stopped_stub_is_lost(void **unused)
{
    struct hal_trap trap;
    struct guest g;
    uint64_t start;

    (void)unused;
    guest_start(&g, &spin, 0);
    fake_timer(hal_time_ns() + SECOND_NS / 100);
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_INTERRUPT);
    fake_irq_ack();
    kill(pid_of(&g), SIGSTOP);
    start = hal_time_ns();
    fake_timer(start + SECOND_NS / 100);
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_LOST);
    assert_true(hal_time_ns() - start < 5 * SECOND_NS);
    fake_irq_ack();
    guest_stop(&g);
}

static void a_mapper_that_does_not_answer_is_killed(void **unused)
{
    struct hal_trap trap;
    struct guest g;
    uint64_t start;

    (void)unused;
    guest_start(&g, &touch, 0);
    fake_map(g.root, GUEST_DATA, fake_page(), HAL_READ | HAL_WRITE, false);
    g.user.regs.rbx = 1;
    g.user.regs.r12 = GUEST_DATA;
    guest_run(&g, &g.user, &trap, false, 0);
    kill(pid_of(&g), SIGSTOP);
    start = hal_time_ns();
    fake_map(g.root, GUEST_DATA, 0, 0, false);
    native_flush(g.space, GUEST_DATA, HAL_PAGE_SIZE);
    assert_true(hal_time_ns() - start < 30 * SECOND_NS);
    hal_user_run(&g.user, &trap);
    assert_int_equal(trap.kind, HAL_TRAP_LOST);
    guest_stop(&g);
}

/* Has the process any of our RAM mapped? */
static bool maps_ram(pid_t pid)
{
    char path[64], line[512];
    bool found = false;
    FILE *maps;

    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    maps = fopen(path, "r");
    if (maps == NULL)
        return false;
    while (fgets(line, sizeof(line), maps) != NULL)
        found = found || strstr(line, "memfd:ram") != NULL;
    fclose(maps);
    return found;
}

/* A program that pretends to have stopped runs on while its space is taken apart; the core
 * uses the frames for something else at once. */
static void a_destroyed_space_reaches_no_memory(void **unused)
{
    struct hal_trap trap;
    struct guest g;

    (void)unused;
    for (int round = 0; round < 50; round++) {
        uint64_t data = fake_page(), *word = (uint64_t *)fake_virt(data), before;
        pid_t pid;

        guest_start(&g, &forge, 0);
        pid = pid_of(&g);
        fake_map(g.root, GUEST_DATA, data, HAL_READ | HAL_WRITE, false);
        g.user.regs.r12 = STUB_SLOTS;
        g.user.regs.r13 = GUEST_DATA;
        while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0) {
            fake_timer(hal_time_ns() + SECOND_NS / 1000);
            hal_user_run(&g.user, &trap);
            fake_irq_ack();
            assert_true(trap.kind == HAL_TRAP_SYSCALL || trap.kind == HAL_TRAP_INTERRUPT);
        }
        hal_user_fini(&g.user);
        hal_space_destroy(g.space);
        before = __atomic_load_n(word, __ATOMIC_SEQ_CST);
        assert_false(maps_ram(pid));
        usleep(1000);
        assert_int_equal(__atomic_load_n(word, __ATOMIC_SEQ_CST), before);
        fake_reuse(g.root);
    }
}

/* ---- the number of a new task stands where guest code can write ---- */

struct forger {
    struct hal_user user;
    uint64_t target;
    bool stop;
};

/* Store our own process id over and over at the place that is the target at the moment. */
static void *forger_main(void *arg)
{
    struct forger *f = arg;
    struct hal_trap trap;

    fake_be_cpu(1);
    while (!__atomic_load_n(&f->stop, __ATOMIC_ACQUIRE)) {
        f->user.regs.rip = GUEST_CODE;
        f->user.regs.r12 = __atomic_load_n(&f->target, __ATOMIC_ACQUIRE);
        f->user.regs.r13 = (uint64_t)getpid();
        fake_timer(hal_time_ns() + SECOND_NS / 1000);
        hal_user_run(&f->user, &trap);
        fake_irq_ack();
        if (trap.kind == HAL_TRAP_LOST)
            break;
    }
    return NULL;
}

static void expect_own_tasks_only(const struct guest *g)
{
    const struct native_space *space = space_get(g->space);

    for (const struct native_slot *s = space->slots; s != NULL; s = s->next)
        assert_true(s->tid == 0 || space->mapper.dead ||
                    syscall(SYS_tgkill, space->mapper.pid, s->tid, 0) == 0);
}

/* The engine pins and kicks tasks by their number; it must not be led to somebody else's. */
static void a_forged_task_number_is_not_believed(void **unused)
{
    enum { THREADS = 8, ROUNDS = 12 };
    struct hal_user users[THREADS];
    struct forger f;
    struct guest g;
    pthread_t thread;

    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        int made = 0;

        guest_start(&g, &store, 0);
        f = (struct forger){.target = STUB_SLOTS + 2 * SLOT_SIZE + SLOT_TID};
        guest_thread(&g, &f.user);
        pthread_create(&thread, NULL, forger_main, &f);
        for (; made < THREADS; made++) {
            memset(&users[made], 0, sizeof(users[made]));
            __atomic_store_n(&f.target,
                             STUB_SLOTS + (2 + (uint64_t)made) * SLOT_SIZE + SLOT_TID,
                             __ATOMIC_RELEASE);
            usleep(2000);
            if (hal_user_init(&users[made], g.space, NULL) != 0)
                break;
            expect_own_tasks_only(&g);
        }
        __atomic_store_n(&f.stop, true, __ATOMIC_RELEASE);
        pthread_join(thread, NULL);
        while (made-- > 0)
            hal_user_fini(&users[made]);
        hal_user_fini(&f.user);
        guest_stop(&g);
    }
}

static void others_still_run(void **unused)
{
    struct hal_trap trap;
    struct guest g;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 20;
    guest_run(&g, &g.user, &trap, true, 0);
    assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
    assert_int_equal(g.user.regs.orig_rax, GUEST_END);
    guest_stop(&g);
}

int test_ends(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_stub_is_lost),
        cmocka_unit_test(a_flush_of_a_dead_stub_ends),
        cmocka_unit_test(a_stopped_stub_is_lost),
        cmocka_unit_test(a_mapper_that_does_not_answer_is_killed),
        cmocka_unit_test(a_destroyed_space_reaches_no_memory),
        cmocka_unit_test(a_forged_task_number_is_not_believed),
        cmocka_unit_test(others_still_run),
    };

    return cmocka_run_group_tests_name("ends", tests, NULL, NULL);
}
