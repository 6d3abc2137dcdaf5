/* SPDX-License-Identifier: BSD-2-Clause */
/* The x86-64 signal frame against what the host's C library thinks of it. */
#include "hal_fake.h"

#include <errno.h>
#include <ucontext.h>

#include "arch/sigframe.h"
#include "abi/user.h"

#define FPU_LEN 832u
#define STACK   UINT64_C(0x7ffd12345678)

static uint8_t frame[4096];

static struct user_regs some_regs(void)
{
    struct user_regs r;
    uint64_t v = 0x1111111111111111;

    for (size_t i = 0; i < sizeof(r) / sizeof(uint64_t); i++)
        ((uint64_t *)&r)[i] = v * (i + 1);
    r.rflags = 0x246;
    r.rsp = STACK;
    return r;
}

static struct user_signal some_signal(void)
{
    struct user_signal sig = {
        .signo = SIGSEGV,
        .handler = 0x401234,
        .restorer = 0x405678,
        .flags = SA_SIGINFO | ABI_SA_RESTORER,
        .info = {.signo = SIGSEGV, .code = SEGV_MAPERR},
        .blocked = 0x8000000000000001,
        .altstack = {.sp = 0x10000, .flags = SS_DISABLE, .size = 0x2000},
        .sp = STACK - ARCH_RED_ZONE,
        .fault_addr = 0xdead,
        .fault_err = 6,
        .fault_trapno = 14,
    };

    sig.info.fault.addr = 0xdead;
    return sig;
}

/* An XSAVE image that says what it is. */
static void some_fpu(uint8_t *fpu)
{
    const uint32_t magic = 0x46505853, size = FPU_LEN - 4;

    memset(fpu, 0x5a, FPU_LEN);
    memcpy(fpu + 464, &magic, sizeof(magic));
    memcpy(fpu + 480, &size, sizeof(size));
}

static void siginfo_has_the_hosts_layout(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct abi_siginfo), sizeof(siginfo_t));
#define SAME(mine, host)                                                                 \
    assert_int_equal(offsetof(struct abi_siginfo, mine), offsetof(siginfo_t, host))
    SAME(signo, si_signo);
    SAME(error, si_errno);
    SAME(code, si_code);
    SAME(rt.pid, si_pid);
    SAME(rt.uid, si_uid);
    SAME(rt.value, si_value);
    SAME(timer.id, si_timerid);
    SAME(timer.overrun, si_overrun);
    SAME(timer.value, si_value);
    SAME(child.status, si_status);
    SAME(child.utime, si_utime);
    SAME(child.stime, si_stime);
    SAME(fault.addr, si_addr);
    SAME(fault.addr_lsb, si_addr_lsb);
    SAME(poll.band, si_band);
    SAME(poll.fd, si_fd);
    SAME(sys.call_addr, si_call_addr);
    SAME(sys.nr, si_syscall);
    SAME(sys.arch, si_arch);
#undef SAME
    assert_int_equal(sizeof(struct abi_stack), sizeof(stack_t));
    assert_int_equal(offsetof(struct abi_stack, flags), offsetof(stack_t, ss_flags));
    assert_int_equal(offsetof(struct abi_stack, size), offsetof(stack_t, ss_size));
}

static void the_context_is_what_ucontext_h_says(void **state)
{
    struct user_regs r = some_regs(), before = r;
    struct user_signal sig = some_signal();
    uint8_t fpu[FPU_LEN];
    const ucontext_t *uc;
    const siginfo_t *info;
    uint64_t at;
    size_t len;

    (void)state;
    some_fpu(fpu);
    arch_sigframe_push(&r, &sig, fpu, FPU_LEN, frame, &at, &len);
    uc = (const ucontext_t *)(frame + (r.rdx - at));
    info = (const siginfo_t *)(frame + (r.rsi - at));
    assert_int_equal(uc->uc_mcontext.gregs[REG_RIP], before.rip);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RSP], before.rsp);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RAX], before.rax);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RBX], before.rbx);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RCX], before.rcx);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RDX], before.rdx);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RDI], before.rdi);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RSI], before.rsi);
    assert_int_equal(uc->uc_mcontext.gregs[REG_RBP], before.rbp);
    assert_int_equal(uc->uc_mcontext.gregs[REG_R8], before.r8);
    assert_int_equal(uc->uc_mcontext.gregs[REG_R15], before.r15);
    assert_int_equal(uc->uc_mcontext.gregs[REG_EFL], before.rflags);
    assert_int_equal(uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff, 0x33);
    assert_int_equal(uc->uc_mcontext.gregs[REG_ERR], 6);
    assert_int_equal(uc->uc_mcontext.gregs[REG_TRAPNO], 14);
    assert_int_equal(uc->uc_mcontext.gregs[REG_CR2], 0xdead);
    assert_int_equal(uc->uc_stack.ss_size, 0x2000);
    assert_int_equal(*(const uint64_t *)&uc->uc_sigmask, sig.blocked);
    assert_int_equal(uc->uc_flags,
                     SIGFRAME_FP_XSTATE | SIGFRAME_SIGCONTEXT_SS | SIGFRAME_STRICT_SS);
    assert_int_equal(info->si_signo, SIGSEGV);
    assert_ptr_equal(info->si_addr, (void *)0xdead);
}

