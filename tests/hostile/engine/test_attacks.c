/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that attack their own stub.  Whatever happens to them, the engine must come back,
 * nothing of the arena may be mapped that the tables do not hold, and others must run. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "guest.h"
#include "hostsim/user/native.h"
#include "hostsim/user/native_priv.h"
#include "hostsim/user/space.h"

/* Since Linux 6.18 it passes every filter and answers ENXIO by itself. */
#define NR_UPROBE 336
#define LIMIT_NS  20000000ull /* a guest that is still busy then has failed as an attack */

PIECE(calls);
PIECE(jump);
PIECE(scribble);
PIECE(forge);
PIECE(forged_return);
PIECE(compat);
PIECE(call_loop);
PIECE(raw_call);

extern const uint8_t native_stub_begin[];

/* ---- what must hold afterwards ---- */

/* Every host mapping of the arena agrees with the page tables. */
static void expect_only_what_tables_allow(const struct guest *g)
{
    struct native_space *space = space_get(g->space);
    char path[64], line[512];
    FILE *maps;

    snprintf(path, sizeof(path), "/proc/%d/maps", space->mapper.pid);
    maps = fopen(path, "r");
    if (maps == NULL)
        return; /* dead is fine */
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long begin, end, offset;
        char rights[8];

        if (sscanf(line, "%lx-%lx %7s %lx", &begin, &end, rights, &offset) != 4)
            continue;
        if (strstr(line, "memfd:ram") == NULL) {
            assert_true(begin >= STUB_FLOOR || end <= STUB_LOW + STUB_LOW_SIZE);
            assert_false(rights[1] == 'w' && rights[2] == 'x');
            continue;
        }
        assert_true(begin == GUEST_CODE ? offset == g->code_pa && rights[1] == '-'
                                        : begin == GUEST_STACK - HAL_PAGE_SIZE &&
                                              offset == g->stack_pa && rights[2] == '-');
    }
    fclose(maps);
}

static void expect_others_run(void)
{
    struct guest g;
    struct hal_trap trap;

    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 20;
    guest_run(&g, &g.user, &trap, true, 0);
    assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
    assert_int_equal(g.user.regs.orig_rax, GUEST_END);
    guest_stop(&g);
}

/* Let the attack run for a while; false: it is lost. */
static bool attack_run(struct guest *g, struct hal_user *user, unsigned traps_max)
{
    struct hal_trap trap;
    uint64_t end = hal_time_ns() + LIMIT_NS;

    (void)g;
    for (unsigned i = 0; i < traps_max && hal_time_ns() < end; i++) {
        fake_timer(end);
        hal_user_run(user, &trap);
        fake_irq_ack();
        if (trap.kind == HAL_TRAP_LOST)
            return false;
        if (trap.kind == HAL_TRAP_FAULT || trap.kind == HAL_TRAP_EXCEPTION)
            return true; /* a kernel would kill it by a signal */
        user->regs.rax = (uint64_t)-ENOSYS;
    }
    return true;
}

static void attack_restart(struct guest *g, const struct piece *code)
{
    guest_stop(g);
    guest_start(g, code, 0);
}

/* ---- jumps into the stub ---- */

struct attack_regs {
    const char *name;
    void (*set)(struct user_regs *regs);
};

static void regs_zero(struct user_regs *r)
{
    r->rsp = GUEST_STACK;
}

/* As the mapper has them before a system call that maps the whole arena. */
static void regs_mmap(struct user_regs *r)
{
    r->rax = 9;
    r->rdi = 0x20000000;
    r->rsi = 0x100000;
    r->rdx = 3;
    r->r10 = 0x11;
    r->r8 = STUB_FD_ARENA;
    r->r9 = 0;
    r->rbx = STUB_CONTROL;
    r->r13 = STUB_CONTROL + CONTROL_ENTRIES;
    r->r14 = 1;
    r->rsp = STUB_SLOTS + SLOT_SIZE - 0x800;
}

static void regs_mprotect(struct user_regs *r)
{
    r->rax = 10;
    r->rdi = STUB_TEXT;
    r->rsi = STUB_TEXT_SIZE;
    r->rdx = 7;
    r->rbx = STUB_SLOTS;
    r->rsp = STUB_SLOTS + SLOT_SIZE - 0x800;
}

static void regs_clone(struct user_regs *r)
{
    r->rax = 56;
    r->rdi = STUB_CLONE_STUB;
    r->rbx = STUB_SLOTS;
    r->r15 = STUB_SLOTS;
    r->rsp = STUB_SLOTS;
}

