/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers as the aarch64 Linux ABI uses them: number in x8, arguments from x0, result in x0. */
#include "abi/user.h"

#include "lib/base.h"

#define SYSCALL_BYTES 4u
#define REG_NR        8

void user_regs_begin_call(struct user_regs *r)
{
    r->orig_x0 = r->x[0];
}

uint64_t user_regs_syscall_nr(const struct user_regs *r)
{
    return r->x[REG_NR];
}

void user_regs_args(const struct user_regs *r, uint64_t a[6])
{
    a[0] = r->orig_x0;
    a[1] = r->x[1];
    a[2] = r->x[2];
    a[3] = r->x[3];
    a[4] = r->x[4];
    a[5] = r->x[5];
}

void user_regs_set_result(struct user_regs *r, int64_t result)
{
    r->x[0] = (uint64_t)result;
}

int64_t user_regs_result(const struct user_regs *r)
{
    return (int64_t)r->x[0];
}

void user_regs_restart(struct user_regs *r, uint64_t nr)
{
    r->x[0] = r->orig_x0;
    r->x[REG_NR] = nr;
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
    r->tpidr = tls;
}