static void the_handler_is_called_as_the_abi_wants(void **state)
{
    struct user_regs r = some_regs();
    struct user_signal sig = some_signal();
    uint8_t fpu[FPU_LEN];
    uint64_t at, restorer;
    size_t len;

    (void)state;
    some_fpu(fpu);
    r.rflags |= 0x500; /* direction and trap flag */
    arch_sigframe_push(&r, &sig, fpu, FPU_LEN, frame, &at, &len);
    memcpy(&restorer, frame, sizeof(restorer));
    assert_int_equal(restorer, sig.restorer);
    assert_int_equal(r.rip, sig.handler);
    assert_int_equal(r.rsp, at);
    assert_int_equal((r.rsp + 8) % 16, 0);
    assert_int_equal(r.rdi, SIGSEGV);
    assert_int_equal(r.rax, 0);
    assert_int_equal(r.rflags & 0x500, 0);
    assert_true(at + len <= sig.sp);
    assert_true(len <= arch_sigframe_bytes(FPU_LEN));
}

static void fpu_state_is_aligned_and_found_again(void **state)
{
    struct user_signal sig = some_signal();
    uint8_t fpu[FPU_LEN];

    (void)state;
    some_fpu(fpu);
    for (uint64_t shift = 0; shift < 128; shift++) {
        struct user_regs r = some_regs();
        struct sigframe_ucontext uc;
        uint64_t at;
        size_t len;

        sig.sp = STACK - ARCH_RED_ZONE - shift;
        arch_sigframe_push(&r, &sig, fpu, FPU_LEN, frame, &at, &len);
        memcpy(&uc, frame + offsetof(struct sigframe, uc), sizeof(uc));
        assert_int_equal(uc.mcontext.fpstate % 64, 0);
        assert_memory_equal(frame + (uc.mcontext.fpstate - at), fpu, FPU_LEN);
        assert_int_equal((at + 8) % 16, 0);
        assert_true(at + len <= sig.sp);
    }
}

static void what_goes_in_comes_out(void **state)
{
    struct user_regs r = some_regs(), before = r;
    struct user_signal sig = some_signal();
    struct abi_stack altstack;
    uint64_t at, blocked, fpu_va;
    uint8_t fpu[FPU_LEN];
    size_t len;

    (void)state;
    some_fpu(fpu);
    arch_sigframe_push(&r, &sig, fpu, FPU_LEN, frame, &at, &len);
    r.rsp += 8; /* the handler's return */
    assert_int_equal(arch_sigframe_addr(&r), at);
    assert_int_equal(arch_sigframe_pop(&r, frame, &blocked, &altstack, &fpu_va), 0);
    before.orig_rax = UINT64_MAX;
    assert_memory_equal(&r, &before, sizeof(r));
    assert_int_equal(blocked, sig.blocked);
    assert_memory_equal(&altstack, &sig.altstack, sizeof(altstack));
    assert_true(fpu_va > at && fpu_va < at + len);
}

static void a_forged_frame_gains_nothing(void **state)
{
    struct user_regs r = some_regs();
    struct sigframe f = {0};
    struct abi_stack altstack;
    uint64_t blocked, fpu_va;

    (void)state;
    f.uc.mcontext.cs = 0x33;
    f.uc.mcontext.ss = 0x2b;
    f.uc.mcontext.rflags = UINT64_MAX;
    assert_int_equal(arch_sigframe_pop(&r, &f, &blocked, &altstack, &fpu_va), 0);
    assert_int_equal(r.rflags & 0x3000, 0);  /* IOPL */
    assert_int_equal(r.rflags & 0x20000, 0); /* VM */
    assert_int_equal(r.rflags & 0x4000, 0);  /* NT */
    assert_int_equal(r.rflags & 0x202, 0x202);
    f.uc.mcontext.cs = 0x23; /* 32-bit code */
    assert_int_equal(arch_sigframe_pop(&r, &f, &blocked, &altstack, &fpu_va), -EINVAL);
    f.uc.mcontext.cs = 0x10; /* the kernel's */
    assert_int_equal(arch_sigframe_pop(&r, &f, &blocked, &altstack, &fpu_va), -EINVAL);
}

static void fpu_marks_are_believed_only_if_they_fit(void **state)
{
    uint8_t fpu[FPU_LEN];
    uint32_t size = FPU_LEN + 1, zero;

    (void)state;
    some_fpu(fpu);
    assert_true(arch_fpu_extended(fpu, FPU_LEN));
    assert_false(arch_fpu_extended(fpu, ARCH_FPU_LEGACY_BYTES));
    memcpy(fpu + 480, &size, sizeof(size));
    assert_false(arch_fpu_extended(fpu, FPU_LEN));
    arch_fpu_legacy_only(fpu, FPU_LEN);
    memcpy(&zero, fpu + 464, sizeof(zero));
    assert_int_equal(zero, 0);
    assert_int_equal(fpu[FPU_LEN - 1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siginfo_has_the_hosts_layout),
        cmocka_unit_test(the_context_is_what_ucontext_h_says),
        cmocka_unit_test(the_handler_is_called_as_the_abi_wants),
        cmocka_unit_test(fpu_state_is_aligned_and_found_again),
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_forged_frame_gains_nothing),
        cmocka_unit_test(fpu_marks_are_believed_only_if_they_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
