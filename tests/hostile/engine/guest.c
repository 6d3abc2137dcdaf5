/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests of the fake machine. */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "hostsim/user/native.h"

void guest_load(struct guest *g, const struct piece *code)
{
    g->code_pa = fake_page();
    memcpy(fake_virt(g->code_pa), code->begin, (size_t)(code->end - code->begin));
    fake_map(g->root, GUEST_CODE, g->code_pa, HAL_READ | HAL_EXEC, false);
    native_flush(g->space, GUEST_CODE, HAL_PAGE_SIZE);
    memset(&g->user.regs, 0, sizeof(g->user.regs));
    g->user.regs.rip = GUEST_CODE;
    g->user.regs.rsp = GUEST_STACK;
}

void guest_thread(struct guest *g, struct hal_user *user)
{
    memset(user, 0, sizeof(*user));
    if (hal_user_init(user, g->space, NULL) != 0) {
        fprintf(stderr, "no guest thread\n");
        exit(1);
    }
    user->regs.rip = GUEST_CODE;
    user->regs.rsp = GUEST_STACK - HAL_PAGE_SIZE / 2;
}

void guest_start(struct guest *g, const struct piece *code, uint64_t parent)
{
    memset(g, 0, sizeof(*g));
    g->root = fake_root();
    g->stack_pa = fake_page();
    fake_map(g->root, GUEST_STACK - HAL_PAGE_SIZE, g->stack_pa, HAL_READ | HAL_WRITE,
             false);
    if (hal_space_create(g->root, parent, &g->space) != 0) {
        fprintf(stderr, "no guest space\n");
        exit(1);
    }
    guest_thread(g, &g->user);
    guest_load(g, code);
}

void guest_stop(struct guest *g)
{
    hal_user_fini(&g->user);
    native_flush(g->space, 0, UINT64_MAX);
    hal_space_destroy(g->space);
    fake_reuse(g->root);
}

void guest_patch(struct guest *g, const struct hal_trap *trap)
{
    uint64_t pa = fake_page();

    memcpy(fake_virt(pa), fake_virt(g->code_pa), HAL_PAGE_SIZE);
    memcpy(fake_virt(pa) + trap->patch_va % HAL_PAGE_SIZE, trap->patch, trap->patch_len);
    g->code_pa = pa;
    fake_map(g->root, GUEST_CODE, pa, HAL_READ | HAL_EXEC, false);
    native_flush(g->space, GUEST_CODE, HAL_PAGE_SIZE);
}

void guest_run(struct guest *g, struct hal_user *user, struct hal_trap *trap, bool patch,
               uint64_t result)
{
    for (;;) {
        hal_user_run(user, trap);
        if (trap->kind == HAL_TRAP_INTERRUPT) {
            fake_irq_ack();
            continue;
        }
        if (trap->kind != HAL_TRAP_SYSCALL || user->regs.orig_rax >= GUEST_END)
            return;
        if (patch && trap->patch_len != 0)
            guest_patch(g, trap);
        user->regs.rax = result;
    }
}
