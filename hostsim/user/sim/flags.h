/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Status flags, worked out when somebody asks.
 *
 * An instruction stores its operands and result, sign-extended to 64 bits.  Sign extension
 * keeps both the signed and the unsigned order, and the top bit is the operand's own, so that
 * no formula below needs the operand's size.
 *
 * Owner:   hostsim/user/sim.
 * Context: handlers.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_FLAGS_H
#define CLOUDOS_HOSTSIM_USER_SIM_FLAGS_H

#include "hostsim/user/sim/cpu.h"

static inline void sim_cc_set(struct sim_cpu *cpu, enum sim_cc_kind kind, uint64_t res,
                              uint64_t a, uint64_t b)
{
    cpu->cc = (struct sim_cc){.kind = kind, .res = res, .a = a, .b = b};
}

/* ZF SF PF of `res`, and `rest` as it is: a set of CF, AF, OF. */
static inline void sim_cc_mix(struct sim_cpu *cpu, uint64_t res, uint32_t rest)
{
    cpu->cc.kind = SIM_CC_MIX;
    cpu->cc.res = res;
    cpu->cc.a = rest;
}

/* All status flags as given. */
static inline void sim_cc_raw(struct sim_cpu *cpu, uint32_t flags)
{
    cpu->cc.kind = SIM_CC_RAW;
    cpu->cc.a = flags;
}

/* The six status flags. */
uint32_t sim_cc_flags(const struct sim_cc *cc);

/* The carry flag, 0 or 1. */
static inline unsigned sim_cc_carry(const struct sim_cc *cc)
{
    switch (cc->kind) {
    case SIM_CC_ADD:
        return (unsigned)(((cc->a & cc->b) | ((cc->a | cc->b) & ~cc->res)) >> 63);
    case SIM_CC_SUB:
        return (unsigned)(((~cc->a & cc->b) | ((~cc->a | cc->b) & cc->res)) >> 63);
    case SIM_CC_LOGIC:
        return 0;
    default:
        return (unsigned)cc->a & SIM_CF;
    }
}

static inline uint32_t sim_cc_parity(uint64_t res)
{
    unsigned odd = (unsigned)(res ^ res >> 4) & 15;

    return (uint32_t)(0x9669 >> odd & 1) * SIM_PF;
}

/* ZF, SF and PF of a result. */
static inline uint32_t sim_cc_zsp(uint64_t res)
{
    return (uint32_t)(res == 0) * SIM_ZF | (uint32_t)(res >> 63) * SIM_SF |
           sim_cc_parity(res);
}

/* Does condition `cond` (the low four bits of Jcc) hold? */
bool sim_cc_test(const struct sim_cc *cc, unsigned cond);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_FLAGS_H */
