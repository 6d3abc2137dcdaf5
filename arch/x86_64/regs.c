/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers as the x86-64 Linux ABI uses them (System V ABI AMD64 A.2). */
#include "abi/user.h"

#include "lib/base.h"

#define SYSCALL_BYTES 2u /* 0f 05 */
#define NO_CALL       UINT64_MAX
#define RFLAGS_START  0x202u /* interrupts on, and bit 1, which is always set */

void user_regs_begin_call(struct user_regs *r)
{
    r->orig_rax = r->rax;
}

uint64_t user_regs_syscall_nr(const struct user_regs *r)
{
    return r->orig_rax;
}

void user_regs_args(const struct user_regs *r, uint64_t a[6])
{
    a[0] = r->rdi;
    a[1] = r->rsi;
    a[2] = r->rdx;
    a[3] = r->r10;
    a[4] = r->r8;
    a[5] = r->r9;
}

void user_regs_set_result(struct user_regs *r, int64_t result)
{
    r->rax = (uint64_t)result;
    r->orig_rax = NO_CALL;
}

int64_t user_regs_result(const struct user_regs *r)
{
    return (int64_t)r->rax;
}

void user_regs_restart(struct user_regs *r, uint64_t nr)
{
    r->rax = nr;
    r->rip -= SYSCALL_BYTES;
    r->orig_rax = NO_CALL;
}

uint64_t user_regs_pc(const struct user_regs *r)
{
    return r->rip;
}

uint64_t user_regs_sp(const struct user_regs *r)
{
    return r->rsp;
}

void user_regs_start(struct user_regs *r, uint64_t pc, uint64_t sp)
{
    *r = (struct user_regs){
        .rip = pc,
        .rsp = sp,
        .rflags = RFLAGS_START,
        .orig_rax = NO_CALL,
    };
}

void user_regs_set_sp(struct user_regs *r, uint64_t sp)
{
    r->rsp = sp;
}

void user_regs_set_tls(struct user_regs *r, uint64_t tls)
{
    r->fs_base = tls;
}
