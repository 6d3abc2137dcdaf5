/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers as the riscv64 Linux ABI uses them: number in a7, arguments from a0, result in a0. */
#include "abi/user.h"

#include "lib/base.h"

#define SYSCALL_BYTES 4u /* ecall has no compressed form */

void user_regs_begin_call(struct user_regs *r)
{
    r->orig_a0 = r->a0;
}

uint64_t user_regs_syscall_nr(const struct user_regs *r)
{
    return r->a7;
}

void user_regs_args(const struct user_regs *r, uint64_t a[6])
{
    a[0] = r->orig_a0;
    a[1] = r->a1;
    a[2] = r->a2;
    a[3] = r->a3;
    a[4] = r->a4;
    a[5] = r->a5;
}

void user_regs_set_result(struct user_regs *r, int64_t result)
{
    r->a0 = (uint64_t)result;
}

int64_t user_regs_result(const struct user_regs *r)
{
    return (int64_t)r->a0;
}

void user_regs_restart(struct user_regs *r, uint64_t nr)
{
    r->a0 = r->orig_a0;
    r->a7 = nr;
    r->pc -= SYSCALL_BYTES;
}

uint64_t user_regs_pc(const struct user_regs *r)
{
    return r->pc;
}

uint64_t user_regs_sp(const struct user_regs *r)
{
    return r->sp;
}

void user_regs_start(struct user_regs *r, uint64_t pc, uint64_t sp)
{
    *r = (struct user_regs){.pc = pc, .sp = sp};
}

void user_regs_set_sp(struct user_regs *r, uint64_t sp)
{
    r->sp = sp;
}

void user_regs_set_tls(struct user_regs *r, uint64_t tls)
{
    r->tp = tls;
}
