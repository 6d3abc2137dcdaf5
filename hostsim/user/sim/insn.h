/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoded instruction, and what its handler looks like.
 *
 *     SIM_OP(sse_addps_m)
 *     {
 *         union sim_xmm b;
 *
 *         if (unlikely(!sim_load_xmm(cpu, sim_ea(cpu, i), &b)))
 *             return sim_fault(cpu, i);
 *         ... change registers ...
 *         SIM_NEXT;
 *     }
 *
 * What can fault comes first; then state changes, and nothing fails any more.  A handler ends
 * with one of
 *     SIM_NEXT                      go on with the next instruction
 *     return sim_fault(cpu, i)      after a failed access of mem.h
 *     return sim_raise(cpu, i, x)   an exception before the instruction has happened
 *     return sim_after(cpu, i, s)   stop with reason `s` after the instruction
 * A branch is the last of its block and has ways of its own, branch.h.
 *
 * SIM_NEXT jumps to the next handler where the compiler makes a jump of such a call, and
 * otherwise returns to the loop in run.c, which calls it; both are right everywhere.
 *
 * Owner:   hostsim/user/sim.
 * Context: sim_run().
 * Locking: none.
 * Errors:  see above.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_INSN_H
#define CLOUDOS_HOSTSIM_USER_SIM_INSN_H

#include "hostsim/user/sim/cpu.h"

/* Returns the instruction to run next, or NULL: cpu->stop says why. */
typedef const struct sim_insn *sim_op(struct sim_cpu *cpu, const struct sim_insn *i);

struct sim_insn {
    sim_op *op;
    uint64_t imm; /* sign-extended; of a branch: where it goes */
    uint64_t disp;
    uint8_t base, index; /* slots of sim_cpu.r; SIM_ZERO: none */
    uint8_t scale;       /* shift of the index */
    /* Operands of the ModRM byte: for general registers the byte offset into sim_cpu.r (so
     * that AH is 1 and needs no special case), for all others the register's number. */
    uint8_t reg, rm;
    uint8_t size; /* of the operand: 1, 2, 4 or 8 bytes */
    uint8_t len;  /* bytes of code */
    uint8_t nth;  /* its number within the block */
    uint16_t at;  /* offset within the block */
    uint8_t rep;  /* 0, 0xf2 or 0xf3 */
    uint8_t cond; /* condition code, or what else the row says */
    uint32_t spare;
};

#define SIM_OP(name)                                                                     \
    const struct sim_insn *sim_op_##name(struct sim_cpu *cpu UNUSED,                     \
                                         const struct sim_insn *i);                      \
    const struct sim_insn *sim_op_##name(struct sim_cpu *cpu UNUSED,                     \
                                         const struct sim_insn *i)

#ifdef SIM_TAIL_CALLS
#define SIM_NEXT return i[1].op(cpu, &i[1])
#else
#define SIM_NEXT return &i[1]
#endif

/* General registers by byte offset.  A 32-bit write clears the upper half, smaller ones leave
 * the rest alone (Intel SDM 1 3.4.1.1). */
static inline uint64_t *sim_gpr64(struct sim_cpu *cpu, uint8_t at)
{
    return (uint64_t *)((uint8_t *)cpu->r + at);
}

static inline uint32_t sim_gpr32(struct sim_cpu *cpu, uint8_t at)
{
    return *(uint32_t *)((uint8_t *)cpu->r + at);
}

static inline uint16_t *sim_gpr16(struct sim_cpu *cpu, uint8_t at)
{
    return (uint16_t *)((uint8_t *)cpu->r + at);
}

static inline uint8_t *sim_gpr8(struct sim_cpu *cpu, uint8_t at)
{
    return (uint8_t *)cpu->r + at;
}

static inline void sim_gpr32_set(struct sim_cpu *cpu, uint8_t at, uint32_t v)
{
    *sim_gpr64(cpu, at) = v;
}

/* The memory operand's address. */
static inline uint64_t sim_ea(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return cpu->r[i->base] + (cpu->r[i->index] << i->scale) + i->disp;
}

/* Where the instruction lies, and where the next one does. */
uint64_t sim_insn_rip(const struct sim_cpu *cpu, const struct sim_insn *i);
uint64_t sim_insn_end(const struct sim_cpu *cpu, const struct sim_insn *i);

/* The end of a handler that does not go on; all return NULL. */
const struct sim_insn *sim_fault(struct sim_cpu *cpu, const struct sim_insn *i);
const struct sim_insn *sim_raise(struct sim_cpu *cpu, const struct sim_insn *i,
                                 enum hal_exception what);
/* #MF, #XM: `code` is the FPE_* of the signal. */
const struct sim_insn *sim_raise_fpe(struct sim_cpu *cpu, const struct sim_insn *i,
                                     uint32_t code);
const struct sim_insn *sim_after(struct sim_cpu *cpu, const struct sim_insn *i,
                                 enum sim_stop why);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_INSN_H */
