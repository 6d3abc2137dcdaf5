/* SPDX-License-Identifier: BSD-2-Clause */
/* MUL IMUL DIV IDIV. */
#include "hostsim/user/sim/size.h"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 wide_signed;

/* CF and OF: the upper half matters.  SF and PF are undefined and follow the lower half, ZF and
 * AF are then 0. */
static inline void product_flags(struct sim_cpu *cpu, uint64_t low, bool overflow)
{
    sim_cc_raw(cpu, (sim_cc_zsp(low) & ~SIM_ZF) | (overflow ? SIM_CF | SIM_OF : 0));
}

/* The double-size result: AX, or DX:AX and so on. */
static inline void set_pair_8(struct sim_cpu *cpu, uint8_t low, uint8_t high)
{
    *sim_gpr16(cpu, 0) = (uint16_t)(high << 8 | low);
}

static inline wide get_pair_8(struct sim_cpu *cpu)
{
    return *sim_gpr16(cpu, 0);
}

#define DEFINE_PAIR(N)                                                                   \
    static inline void set_pair_##N(struct sim_cpu *cpu, uint##N##_t low,                \
                                    uint##N##_t high)                                    \
    {                                                                                    \
        SIM_SETR(N, SIM_RAX, low);                                                       \
        SIM_SETR(N, SIM_RDX, high);                                                      \
    }                                                                                    \
    static inline wide get_pair_##N(struct sim_cpu *cpu)                                 \
    {                                                                                    \
        return (wide)SIM_GETR(N, SIM_RDX) << N | SIM_GETR(N, SIM_RAX);                   \
    }

SIM_FOR_WORDS(DEFINE_PAIR)

/* Quotient and remainder: AL and AH, or AX and DX and so on. */
#define DEFINE_RESULT(N) set_pair_##N(cpu, (uint##N##_t)q, (uint##N##_t)r)