/* Everything points into memory of the guest's own that looks like a slot and an order. */
static void regs_own_slot(struct user_regs *r)
{
    r->rbx = GUEST_STACK - HAL_PAGE_SIZE;
    r->r13 = GUEST_STACK - HAL_PAGE_SIZE;
    r->r14 = 1;
    r->r15 = GUEST_STACK - HAL_PAGE_SIZE;
    r->rcx = COMMAND_REGS;
    r->rdx = GUEST_STACK - HAL_PAGE_SIZE;
    r->rdi = STUB_SIG_KICK;
    r->rsp = GUEST_STACK - 0x800;
    r->gs_base = GUEST_STACK - HAL_PAGE_SIZE;
}

static const struct attack_regs attack_sets[] = {
    {"zero", regs_zero},   {"mmap", regs_mmap},         {"mprotect", regs_mprotect},
    {"clone", regs_clone}, {"own slot", regs_own_slot},
};

static void jumps_to_every_byte_of_the_stub(void **unused)
{
    struct guest g;
    uint64_t used = STUB_TEXT_SIZE;

    (void)unused;
    while (used > 0 && native_stub_begin[STUB_IMAGE_OFFSET + used - 1] == 0xcc)
        used--;
    for (unsigned set = 0; set < sizeof(attack_sets) / sizeof(attack_sets[0]); set++) {
        guest_start(&g, &jump, 0);
        for (uint64_t at = 0; at < used; at++) {
            struct native_space *space = space_get(g.space);

            memset(&g.user.regs, 0, sizeof(g.user.regs));
            attack_sets[set].set(&g.user.regs);
            g.user.regs.rip = GUEST_CODE;
            g.user.regs.r12 = STUB_TEXT + at;
            attack_run(&g, &g.user, 4);
            if (at % 64 == 0)
                expect_only_what_tables_allow(&g);
            if (at % 16 == 15 || space->mapper.dead)
                attack_restart(&g, &jump);
        }
        expect_only_what_tables_allow(&g);
        guest_stop(&g);
        expect_others_run();
    }
}

static void jumps_into_trampolines(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &calls, 0);
    g.user.regs.rbx = 50;
    guest_run(&g, &g.user, &trap, true, 0);
    for (uint64_t at = 0; at < STUB_LOW_SIZE; at += at < 0x60 || at > 0x2100 ? 61 : 1) {
        guest_load(&g, &jump);
        g.user.regs.r12 = STUB_LOW + at;
        if (!attack_run(&g, &g.user, 4))
            attack_restart(&g, &jump);
    }
    expect_only_what_tables_allow(&g);
    guest_stop(&g);
    expect_others_run();
}

/* Calls made by the stub's own instructions, with numbers of the attacker's choice. */
static void calls_through_the_stubs_own_instruction(void **unused)
{
    static const uint64_t numbers[] = {
        0,   1,   2,   9,   10,  11,  25,  39,  56,  57,  59,         62,        101,
        157, 200, 231, 257, 310, 311, 317, 319, 425, 435, 0x40000009, UINT64_MAX};
    struct guest g;

    (void)unused;
    for (uint64_t at = 0; at < STUB_TEXT_SIZE - 1; at++) {
        const uint8_t *text = native_stub_begin + STUB_IMAGE_OFFSET;

        if (text[at] != 0x0f || text[at + 1] != 0x05)
            continue;
        guest_start(&g, &jump, 0);
        for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            guest_load(&g, &jump);
            regs_mmap(&g.user.regs);
            g.user.regs.rax = numbers[i];
            g.user.regs.r12 = STUB_TEXT + at;
            if (numbers[i] == 62) { /* kill(kernel, SIGKILL) */
                g.user.regs.rdi = (uint64_t)getpid();
                g.user.regs.rsi = SIGKILL;
            }
            if (!attack_run(&g, &g.user, 4))
                attack_restart(&g, &jump);
            expect_only_what_tables_allow(&g);
        }
        guest_stop(&g);
    }
    expect_others_run();
}

static void raw_calls_are_only_traps(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &raw_call, 0);
    for (uint64_t nr = 0; nr < 480; nr++) {
        if (nr == NR_UPROBE)
            continue;
        guest_load(&g, &raw_call);
        g.user.regs.rax = nr;
        hal_user_run(&g.user, &trap);
        assert_int_equal(trap.kind, HAL_TRAP_SYSCALL);
        assert_int_equal(g.user.regs.orig_rax, nr);
    }
    guest_stop(&g);
}

static void compat_mode_is_a_protection_fault(void **unused)
{
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    guest_start(&g, &compat, 0);
    guest_run(&g, &g.user, &trap, false, 0);
    assert_int_equal(trap.kind, HAL_TRAP_EXCEPTION);
    assert_int_equal(trap.exception, HAL_EXC_PROTECTION);
    guest_stop(&g);
    expect_others_run();
}

/* ---- the slot ---- */

