/* SPDX-License-Identifier: BSD-2-Clause */
/* What riscv64 programs see: numbers, registers of a call, the signal frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/abi_nr.h"
#include "arch/sigframe.h"
#include "abi/user.h"
#include "hal/hal.h"
#include "lib/base.h"

#define STACK UINT64_C(0x3fffabcd1230)

/* ---- calls ---- */

static void a_restarted_call_has_its_first_argument_again(void **state)
{
    struct user_regs r = {.pc = 0x1004, .a0 = 11, .a1 = 12, .a5 = 16, .a7 = 101};
    uint64_t a[6];

    (void)state;
    user_regs_begin_call(&r);
    assert_int_equal(user_regs_syscall_nr(&r), 101);
    user_regs_args(&r, a);
    assert_int_equal(a[0], 11);
    assert_int_equal(a[5], 16);
    user_regs_set_result(&r, -516);
    assert_int_equal(user_regs_result(&r), -516);
    user_regs_restart(&r, ARCH_NR_RESTART_SYSCALL);
    assert_int_equal(r.pc, 0x1000);
    assert_int_equal(r.a0, 11);
    assert_int_equal(r.a7, 128);
}

static void sigaction_has_no_restorer(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct abi_sigaction, mask), 16);
    assert_int_equal(offsetof(struct abi_sigaction, restorer), ABI_SIGACTION_BYTES);
}

/* ---- signals ---- */

static struct user_regs some_regs(void)
{
    struct user_regs r;

    for (size_t i = 0; i < sizeof(r) / sizeof(uint64_t); i++)
        ((uint64_t *)&r)[i] = 0x0101010101010101 * (i + 1);
    r.sp = STACK;
    return r;
}

static void a_frame_brings_everything_back(void **state)
{
    static uint8_t frame[4096];
    struct user_regs r = some_regs(), before = r;
    struct user_signal sig = {
        .signo = 11,
        .handler = 0x10124,
        .restorer = 0x20000,
        .info = {.signo = 11, .code = 1},
        .blocked = 0x8000000000000001,
        .altstack = {.sp = 0x10000, .flags = 2, .size = 0x2000},
        .sp = STACK - 8,
    };
    struct abi_stack altstack;
    struct sigframe_fpu fpu;
    const struct sigframe *f = (const void *)frame;
    uint64_t at, blocked, fpu_va;
    size_t len;

    (void)state;
    memset(&fpu, 0x5a, sizeof(fpu));
    arch_sigframe_push(&r, &sig, &fpu, sizeof(fpu), frame, &at, &len);
    assert_int_equal(at % 16, 0);
    assert_true(at + len <= STACK - 8 && len <= arch_sigframe_bytes(sizeof(fpu)));
    assert_int_equal(r.pc, 0x10124);
    assert_int_equal(r.ra, 0x20000);
    assert_int_equal(r.sp, at);
    assert_int_equal(r.a0, 11);
    assert_int_equal(r.a1, at);
    assert_int_equal(r.a2, at + 128);
    assert_int_equal(r.gp, before.gp);
    /* pc, ra, sp, ... from offset 176 of the context, floating point after 32 registers. */
    assert_memory_equal(frame + 128 + 176, &before, 32 * 8);
    assert_memory_equal(frame + 128 + 176 + 256, &fpu, sizeof(fpu));
    assert_int_equal(f->uc.sigmask, sig.blocked);

    r = (struct user_regs){.sp = at};
    assert_int_equal(arch_sigframe_addr(&r), at);
    assert_int_equal(arch_sigframe_fixed_bytes(), len);
    assert_int_equal(arch_sigframe_pop(&r, frame, &blocked, &altstack, &fpu_va), 0);
    assert_memory_equal(&r, &before, 32 * 8);
    assert_int_equal(blocked, sig.blocked);
    assert_memory_equal(&altstack, &sig.altstack, sizeof(altstack));
    assert_int_equal(fpu_va, at + 128 + 176 + 256);
}

static void handlers_return_through_two_instructions(void **state)
{
    size_t len;
    const uint32_t *code = arch_sigreturn_code(&len);

    (void)state;
    assert_int_equal(len, 8);
    assert_int_equal(code[0], 139u << 20 | 17u << 7 | 0x13u); /* addi a7, x0, 139 */
    assert_int_equal(code[1], 0x73);                          /* ecall */
}

static void traps_have_the_numbers_of_scause(void **state)
{
    uint64_t err, trapno;

    (void)state;
    arch_fault_describe(HAL_WRITE, &err, &trapno);
    assert_int_equal(trapno, 15);
    arch_fault_describe(HAL_EXEC, &err, &trapno);
    assert_int_equal(trapno, 12);
    arch_exception_describe(HAL_EXC_ILLEGAL, &err, &trapno);
    assert_int_equal(trapno, 2);
    arch_exception_describe(1000, &err, &trapno);
    assert_int_equal(trapno, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restarted_call_has_its_first_argument_again),
        cmocka_unit_test(sigaction_has_no_restorer),
        cmocka_unit_test(a_frame_brings_everything_back),
        cmocka_unit_test(handlers_return_through_two_instructions),
        cmocka_unit_test(traps_have_the_numbers_of_scause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
