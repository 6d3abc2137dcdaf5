/* SPDX-License-Identifier: BSD-2-Clause */
/* Jcc, SETcc, CMOVcc. */
#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/cond.h"
#include "hostsim/user/sim/size.h"

/*
 * Conditions by name and number, with the tests that hold after a subtraction and after
 * anything that leaves its result.  A condition that has no quick test there asks for all
 * flags.
 */
#define SLOW(cc, n) sim_cc_test(cc, n)
#define A(cc)       ((cc)->a)
#define B(cc)       ((cc)->b)
#define SA(cc)      ((int64_t)(cc)->a)
#define SB(cc)      ((int64_t)(cc)->b)
#define SR(cc)      ((int64_t)(cc)->res)

#define FOR_CONDITIONS(M)                                                                \
    M(o, 0x0, SLOW(cc, 0), SLOW(cc, 0), false)                                           \
    M(no, 0x1, SLOW(cc, 1), SLOW(cc, 1), true)                                           \
    M(b, 0x2, A(cc) < B(cc), sim_cc_carry(cc) != 0, false)                               \
    M(ae, 0x3, A(cc) >= B(cc), sim_cc_carry(cc) == 0, true)                              \
    M(e, 0x4, A(cc) == B(cc), SR(cc) == 0, SR(cc) == 0)                                  \
    M(ne, 0x5, A(cc) != B(cc), SR(cc) != 0, SR(cc) != 0)                                 \
    M(be, 0x6, A(cc) <= B(cc), SLOW(cc, 6), SR(cc) == 0)                                 \
    M(a, 0x7, A(cc) > B(cc), SLOW(cc, 7), SR(cc) != 0)                                   \
    M(s, 0x8, SR(cc) < 0, SR(cc) < 0, SR(cc) < 0)                                        \
    M(ns, 0x9, SR(cc) >= 0, SR(cc) >= 0, SR(cc) >= 0)                                    \
    M(p, 0xa, SLOW(cc, 10), SLOW(cc, 10), SLOW(cc, 10))                                  \
    M(np, 0xb, SLOW(cc, 11), SLOW(cc, 11), SLOW(cc, 11))                                 \
    M(l, 0xc, SA(cc) < SB(cc), SLOW(cc, 12), SR(cc) < 0)                                 \
    M(ge, 0xd, SA(cc) >= SB(cc), SLOW(cc, 13), SR(cc) >= 0)                              \
    M(le, 0xe, SA(cc) <= SB(cc), SLOW(cc, 14), SR(cc) <= 0)                              \
    M(g, 0xf, SA(cc) > SB(cc), SLOW(cc, 15), SR(cc) > 0)

static inline const struct sim_insn *jump_if(struct sim_cpu *cpu,
                                             const struct sim_insn *i, bool taken)
{
    if (taken)
        return sim_go(cpu, 0, i->imm);
    return sim_go(cpu, 1, sim_insn_end(cpu, i));
}

static inline const struct sim_insn *set_if(struct sim_cpu *cpu, const struct sim_insn *i,
                                            bool holds)
{
    *sim_gpr8(cpu, i->rm) = holds;
    SIM_NEXT;
}

