/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel contexts; the switch itself is in context.S. */
#include "hal/hal.h"

#include "hostsim/hal/fiber.h"

void context_swap(uint64_t *save_sp, uint64_t load_sp);
void context_start(void);
_Noreturn void context_enter(void (*entry)(void *), void *arg);

/* What context_swap() pops, from the stack pointer upwards. */
struct saved {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t rip;
    uint64_t end[2]; /* above context_start(): nothing */
};

void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg)
{
    struct saved *s;

    ctx->tag = fiber_create(stack, len);
    /* Popping all of it leaves the pointer at `end`, aligned to 16 as a call wants it. */
    s = (struct saved *)(((uintptr_t)stack + len) & ~(uintptr_t)15) - 1;
    *s = (struct saved){
        .r12 = (uint64_t)(uintptr_t)entry,
        .r13 = (uint64_t)(uintptr_t)arg,
        .rip = (uint64_t)(uintptr_t)context_start,
    };
    ctx->sp = (uint64_t)(uintptr_t)s;
}

FIBER_SWITCHES void hal_context_switch(struct hal_context *from, struct hal_context *to)
{
    fiber_leave(from, to);
    context_swap(&from->sp, to->sp);
    fiber_arrive();
}

FIBER_SWITCHES _Noreturn void context_enter(void (*entry)(void *), void *arg)
{
    fiber_arrive();
    entry(arg);
    __builtin_trap();
}

void hal_context_fini(struct hal_context *ctx)
{
    fiber_destroy(ctx->tag);
    ctx->sp = 0;
    ctx->tag = 0;
}
