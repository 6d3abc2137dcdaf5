/* SPDX-License-Identifier: BSD-2-Clause */
/* What aarch64 programs see: numbers, registers of a call, the signal frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/abi_fcntl.h"
#include "arch/abi_nr.h"
#include "arch/sigframe.h"
#include "abi/user.h"
#include "hal/hal.h"
#include "lib/base.h"

#define STACK UINT64_C(0x3fffabcd1230)

/* ---- calls ---- */

static void a_restarted_call_has_its_first_argument_again(void **state)
{
    struct user_regs r = {.pc = 0x1004, .x = {11, 12, 13, 14, 15, 16, 17, 0, 101}};
    uint64_t a[6];

    (void)state;
    user_regs_begin_call(&r);
    assert_int_equal(user_regs_syscall_nr(&r), 101);
    user_regs_args(&r, a);
    assert_int_equal(a[0], 11);
    assert_int_equal(a[5], 16);
    user_regs_set_result(&r, -516);
    assert_int_equal(user_regs_result(&r), -516);
    user_regs_args(&r, a);
    assert_int_equal(a[0], 11);
    user_regs_restart(&r, ARCH_NR_RESTART_SYSCALL);
    assert_int_equal(r.pc, 0x1000);
    assert_int_equal(r.x[0], 11);
    assert_int_equal(r.x[8], 128);
}

static void layouts_are_those_of_aarch64(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct abi_sigaction, restorer), 16);
    assert_int_equal(offsetof(struct abi_sigaction, mask), 24);
    assert_int_equal(sizeof(struct abi_sigaction), ABI_SIGACTION_BYTES);
    assert_int_equal(O_DIRECTORY, 0x4000);
    assert_int_equal(O_NOFOLLOW, 0x8000);
    assert_int_equal(O_DIRECT, 0x10000);
}

/* ---- signals ---- */

static uint8_t frame[8192];
static struct sigframe_fpsimd fpu;

static struct user_regs some_regs(void)
{
    struct user_regs r;

    for (size_t i = 0; i < sizeof(r) / sizeof(uint64_t); i++)
        ((uint64_t *)&r)[i] = 0x0101010101010101 * (i + 1);
    r.sp = STACK;
    r.pstate = 0x60000000;
    return r;
}

/* A frame for SIGSEGV in `frame`; what the registers were, and what they are in the handler. */
static void push(struct user_regs *before, struct user_regs *r, uint64_t *at, size_t *len)
{
    struct user_signal sig = {
        .signo = 11,
        .handler = 0x10124,
        .restorer = 0x20000,
        .info = {.signo = 11, .code = 1},
        .blocked = 0x8000000000000001,
        .altstack = {.sp = 0x10000, .flags = 2, .size = 0x2000},
        .sp = STACK - 8,
        .fault_addr = 0xdead0,
        .fault_err = 0x92000047,
    };

    *r = *before = some_regs();
    arch_fpu_initial(&fpu, sizeof(fpu));
    memset(fpu.v, 0x5a, sizeof(fpu.v));
    arch_sigframe_push(r, &sig, &fpu, sizeof(fpu), frame, at, len);
}

static int pop(struct user_regs *r, uint64_t *fpu_va)
{
    struct abi_stack altstack;
    uint64_t blocked;

    return arch_sigframe_pop(r, frame, &blocked, &altstack, fpu_va);
}

static void a_frame_brings_everything_back(void **state)
{
    struct user_regs r, before;
    struct abi_stack altstack;
    uint64_t at, blocked, fpu_va;
    size_t len;

    (void)state;
    push(&before, &r, &at, &len);
    assert_int_equal(at % 16, 0);
    assert_true(at + len <= STACK - 8 && len <= arch_sigframe_bytes(sizeof(fpu)));
    assert_int_equal(r.pc, 0x10124);
    assert_int_equal(r.x[30], 0x20000);
    assert_int_equal(r.sp, at);
    assert_int_equal(r.x[0], 11);
    assert_int_equal(r.x[1], at);
    assert_int_equal(r.x[2], at + 128);
    assert_int_equal(r.x[18], before.x[18]);
    assert_int_equal(r.tpidr, before.tpidr);

    r = (struct user_regs){.sp = at, .tpidr = 5};
    assert_int_equal(arch_sigframe_addr(&r), at);
    assert_true(arch_sigframe_fixed_bytes() <= len);
    assert_int_equal(arch_sigframe_pop(&r, frame, &blocked, &altstack, &fpu_va), 0);
    assert_memory_equal(&r, &before, 34 * 8);
    assert_int_equal(r.tpidr, 5); /* no part of the frame */
    assert_int_equal(blocked, 0x8000000000000001);
    assert_int_equal(altstack.sp, 0x10000);
    assert_int_equal(altstack.size, 0x2000);
    assert_memory_equal(frame + (fpu_va - at), &fpu, sizeof(fpu));
}

