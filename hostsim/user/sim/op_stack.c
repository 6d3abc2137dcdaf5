/* SPDX-License-Identifier: BSD-2-Clause */
/* PUSH POP ENTER LEAVE, PUSHF POPF LAHF SAHF and single flags. */
#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/size.h"

#define AH                1 /* as a byte offset into the registers */
#define LAHF_FLAGS        (SIM_SF | SIM_ZF | SIM_AF | SIM_PF | SIM_CF)
#define FLAGS_16          0xffffu
#define ENTER_LEVELS_MASK 31

#define PUSH(N, v)                                                                       \
    do {                                                                                 \
        if (unlikely(!SIM_STORE(N, cpu->r[SIM_RSP] - N / 8, v)))                         \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] -= N / 8;                                                        \
    } while (0)

#define DEFINE_STACK(N)                                                                  \
    SIM_OP(push_r_##N)                                                                   \
    {                                                                                    \
        PUSH(N, SIM_GET(N, i->rm));                                                      \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(push_i_##N)                                                                   \
    {                                                                                    \
        PUSH(N, i->imm);                                                                 \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(push_m_##N)                                                                   \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        PUSH(N, v);                                                                      \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(pop_r_##N)                                                                    \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, cpu->r[SIM_RSP], &v)))                                 \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] += N / 8;                                                        \
        SIM_SET(N, i->rm, v);                                                            \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(pop_m_##N)                                                                    \
    {                                                                                    \
        uint64_t va = sim_ea(cpu, i);                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, cpu->r[SIM_RSP], &v)))                                 \
            return sim_fault(cpu, i);                                                    \
        if (unlikely(!SIM_STORE(N, va, v)))                                              \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] += N / 8;                                                        \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(leave_##N)                                                                    \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, cpu->r[SIM_RBP], &v)))                                 \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] = cpu->r[SIM_RBP] + N / 8;                                       \
        SIM_SETR(N, SIM_RBP, v);                                                         \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(pushf_##N)                                                                    \
    {                                                                                    \
        PUSH(N, sim_cpu_flags(cpu));                                                     \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(popf_##N)                                                                     \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, cpu->r[SIM_RSP], &v)))                                 \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] += N / 8;                                                        \
        sim_cpu_set_flags(cpu, N == 16 ? (cpu->control & ~FLAGS_16) | v : v);            \
        return sim_lookup(cpu, sim_insn_end(cpu, i), NULL);                              \
    }

DEFINE_STACK(16)
DEFINE_STACK(64)

/* ENTER: frame pointers of outer levels are copied, then the frame's own.  The stack must be
 * writable at its new top before anything changes. */
#define DEFINE_ENTER(N)                                                                  \
    SIM_OP(enter_##N)                                                                    \
    {                                                                                    \
        uint64_t size = i->imm & 0xffff, sp = cpu->r[SIM_RSP] - N / 8, frame = sp;       \
        unsigned levels = (unsigned)(i->imm >> 16) & ENTER_LEVELS_MASK;                  \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (!SIM_STORE(N, sp, SIM_GETR(N, SIM_RBP)))                                     \
            return sim_fault(cpu, i);                                                    \
        for (unsigned n = 1; n < levels; n++) {                                          \
            sp -= N / 8;                                                                 \
            if (!SIM_LOAD(N, cpu->r[SIM_RBP] - N / 8 * n, &v) || !SIM_STORE(N, sp, v))   \
                return sim_fault(cpu, i);                                                \
        }                                                                                \
        if (levels > 0) {                                                                \
            sp -= N / 8;                                                                 \
            if (!SIM_STORE(N, sp, frame))                                                \
                return sim_fault(cpu, i);                                                \
        }                                                                                \
        if (!sim_rw(cpu, sp - size, N / 8))                                              \
            return sim_fault(cpu, i);                                                    \
        cpu->split = false;                                                              \
        SIM_SETR(N, SIM_RBP, frame);                                                     \
        cpu->r[SIM_RSP] = sp - size;                                                     \
        SIM_NEXT;                                                                        \
    }

DEFINE_ENTER(16)
DEFINE_ENTER(64)

/* ---- flags ---- */

SIM_OP(lahf)
{
    *sim_gpr8(cpu, AH) = (uint8_t)((sim_cc_flags(&cpu->cc) & LAHF_FLAGS) | 2);
    SIM_NEXT;
}

SIM_OP(sahf)
{
    sim_cc_raw(cpu,
               (sim_cc_flags(&cpu->cc) & SIM_OF) | (*sim_gpr8(cpu, AH) & LAHF_FLAGS));
    SIM_NEXT;
}

SIM_OP(cmc)
{
    sim_cc_raw(cpu, sim_cc_flags(&cpu->cc) ^ SIM_CF);
    SIM_NEXT;
}

SIM_OP(clc)
{
    sim_cc_raw(cpu, sim_cc_flags(&cpu->cc) & ~SIM_CF);
    SIM_NEXT;
}

SIM_OP(stc)
{
    sim_cc_raw(cpu, sim_cc_flags(&cpu->cc) | SIM_CF);
    SIM_NEXT;
}

SIM_OP(cld)
{
    cpu->control &= ~SIM_DF;
    SIM_NEXT;
}

SIM_OP(std)
{
    cpu->control |= SIM_DF;
    SIM_NEXT;
}

#define STACK_SIZES(op)                                                                  \
    ((sim_op *const[4]){NULL, sim_op_##op##_16, NULL, sim_op_##op##_64})

#define ROW(name_, map_, op_, count_, ext_, form_, sets_, reg_, mem_)                    \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = (count_),        \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_##sets_,      \
        .form = SIM_D64 | (form_), .reg = reg_, .mem = mem_                              \
    }
#define FLAG_ROW(name, op) ROW(#name, 1, op, 1, SIM_ANY, 0, ANY, SIM_ONE(name), NULL)

static const struct sim_row stack_rows[] = {
    ROW("push", 1, 0x50, 8, SIM_ANY, SIM_OPREG, NONE, STACK_SIZES(push_r), NULL),
    ROW("pop", 1, 0x58, 8, SIM_ANY, SIM_OPREG, NONE, STACK_SIZES(pop_r), NULL),
    ROW("push", 1, 0x68, 1, SIM_ANY, SIM_IMMZ, NONE, STACK_SIZES(push_i), NULL),
    ROW("push", 1, 0x6a, 1, SIM_ANY, SIM_IMM8, NONE, STACK_SIZES(push_i), NULL),
    ROW("pop", 1, 0x8f, 1, 0, SIM_MODRM | SIM_STACK, NONE, STACK_SIZES(pop_r),
        STACK_SIZES(pop_m)),
    ROW("push", 1, 0xff, 1, 6, SIM_MODRM, NONE, STACK_SIZES(push_r), STACK_SIZES(push_m)),
    ROW("enter", 1, 0xc8, 1, SIM_ANY, SIM_IMM16 | SIM_IMM8, NONE, STACK_SIZES(enter),
        NULL),
    ROW("leave", 1, 0xc9, 1, SIM_ANY, 0, NONE, STACK_SIZES(leave), NULL),
    ROW("pushf", 1, 0x9c, 1, SIM_ANY, 0, NONE, STACK_SIZES(pushf), NULL),
    ROW("popf", 1, 0x9d, 1, SIM_ANY, SIM_END, ANY, STACK_SIZES(popf), NULL),
    FLAG_ROW(sahf, 0x9e),
    FLAG_ROW(lahf, 0x9f),
    FLAG_ROW(cmc, 0xf5),
    FLAG_ROW(clc, 0xf8),
    FLAG_ROW(stc, 0xf9),
    FLAG_ROW(cld, 0xfc),
    FLAG_ROW(std, 0xfd),
};

SIM_TABLE(stack, stack_rows);