static void scribbles_over_its_slot(void **unused)
{
    static const uint8_t patterns[] = {0x00, 0xff, 0x01, 0x65, 0x41, 0x0b};
    struct guest g;

    (void)unused;
    for (unsigned i = 0; i < sizeof(patterns); i++) {
        guest_start(&g, &scribble, 0);
        g.user.regs.r12 = STUB_SLOTS;
        g.user.regs.rbx = SLOT_SIZE;
        g.user.regs.r13 = patterns[i];
        attack_run(&g, &g.user, 50);
        expect_only_what_tables_allow(&g);
        guest_stop(&g);
        expect_others_run();
    }
}

static void writes_to_engine_memory_fault(void **unused)
{
    static const uint64_t where[] = {STUB_CONTROL, STUB_TEXT, STUB_LOW};
    struct guest g;
    struct hal_trap trap;

    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        guest_start(&g, &scribble, 0);
        g.user.regs.r12 = where[i];
        g.user.regs.rbx = 64;
        guest_run(&g, &g.user, &trap, false, 0);
        assert_int_equal(trap.kind, HAL_TRAP_FAULT);
        assert_int_equal(trap.access, HAL_WRITE);
        guest_stop(&g);
    }
}

struct sibling {
    struct guest *g;
    struct hal_user user;
};

static void *sibling_main(void *arg)
{
    struct sibling *s = arg;

    fake_be_cpu(1);
    for (int i = 0; i < 10; i++)
        if (!attack_run(s->g, &s->user, 100))
            break;
    return NULL;
}

/* One thread makes calls, another rewrites its slot all the time. */
static void a_sibling_scribbles_over_a_slot_in_use(void **unused)
{
    static const uint8_t patterns[] = {0x00, 0xff, 0x01, 0x64};
    struct guest g;
    struct sibling s;
    pthread_t thread;

    (void)unused;
    for (unsigned i = 0; i < sizeof(patterns); i++) {
        guest_start(&g, &scribble, 0);
        s.g = &g;
        guest_thread(&g, &s.user);
        g.user.regs.r12 = STUB_SLOTS + SLOT_SIZE; /* the sibling's */
        g.user.regs.rbx = SLOT_SIZE;
        g.user.regs.r13 = patterns[i];
        memcpy(fake_virt(g.code_pa) + 0x800, call_loop.begin,
               (size_t)(call_loop.end - call_loop.begin));
        s.user.regs.rip = GUEST_CODE + 0x800;
        pthread_create(&thread, NULL, sibling_main, &s);
        for (int n = 0; n < 10; n++)
            attack_run(&g, &g.user, 100);
        pthread_join(thread, NULL);
        expect_only_what_tables_allow(&g);
        hal_user_fini(&s.user);
        guest_stop(&g);
        expect_others_run();
    }
}

/* It says that it has stopped and runs on: what is flushed meanwhile must be gone for it. */
static void a_forged_hand_over_gains_nothing(void **unused)
{
    struct guest g;
    struct hal_trap trap;
    uint64_t data = fake_page(), before;

    (void)unused;
    guest_start(&g, &forge, 0);
    fake_map(g.root, GUEST_DATA, data, HAL_READ | HAL_WRITE, false);
    g.user.regs.r12 = STUB_SLOTS;
    g.user.regs.r13 = GUEST_DATA; /* it writes there as long as it runs */
    for (int i = 0; i < 20; i++) {
        fake_timer(hal_time_ns() + 1000000);
        hal_user_run(&g.user, &trap);
        fake_irq_ack();
        if (trap.kind == HAL_TRAP_FAULT || trap.kind == HAL_TRAP_LOST)
            break;
    }
    fake_map(g.root, GUEST_DATA, 0, 0, false);
    native_flush(g.space, GUEST_DATA, HAL_PAGE_SIZE);
    before = __atomic_load_n((uint64_t *)fake_virt(data), __ATOMIC_SEQ_CST);
    usleep(20000);
    assert_int_equal(__atomic_load_n((uint64_t *)fake_virt(data), __ATOMIC_SEQ_CST),
                     before);
    expect_only_what_tables_allow(&g);
    guest_stop(&g);
    expect_others_run();
}

/* ---- forged signal frames ---- */

/* A frame in guest memory that resumes at `rip` in the guest's page. */
static struct host_frame *frame_forge(struct guest *g, uint64_t rip)
{
    struct host_frame *f = (struct host_frame *)fake_virt(g->stack_pa);

    memset(f, 0, sizeof(*f));
    f->gregs[16] = rip;
    f->gregs[15] = GUEST_STACK;
    f->gregs[17] = 0x202;
    f->cs = 0x33;
    f->ss = 0x2b;
    f->uc_flags = 6;
    f->stack_base = STUB_SLOTS + SLOT_ALTSTACK;
    f->stack_size = SLOT_ALTSTACK_SIZE;
    return f;
}

