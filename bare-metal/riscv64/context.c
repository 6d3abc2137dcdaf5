/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel contexts; the switch itself is in context.S. */
#include "hal/hal.h"

#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/stack.h"
#include "bare-metal/riscv64/user.h"

void context_swap(uint64_t *save_sp, uint64_t load_sp);
void context_start(void);

/* What context_swap() pops. */
struct saved {
    uint64_t ra, s0, s1, s2, rest[9];
    uint64_t align;
};

_Static_assert(sizeof(struct saved) == 112, "context.S");

void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg)
{
    struct saved *s = (struct saved *)(((uintptr_t)stack + len) & ~(uintptr_t)15) - 1;

    *s = (struct saved){
        .ra = (uint64_t)(uintptr_t)context_start,
        .s1 = (uint64_t)(uintptr_t)entry,
        .s2 = (uint64_t)(uintptr_t)arg,
    };
    ctx->sp = (uint64_t)(uintptr_t)s;
    ctx->tag = (uint64_t)(uintptr_t)stack;
}

void hal_context_switch(struct hal_context *from, struct hal_context *to)
{
    struct cpu *c = cpu_self();

    user_fpu_save();
    stacks_catch_up();
    from->tag = c->stack_low;
    c->stack_low = to->tag;
    context_swap(&from->sp, to->sp);
}

void hal_context_fini(struct hal_context *ctx)
{
    ctx->sp = 0;
}
