/* SPDX-License-Identifier: BSD-2-Clause */
/* Status flags from the last result; Intel SDM 1 appendix A. */
#include "hostsim/user/sim/flags.h"

static uint32_t flags_add(const struct sim_cc *cc)
{
    uint64_t carries = (cc->a & cc->b) | ((cc->a | cc->b) & ~cc->res);

    return sim_cc_zsp(cc->res) | (uint32_t)(carries >> 63) * SIM_CF |
           (uint32_t)(carries >> 3 & 1) * SIM_AF |
           (uint32_t)(((cc->a ^ cc->res) & (cc->b ^ cc->res)) >> 63) * SIM_OF;
}

static uint32_t flags_sub(const struct sim_cc *cc)
{
    uint64_t borrows = (~cc->a & cc->b) | ((~cc->a | cc->b) & cc->res);

    return sim_cc_zsp(cc->res) | (uint32_t)(borrows >> 63) * SIM_CF |
           (uint32_t)(borrows >> 3 & 1) * SIM_AF |
           (uint32_t)(((cc->a ^ cc->b) & (cc->a ^ cc->res)) >> 63) * SIM_OF;
}

uint32_t sim_cc_flags(const struct sim_cc *cc)
{
    switch (cc->kind) {
    case SIM_CC_ADD:
        return flags_add(cc);
    case SIM_CC_SUB:
        return flags_sub(cc);
    case SIM_CC_LOGIC:
        return sim_cc_zsp(cc->res);
    case SIM_CC_MIX:
        return sim_cc_zsp(cc->res) | (uint32_t)cc->a;
    default:
        return (uint32_t)cc->a;
    }
}

bool sim_cc_test(const struct sim_cc *cc, unsigned cond)
{
    uint32_t f = sim_cc_flags(cc);
    bool less = !(f & SIM_SF) != !(f & SIM_OF), is;

    switch (cond >> 1) {
    case 0:
        is = f & SIM_OF;
        break;
    case 1:
        is = f & SIM_CF;
        break;
    case 2:
        is = f & SIM_ZF;
        break;
    case 3:
        is = f & (SIM_CF | SIM_ZF);
        break;
    case 4:
        is = f & SIM_SF;
        break;
    case 5:
        is = f & SIM_PF;
        break;
    case 6:
        is = less;
        break;
    default:
        is = less || f & SIM_ZF;
        break;
    }
    return is != (cond & 1);
}

uint64_t sim_cpu_flags(const struct sim_cpu *cpu)
{
    return sim_cc_flags(&cpu->cc) | cpu->control | SIM_FLAGS_ON;
}

void sim_cpu_set_flags(struct sim_cpu *cpu, uint64_t rflags)
{
    sim_cc_raw(cpu, (uint32_t)rflags & SIM_STATUS);
    cpu->control = (uint32_t)rflags & SIM_CONTROL;
}