static uint64_t stub_sigreturn(void)
{
    /* mov $15,%eax; syscall: its second instruction. */
    static const uint8_t code[] = {0xb8, 15, 0, 0, 0, 0x0f, 0x05};
    const uint8_t *text = native_stub_begin + STUB_IMAGE_OFFSET;

    for (uint64_t i = 0; i < STUB_TEXT_SIZE - sizeof(code); i++)
        if (memcmp(text + i, code, sizeof(code)) == 0)
            return STUB_TEXT + i + 5;
    return 0;
}

static void forged_signal_frames(void **unused)
{
    struct guest g;

    (void)unused;
    for (int variant = 0; variant < 14; variant++) {
        guest_start(&g, &forged_return, 0);
        memcpy(fake_virt(g.code_pa) + 0x800, call_loop.begin,
               (size_t)(call_loop.end - call_loop.begin));
        fake_virt(g.code_pa)[0xc00] = 0xeb; /* jmp . */
        fake_virt(g.code_pa)[0xc01] = 0xfe;
        struct host_frame *f =
            frame_forge(&g, GUEST_CODE + (variant & 1 ? 0xc00 : 0x800));
        switch (variant / 2) {
        case 0: /* all signals blocked: neither calls nor kicks can be delivered */
            f->sigmask = UINT64_MAX;
            break;
        case 1: /* an alternate stack elsewhere */
            f->stack_base = GUEST_STACK - HAL_PAGE_SIZE;
            f->stack_size = HAL_PAGE_SIZE;
            break;
        case 2: /* none */
            f->stack_flags = 2;
            break;
        case 3: /* 32-bit code segment */
            f->cs = 0x23;
            break;
        case 4: /* the kernel's segments */
            f->cs = 0x10;
            f->ss = 0x18;
            break;
        case 5: /* vector state that is none */
            f->uc_flags |= 1;
            f->fpstate = GUEST_STACK - HAL_PAGE_SIZE + 1024;
            memset(fake_virt(g.stack_pa) + 1024, 0xff, 2048);
            break;
        case 6: /* flags: trap, nested task, alignment, I/O privilege */
            f->gregs[17] = 0x47100 | 0x202;
            break;
        }
        g.user.regs.r12 = GUEST_STACK - HAL_PAGE_SIZE;
        g.user.regs.r13 = stub_sigreturn();
        for (int n = 0; n < 3; n++)
            if (!attack_run(&g, &g.user, 30))
                break;
        expect_only_what_tables_allow(&g);
        guest_stop(&g);
        expect_others_run();
    }
}

/* ---- the kernel's death ---- */

static bool is_gone(pid_t pid)
{
    char path[64], text[256], *p;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    f = fopen(path, "r");
    if (f == NULL)
        return true;
    p = fgets(text, sizeof(text), f);
    fclose(f);
    p = p != NULL ? strrchr(text, ')') : NULL;
    return p == NULL || p[2] == 'Z' || p[2] == 'X';
}

static void no_stub_outlives_the_kernel(void **unused)
{
    pid_t pids[2], child;
    int fd[2];

    (void)unused;
    assert_int_equal(pipe(fd), 0);
    child = fork();
    if (child == 0) {
        struct guest g;
        struct hal_trap trap;

        fake_init(true);
        guest_start(&g, &calls, 0);
        g.user.regs.rbx = UINT64_MAX;
        hal_user_run(&g.user, &trap);
        pids[0] = space_get(g.space)->mapper.pid;
        pids[1] = pids[0];
        if (write(fd[1], pids, sizeof(pids)) == sizeof(pids))
            for (;;)
                hal_user_run(&g.user, &trap);
        _exit(1);
    }
    assert_int_equal(read(fd[0], pids, sizeof(pids)), sizeof(pids));
    assert_false(is_gone(pids[0]));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (int i = 0; i < 200 && !is_gone(pids[0]); i++)
        usleep(10000);
    assert_true(is_gone(pids[0]));
    close(fd[0]);
    close(fd[1]);
}

int test_attacks_before_engine(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_stub_outlives_the_kernel),
    };

    return cmocka_run_group_tests_name("death", tests, NULL, NULL);
}

int test_attacks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_calls_are_only_traps),
        cmocka_unit_test(compat_mode_is_a_protection_fault),
        cmocka_unit_test(writes_to_engine_memory_fault),
        cmocka_unit_test(calls_through_the_stubs_own_instruction),
        cmocka_unit_test(jumps_into_trampolines),
        cmocka_unit_test(scribbles_over_its_slot),
        cmocka_unit_test(a_sibling_scribbles_over_a_slot_in_use),
        cmocka_unit_test(a_forged_hand_over_gains_nothing),
        cmocka_unit_test(forged_signal_frames),
        cmocka_unit_test(jumps_to_every_byte_of_the_stub),
    };

    return cmocka_run_group_tests_name("attacks", tests, NULL, NULL);
}
