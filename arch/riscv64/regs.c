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

uint64_t user_regs_arg(const struct user_regs *r, unsigned i)
{
    switch (i) {
    case 0:
        return r->orig_a0;
    case 1:
        return r->a1;
    case 2:
        return r->a2;
    case 3:
        return r->a3;
    case 4:
        return r->a4;
    case 5:
        return r->a5;
    default:
        return 0;
    }
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