#define DEFINE_MULDIV(N)                                                                 \
    static inline void mul_##N(struct sim_cpu *cpu, uint##N##_t b)                       \
    {                                                                                    \
        wide p = (wide)SIM_GETR(N, SIM_RAX) * b;                                         \
                                                                                         \
        set_pair_##N(cpu, (uint##N##_t)p, (uint##N##_t)(p >> N));                        \
        product_flags(cpu, SIM_SEXT(N, p), p >> N != 0);                                 \
    }                                                                                    \
    static inline void imul_##N(struct sim_cpu *cpu, uint##N##_t b)                      \
    {                                                                                    \
        wide_signed p = (wide_signed)(int##N##_t)SIM_GETR(N, SIM_RAX) * (int##N##_t)b;   \
                                                                                         \
        set_pair_##N(cpu, (uint##N##_t)p, (uint##N##_t)((wide)p >> N));                  \
        product_flags(cpu, SIM_SEXT(N, p), p != (int##N##_t)p);                          \
    }                                                                                    \
    static inline bool div_##N(struct sim_cpu *cpu, uint##N##_t b)                       \
    {                                                                                    \
        wide a = get_pair_##N(cpu), q, r;                                                \
                                                                                         \
        if (b == 0 || (uint##N##_t)(a >> N) >= b)                                        \
            return false;                                                                \
        if (N == 64 && a >> 64 != 0) {                                                   \
            q = a / b;                                                                   \
            r = a % b;                                                                   \
        } else {                                                                         \
            q = (uint64_t)a / b;                                                         \
            r = (uint64_t)a % b;                                                         \
        }                                                                                \
        DEFINE_RESULT(N);                                                                \
        return true;                                                                     \
    }                                                                                    \
    static inline bool idiv_##N(struct sim_cpu *cpu, uint##N##_t b)                      \
    {                                                                                    \
        wide_signed a =                                                                  \
            (wide_signed)(get_pair_##N(cpu) << (128 - 2 * N)) >> (128 - 2 * N);          \
        int##N##_t d = (int##N##_t)b;                                                    \
        wide_signed q, r;                                                                \
                                                                                         \
        if (d == 0 || (d == -1 && a == (wide_signed)((wide)1 << 127)))                   \
            return false;                                                                \
        q = a / d;                                                                       \
        r = a % d;                                                                       \
        if (q != (int##N##_t)q)                                                          \
            return false;                                                                \
        DEFINE_RESULT(N);                                                                \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(mul_r_##N)                                                                    \
    {                                                                                    \
        mul_##N(cpu, SIM_GET(N, i->rm));                                                 \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(imul_r_##N)                                                                   \
    {                                                                                    \
        imul_##N(cpu, SIM_GET(N, i->rm));                                                \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(div_r_##N)                                                                    \
    {                                                                                    \
        if (!div_##N(cpu, SIM_GET(N, i->rm)))                                            \
            return sim_raise(cpu, i, HAL_EXC_DIVIDE);                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(idiv_r_##N)                                                                   \
    {                                                                                    \
        if (!idiv_##N(cpu, SIM_GET(N, i->rm)))                                           \
            return sim_raise(cpu, i, HAL_EXC_DIVIDE);                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mul_m_##N)                                                                    \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &b))                                            \
            return sim_fault(cpu, i);                                                    \
        mul_##N(cpu, b);                                                                 \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(imul_m_##N)                                                                   \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &b))                                            \
            return sim_fault(cpu, i);                                                    \
        imul_##N(cpu, b);                                                                \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(div_m_##N)                                                                    \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &b))                                            \
            return sim_fault(cpu, i);                                                    \
        if (!div_##N(cpu, b))                                                            \
            return sim_raise(cpu, i, HAL_EXC_DIVIDE);                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(idiv_m_##N)                                                                   \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &b))                                            \
            return sim_fault(cpu, i);                                                    \
        if (!idiv_##N(cpu, b))                                                           \
            return sim_raise(cpu, i, HAL_EXC_DIVIDE);                                    \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_SIZES(DEFINE_MULDIV)

/* IMUL with two or three operands: reg = rm * (reg or imm). */
#define DEFINE_IMUL(N)                                                                   \
    static inline uint##N##_t product_##N(struct sim_cpu *cpu, uint##N##_t a,            \
                                          uint##N##_t b)                                 \
    {                                                                                    \
        int##N##_t r;                                                                    \
        bool over = __builtin_mul_overflow((int##N##_t)a, (int##N##_t)b, &r);            \
                                                                                         \
        product_flags(cpu, SIM_SEXT(N, r), over);                                        \
        return (uint##N##_t)r;                                                           \
    }                                                                                    \
    SIM_OP(imul2_r_##N)                                                                  \
    {                                                                                    \
        SIM_SET(N, i->reg, product_##N(cpu, SIM_GET(N, i->reg), SIM_GET(N, i->rm)));     \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(imul3_r_##N)                                                                  \
    {                                                                                    \
        SIM_SET(N, i->reg, product_##N(cpu, SIM_GET(N, i->rm), (uint##N##_t)i->imm));    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(imul2_m_##N)                                                                  \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &b))                                            \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, product_##N(cpu, SIM_GET(N, i->reg), b));                     \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(imul3_m_##N)                                                                  \
    {                                                                                    \
        uint##N##_t a;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, sim_ea(cpu, i), &a))                                            \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, product_##N(cpu, a, (uint##N##_t)i->imm));                    \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_WORDS(DEFINE_IMUL)

#define ROW(name_, map_, op_, ext_, form_, reg_, mem_)                                   \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = 1,               \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_ANY,          \
        .form = SIM_MODRM | (form_), .reg = reg_, .mem = mem_                            \
    }
#define GROUP(op, ext)                                                                   \
    ROW(#op, 1, 0xf6, ext, SIM_BYTE, SIM_SIZES(op##_r), SIM_SIZES(op##_m)),              \
        ROW(#op, 1, 0xf7, ext, 0, SIM_SIZES(op##_r), SIM_SIZES(op##_m))

static const struct sim_row muldiv_rows[] = {
    GROUP(mul, 4),
    GROUP(imul, 5),
    GROUP(div, 6),
    GROUP(idiv, 7),
    ROW("imul", 0F, 0xaf, SIM_ANY, 0, SIM_WORDS(imul2_r), SIM_WORDS(imul2_m)),
    ROW("imul", 1, 0x69, SIM_ANY, SIM_IMMZ, SIM_WORDS(imul3_r), SIM_WORDS(imul3_m)),
    ROW("imul", 1, 0x6b, SIM_ANY, SIM_IMM8, SIM_WORDS(imul3_r), SIM_WORDS(imul3_m)),
};

SIM_TABLE(muldiv, muldiv_rows);
