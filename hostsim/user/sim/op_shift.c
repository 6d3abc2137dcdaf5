/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shifts and rotates; Intel SDM 2B "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR", "SHLD", "SHRD".
 *
 * Flags that the manual leaves undefined are as processors have them: AF 0, and OF as the last
 * of `count` single steps leaves it.
 */
#include "hostsim/user/sim/size.h"

#define MASK(N) ((N) == 64 ? 63 : 31)

static inline uint32_t rest_flags(bool carry, bool overflow)
{
    return (carry ? SIM_CF : 0) | (overflow ? SIM_OF : 0);
}

/* Rotates change CF and OF only. */
static inline void rotate_flags(struct sim_cpu *cpu, bool carry, bool overflow)
{
    uint32_t keep = sim_cc_flags(&cpu->cc) & ~(SIM_CF | SIM_OF);

    sim_cc_raw(cpu, keep | rest_flags(carry, overflow));
}

/* op_N(cpu, a, count): count is masked and not 0. */
#define DEFINE_SHIFTS(N)                                                                 \
    static inline uint##N##_t shl_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        uint##N##_t last = n > N ? 0 : (uint##N##_t)((uint64_t)a << (n - 1));            \
        uint##N##_t r = (uint##N##_t)(last << 1);                                        \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r),                                                  \
                   rest_flags(last &SIM_TOP(N), (last ^ r) & SIM_TOP(N)));               \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t shr_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        uint##N##_t last = (uint##N##_t)((uint64_t)a >> (n - 1));                        \
        uint##N##_t r = (uint##N##_t)(last >> 1);                                        \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r), rest_flags(last & 1, last & SIM_TOP(N)));        \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t sar_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        int64_t last = (int64_t)SIM_SEXT(N, a) >> (n - 1);                               \
        uint##N##_t r = (uint##N##_t)(last >> 1);                                        \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r), rest_flags(last & 1, false));                    \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t rol_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        unsigned by = n % N;                                                             \
        uint##N##_t r = (uint##N##_t)(a << by | (by ? a >> (N - by) : 0));               \
                                                                                         \
        rotate_flags(cpu, r & 1, (r & 1) ^ (r >> (N - 1)));                              \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t ror_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        unsigned by = n % N;                                                             \
        uint##N##_t r = (uint##N##_t)(a >> by | (by ? a << (N - by) : 0));               \
                                                                                         \
        rotate_flags(cpu, r &SIM_TOP(N), (r ^ (r << 1)) & SIM_TOP(N));                   \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t rcl_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        bool carry = sim_cc_carry(&cpu->cc);                                             \
                                                                                         \
        for (unsigned by = n % (N + 1); by > 0; by--) {                                  \
            bool out = a & SIM_TOP(N);                                                   \
                                                                                         \
            a = (uint##N##_t)(a << 1 | carry);                                           \
            carry = out;                                                                 \
        }                                                                                \
        rotate_flags(cpu, carry, carry ^ (a >> (N - 1)));                                \
        return a;                                                                        \
    }                                                                                    \
    static inline uint##N##_t rcr_##N(struct sim_cpu *cpu, uint##N##_t a, unsigned n)    \
    {                                                                                    \
        bool carry = sim_cc_carry(&cpu->cc);                                             \
                                                                                         \
        for (unsigned by = n % (N + 1); by > 0; by--) {                                  \
            bool out = a & 1;                                                            \
                                                                                         \
            a = (uint##N##_t)(a >> 1 | (carry ? SIM_TOP(N) : 0));                        \
            carry = out;                                                                 \
        }                                                                                \
        rotate_flags(cpu, carry, (a ^ (a << 1)) & SIM_TOP(N));                           \
        return a;                                                                        \
    }

SIM_FOR_SIZES(DEFINE_SHIFTS)

/* The count is an immediate (D0/D1: 1) or CL. */
#define DEFINE_FORM(op, N, form, count)                                                  \
    SIM_OP(op##_r_##form##_##N)                                                          \
    {                                                                                    \
        unsigned n = (unsigned)(count)&MASK(N);                                          \
        uint##N##_t a = SIM_GET(N, i->rm);                                               \
                                                                                         \
        SIM_SET(N, i->rm, n ? op##_##N(cpu, a, n) : a);                                  \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_m_##form##_##N)                                                          \
    {                                                                                    \
        unsigned n = (unsigned)(count)&MASK(N);                                          \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        if (n)                                                                           \
            SIM_AT(N, p) = op##_##N(cpu, SIM_AT(N, p), n);                               \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_FORMS(op, N)                                                              \
    DEFINE_FORM(op, N, i, i->imm)                                                        \
    DEFINE_FORM(op, N, 1, 1)                                                             \
    DEFINE_FORM(op, N, cl, cpu->r[SIM_RCX])
#define DEFINE_ALL(N)                                                                    \
    DEFINE_FORMS(rol, N)                                                                 \
    DEFINE_FORMS(ror, N)                                                                 \
    DEFINE_FORMS(rcl, N)                                                                 \
    DEFINE_FORMS(rcr, N)                                                                 \
    DEFINE_FORMS(shl, N)                                                                 \
    DEFINE_FORMS(shr, N)                                                                 \
    DEFINE_FORMS(sar, N)

SIM_FOR_SIZES(DEFINE_ALL)

/* ---- double shifts ---- */

/* 16 bits: with a count above 16 the result is undefined; on processors the source's bits
 * follow once more, and CF and OF are 0. */
static inline uint16_t shld_16(struct sim_cpu *cpu, uint16_t a, uint16_t b, unsigned n)
{
    uint64_t wide = (uint64_t)a << 32 | (uint64_t)b << 16 | b;
    uint16_t r = (uint16_t)(wide << n >> 32);
    bool carry = wide >> (48 - n) & 1;

    sim_cc_mix(cpu, SIM_SEXT(16, r),
               n > 16 ? 0 : rest_flags(carry, (r >> 15) ^ (a >> 15)));
    return r;
}

static inline uint16_t shrd_16(struct sim_cpu *cpu, uint16_t a, uint16_t b, unsigned n)
{
    uint64_t wide = (uint64_t)b << 32 | (uint64_t)b << 16 | a;
    uint16_t r = (uint16_t)(wide >> n);
    bool carry = wide >> (n - 1) & 1;

    sim_cc_mix(cpu, SIM_SEXT(16, r),
               n > 16 ? 0 : rest_flags(carry, (r >> 15) ^ (a >> 15)));
    return r;
}

#define DEFINE_DOUBLE(N)                                                                 \
    static inline uint##N##_t shld_##N(struct sim_cpu *cpu, uint##N##_t a,               \
                                       uint##N##_t b, unsigned n)                        \
    {                                                                                    \
        uint##N##_t r = a << n | b >> (N - n);                                           \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r),                                                  \
                   rest_flags(a >> (N - n) & 1, (r ^ a) & SIM_TOP(N)));                  \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t shrd_##N(struct sim_cpu *cpu, uint##N##_t a,               \
                                       uint##N##_t b, unsigned n)                        \
    {                                                                                    \
        uint##N##_t r = a >> n | b << (N - n);                                           \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r),                                                  \
                   rest_flags(a >> (n - 1) & 1, (r ^ a) & SIM_TOP(N)));                  \
        return r;                                                                        \
    }

DEFINE_DOUBLE(32)
DEFINE_DOUBLE(64)

#define DEFINE_DOUBLE_FORM(op, N, form, count)                                           \
    SIM_OP(op##_r_##form##_##N)                                                          \
    {                                                                                    \
        unsigned n = (unsigned)(count)&MASK(N);                                          \
        uint##N##_t a = SIM_GET(N, i->rm);                                               \
                                                                                         \
        SIM_SET(N, i->rm, n ? op##_##N(cpu, a, SIM_GET(N, i->reg), n) : a);              \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_m_##form##_##N)                                                          \
    {                                                                                    \
        unsigned n = (unsigned)(count)&MASK(N);                                          \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        if (n)                                                                           \
            SIM_AT(N, p) = op##_##N(cpu, SIM_AT(N, p), SIM_GET(N, i->reg), n);           \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_DOUBLE_FORMS(N)                                                           \
    DEFINE_DOUBLE_FORM(shld, N, i, i->imm)                                               \
    DEFINE_DOUBLE_FORM(shld, N, cl, cpu->r[SIM_RCX])                                     \
    DEFINE_DOUBLE_FORM(shrd, N, i, i->imm)                                               \
    DEFINE_DOUBLE_FORM(shrd, N, cl, cpu->r[SIM_RCX])

SIM_FOR_WORDS(DEFINE_DOUBLE_FORMS)

/* ---- rows ---- */

#define ROW(name_, map_, op_, ext_, form_, sets_, reg_, mem_)                            \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = 1,               \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_##sets_,      \
        .form = SIM_MODRM | (form_), .reg = reg_, .mem = mem_                            \
    }

#define GROUP(op, ext, sets_one)                                                         \
    ROW(#op, 1, 0xc0, ext, SIM_BYTE | SIM_IMM8, ANY, SIM_SIZES(op##_r_i),                \
        SIM_SIZES(op##_m_i)),                                                            \
        ROW(#op, 1, 0xc1, ext, SIM_IMM8, ANY, SIM_SIZES(op##_r_i), SIM_SIZES(op##_m_i)), \
        ROW(#op, 1, 0xd0, ext, SIM_BYTE, sets_one, SIM_SIZES(op##_r_1),                  \
            SIM_SIZES(op##_m_1)),                                                        \
        ROW(#op, 1, 0xd1, ext, 0, sets_one, SIM_SIZES(op##_r_1), SIM_SIZES(op##_m_1)),   \
        ROW(#op, 1, 0xd2, ext, SIM_BYTE, ANY, SIM_SIZES(op##_r_cl),                      \
            SIM_SIZES(op##_m_cl)),                                                       \
        ROW(#op, 1, 0xd3, ext, 0, ANY, SIM_SIZES(op##_r_cl), SIM_SIZES(op##_m_cl))

static const struct sim_row shift_rows[] = {
    GROUP(rol, 0, ANY),
    GROUP(ror, 1, ANY),
    GROUP(rcl, 2, ANY),
    GROUP(rcr, 3, ANY),
    GROUP(shl, 4, RES),
    GROUP(shr, 5, RES),
    GROUP(shl, 6, RES), /* not in the manual; processors know it */
    GROUP(sar, 7, RES),
    ROW("shld", 0F, 0xa4, SIM_ANY, SIM_IMM8, ANY, SIM_WORDS(shld_r_i),
        SIM_WORDS(shld_m_i)),
    ROW("shld", 0F, 0xa5, SIM_ANY, 0, ANY, SIM_WORDS(shld_r_cl), SIM_WORDS(shld_m_cl)),
    ROW("shrd", 0F, 0xac, SIM_ANY, SIM_IMM8, ANY, SIM_WORDS(shrd_r_i),
        SIM_WORDS(shrd_m_i)),
    ROW("shrd", 0F, 0xad, SIM_ANY, 0, ANY, SIM_WORDS(shrd_r_cl), SIM_WORDS(shrd_m_cl)),
};

SIM_TABLE(shift, shift_rows);