#define DEFINE_QUICK(kind, name, test)                                                   \
    static const struct sim_insn *op_j##name##_##kind(struct sim_cpu *cpu,               \
                                                      const struct sim_insn *i)          \
    {                                                                                    \
        const struct sim_cc *cc UNUSED = &cpu->cc;                                       \
                                                                                         \
        return jump_if(cpu, i, test);                                                    \
    }                                                                                    \
    static const struct sim_insn *op_set##name##_##kind(struct sim_cpu *cpu,             \
                                                        const struct sim_insn *i)        \
    {                                                                                    \
        const struct sim_cc *cc UNUSED = &cpu->cc;                                       \
                                                                                         \
        return set_if(cpu, i, test);                                                     \
    }                                                                                    \
    static const struct sim_insn *op_cmov##name##_##kind##_32(struct sim_cpu *cpu,       \
                                                              const struct sim_insn *i)  \
    {                                                                                    \
        const struct sim_cc *cc UNUSED = &cpu->cc;                                       \
        uint64_t from = *sim_gpr64(cpu, i->rm), to = *sim_gpr64(cpu, i->reg);            \
                                                                                         \
        *sim_gpr64(cpu, i->reg) = (uint32_t)((test) ? from : to);                        \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    static const struct sim_insn *op_cmov##name##_##kind##_64(struct sim_cpu *cpu,       \
                                                              const struct sim_insn *i)  \
    {                                                                                    \
        const struct sim_cc *cc UNUSED = &cpu->cc;                                       \
        uint64_t from = *sim_gpr64(cpu, i->rm), to = *sim_gpr64(cpu, i->reg);            \
                                                                                         \
        *sim_gpr64(cpu, i->reg) = (test) ? from : to;                                    \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_QUICKS(name, n, after_sub, after_res, after_logic)                        \
    DEFINE_QUICK(sub, name, after_sub)                                                   \
    DEFINE_QUICK(res, name, after_res)                                                   \
    DEFINE_QUICK(logic, name, after_logic)

FOR_CONDITIONS(DEFINE_QUICKS)

/* ---- the general forms ---- */

SIM_OP(jcc)
{
    return jump_if(cpu, i, sim_cc_test(&cpu->cc, i->cond));
}

SIM_OP(setcc_r)
{
    return set_if(cpu, i, sim_cc_test(&cpu->cc, i->cond));
}

SIM_OP(setcc_m)
{
    if (!sim_store_u8(cpu, sim_ea(cpu, i), sim_cc_test(&cpu->cc, i->cond)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* Memory is read, and the upper half cleared, whether the condition holds or not. */
#define DEFINE_CMOV(N)                                                                   \
    SIM_OP(cmov_r_##N)                                                                   \
    {                                                                                    \
        bool holds = sim_cc_test(&cpu->cc, i->cond);                                     \
                                                                                         \
        SIM_SET(N, i->reg, SIM_GET(N, holds ? i->rm : i->reg));                          \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(cmov_m_##N)                                                                   \
    {                                                                                    \
        bool holds = sim_cc_test(&cpu->cc, i->cond);                                     \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, holds ? v : SIM_GET(N, i->reg));                              \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_WORDS(DEFINE_CMOV)

/* ---- choosing ---- */

struct quick {
    sim_op *jump, *set, *cmov_32, *cmov_64;
};

#define QUICK_ENTRY(kind, name)                                                          \
    {                                                                                    \
        op_j##name##_##kind, op_set##name##_##kind, op_cmov##name##_##kind##_32,         \
            op_cmov##name##_##kind##_64                                                  \
    }
#define QUICK_SUB(name, n, s, r, l)   [n] = QUICK_ENTRY(sub, name),
#define QUICK_RES(name, n, s, r, l)   [n] = QUICK_ENTRY(res, name),
#define QUICK_LOGIC(name, n, s, r, l) [n] = QUICK_ENTRY(logic, name),

static const struct quick quick_sub[16] = {FOR_CONDITIONS(QUICK_SUB)};
static const struct quick quick_res[16] = {FOR_CONDITIONS(QUICK_RES)};
static const struct quick quick_logic[16] = {FOR_CONDITIONS(QUICK_LOGIC)};

void sim_cond_specialise(struct sim_insn *i, enum sim_row_cc sets)
{
    const struct quick *q = sets == SIM_SETS_SUB     ? quick_sub
                            : sets == SIM_SETS_RES   ? quick_res
                            : sets == SIM_SETS_LOGIC ? quick_logic
                                                     : NULL;

    if (!q)
        return;
    q += i->cond;
    if (i->op == sim_op_jcc)
        i->op = q->jump;
    else if (i->op == sim_op_setcc_r)
        i->op = q->set;
    else if (i->op == sim_op_cmov_r_32)
        i->op = q->cmov_32;
    else if (i->op == sim_op_cmov_r_64)
        i->op = q->cmov_64;
}

/* ---- rows ---- */

#define ROW(name_, map_, op_, form_, reg_, mem_)                                         \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = 16,              \
        .prefix = SIM_ANYP, .ext = SIM_ANY, .rm = SIM_ANY, .form = SIM_COND | (form_),   \
        .reg = reg_, .mem = mem_                                                         \
    }

static const struct sim_row cond_rows[] = {
    ROW("jcc", 1, 0x70, SIM_REL8 | SIM_END, SIM_ONE(jcc), NULL),
    ROW("jcc", 0F, 0x80, SIM_REL32 | SIM_END, SIM_ONE(jcc), NULL),
    ROW("setcc", 0F, 0x90, SIM_MODRM | SIM_BYTE, SIM_ONE(setcc_r), SIM_ONE(setcc_m)),
    ROW("cmovcc", 0F, 0x40, SIM_MODRM, SIM_WORDS(cmov_r), SIM_WORDS(cmov_m)),
};

SIM_TABLE(cond, cond_rows);
