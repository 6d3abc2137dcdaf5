/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How control passes from block to block.
 *
 * These return to the loop in run.c, never into the next handler: the host's stack is even at
 * each block, whatever the compiler made of SIM_NEXT.
 *
 * Owner:   hostsim/user/sim.
 * Context: handlers of instructions that end a block.
 * Locking: none.
 * Errors:  none; a target that cannot be executed faults when it is looked up.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_BRANCH_H
#define CLOUDOS_HOSTSIM_USER_SIM_BRANCH_H

#include "hostsim/user/sim/code.h"

/* Leave the block without a way that is known; run.c looks it up. */
static inline const struct sim_insn *sim_lookup(struct sim_cpu *cpu, uint64_t va,
                                                struct sim_link *link)
{
    cpu->rip = va;
    cpu->core->wanted = link;
    return NULL;
}

static inline const struct sim_insn *sim_enter(struct sim_cpu *cpu, struct sim_block *b)
{
    if (unlikely(cpu->left < b->count) ||
        unlikely(atomic_load_explicit(&cpu->core->attention, memory_order_relaxed)))
        return sim_lookup(cpu, b->va, NULL);
    cpu->left -= b->count;
    cpu->block = b;
    return b->insns;
}

/* Go to the fixed address `va`, way 0 or 1 of the block. */
static inline const struct sim_insn *sim_go(struct sim_cpu *cpu, unsigned way,
                                            uint64_t va)
{
    struct sim_link *link = (struct sim_link *)&cpu->block->link[way];

    if (likely(link->epoch == cpu->epoch))
        return sim_enter(cpu, link->to);
    return sim_lookup(cpu, va, link);
}

/* Go to an address that was computed. */
static inline const struct sim_insn *sim_go_to(struct sim_cpu *cpu, uint64_t va)
{
    struct sim_jump *j = sim_jump_at(cpu->core, va);

    if (likely(j->va == va && j->epoch == cpu->epoch))
        return sim_enter(cpu, j->to);
    return sim_lookup(cpu, va, NULL);
}

#endif /* CLOUDOS_HOSTSIM_USER_SIM_BRANCH_H */