static uint64_t frame_u64(size_t at)
{
    uint64_t v;

    memcpy(&v, frame + at, sizeof(v));
    return v;
}

static void a_frame_lies_as_programs_know_it(void **state)
{
    const size_t context = 128 + 176, records = context + 288;
    struct user_regs r, before;
    uint64_t at;
    size_t len;

    (void)state;
    push(&before, &r, &at, &len);
    assert_int_equal(frame_u64(context), 0xdead0);
    assert_memory_equal(frame + context + 8, &before, 34 * 8);
    assert_int_equal(frame_u64(records), UINT64_C(528) << 32 | 0x46508001);
    assert_int_equal(frame_u64(records + 528), UINT64_C(16) << 32 | 0x45535201);
    assert_int_equal(frame_u64(records + 536), 0x92000047);
    assert_int_equal(frame_u64(records + 544), 0);
    /* x29 leads to where the interrupted code would have returned to. */
    assert_int_equal(frame_u64(r.x[29] - at), before.x[29]);
    assert_int_equal(frame_u64(r.x[29] - at + 8), before.x[30]);
}

static void a_frame_that_lies_is_refused(void **state)
{
    struct sigframe *f = (void *)frame;
    uint8_t *records = f->uc.mcontext.records;
    static const uint64_t bad[] = {
        UINT64_C(512) << 32 | 0x46508001,  /* too short */
        UINT64_C(528) << 32 | 0x46508002,  /* unknown */
        UINT64_C(0) << 32 | 0x46508001,    /* leads nowhere */
        UINT64_C(8192) << 32 | 0x45535201, /* leads out of the frame */
        UINT64_C(4096) << 32 | 0x45535201, /* no end */
        UINT64_C(24) << 32 | 0x45535201,   /* not aligned */
        0,                                 /* no floating point */
    };
    struct user_regs r, before;
    uint64_t at, fpu_va;
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        push(&before, &r, &at, &len);
        memcpy(records, &bad[i], sizeof(bad[i]));
        assert_int_not_equal(pop(&r, &fpu_va), 0);
    }
    push(&before, &r, &at, &len);
    memcpy(records + 528, &fpu, sizeof(fpu)); /* twice */
    assert_int_not_equal(pop(&r, &fpu_va), 0);
}

static void a_frame_cannot_raise_privilege(void **state)
{
    struct sigframe *f = (void *)frame;
    struct user_regs r, before;
    uint64_t at, fpu_va;
    size_t len;

    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        bool harmless = bit >= 28 && bit < 32;

        push(&before, &r, &at, &len);
        f->uc.mcontext.pstate = UINT64_C(1) << bit;
        if (pop(&r, &fpu_va) == 0)
            assert_true(r.pstate == 0 || harmless || bit == 24 || bit == 25 ||
                        (bit >= 10 && bit <= 12));
        else
            assert_false(harmless);
    }
    push(&before, &r, &at, &len);
    f->uc.mcontext.pstate = 0x80000005; /* EL1h */
    assert_int_not_equal(pop(&r, &fpu_va), 0);
}

static void handlers_return_through_two_instructions(void **state)
{
    size_t len;
    const uint32_t *code = arch_sigreturn_code(&len);

    (void)state;
    assert_int_equal(len, 8);
    assert_int_equal(code[0], 0xd2800000u | 139u << 5 | 8u); /* movz x8, #139 */
    assert_int_equal(code[1], 0xd4000001u);                  /* svc #0 */
}

static void traps_have_the_classes_of_esr(void **state)
{
    uint64_t err, trapno;

    (void)state;
    arch_fault_describe(HAL_WRITE, &err, &trapno);
    assert_int_equal(err, 0x92000047);
    arch_fault_describe(HAL_READ, &err, &trapno);
    assert_int_equal(err, 0x92000007);
    arch_fault_describe(HAL_EXEC, &err, &trapno);
    assert_int_equal(err, 0x82000007);
    arch_exception_describe(HAL_EXC_BREAKPOINT, &err, &trapno);
    assert_int_equal(err >> 26, 0x3c);
    arch_exception_describe(1000, &err, &trapno);
    assert_int_equal(err >> 26, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restarted_call_has_its_first_argument_again),
        cmocka_unit_test(layouts_are_those_of_aarch64),
        cmocka_unit_test(a_frame_brings_everything_back),
        cmocka_unit_test(a_frame_lies_as_programs_know_it),
        cmocka_unit_test(a_frame_that_lies_is_refused),
        cmocka_unit_test(a_frame_cannot_raise_privilege),
        cmocka_unit_test(handlers_return_through_two_instructions),
        cmocka_unit_test(traps_have_the_classes_of_esr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
