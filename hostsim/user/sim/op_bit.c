/* SPDX-License-Identifier: BSD-2-Clause */
/* BT BTS BTR BTC, BSF BSR. */
#include "hostsim/user/sim/size.h"

/* CF is the bit; the others are undefined but ZF, which stays, and processors leave all. */
static inline void bit_flags(struct sim_cpu *cpu, bool bit)
{
    sim_cc_raw(cpu, (sim_cc_flags(&cpu->cc) & ~SIM_CF) | (bit ? SIM_CF : 0));
}

#define CHANGE_bts(v, mask) ((v) | (mask))
#define CHANGE_btr(v, mask) ((v) & ~(mask))
#define CHANGE_btc(v, mask) ((v) ^ (mask))

/* Where the bit lies: with a register as index it may be anywhere around the operand. */
#define BIT_VA(N)                                                                        \
    (sim_ea(cpu, i) +                                                                    \
     (uint64_t)((int64_t)SIM_SEXT(N, SIM_GET(N, i->reg)) >> (N == 64   ? 6               \
                                                             : N == 32 ? 5               \
                                                                       : 4)) *           \
         (N / 8))
#define MASK_R(N) ((uint##N##_t)1 << (SIM_GET(N, i->reg) & (N - 1)))
#define MASK_I(N) ((uint##N##_t)1 << (i->imm & (N - 1)))

#define DEFINE_BIT_REGISTER(op, form, N, MASK)                                           \
    SIM_OP(op##_r##form##_##N)                                                           \
    {                                                                                    \
        uint##N##_t mask = MASK(N), v = SIM_GET(N, i->rm);                               \
                                                                                         \
        bit_flags(cpu, v &mask);                                                         \
        SIM_SET(N, i->rm, (uint##N##_t)CHANGE_##op(v, mask));                            \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_BIT_MEMORY(op, form, N, va, MASK)                                         \
    SIM_OP(op##_m##form##_##N)                                                           \
    {                                                                                    \
        uint##N##_t mask = MASK(N);                                                      \
        void *p = sim_rw(cpu, va, N / 8);                                                \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        v = SIM_AT(N, p);                                                                \
        SIM_AT(N, p) = (uint##N##_t)CHANGE_##op(v, mask);                                \
        sim_rw_done(cpu);                                                                \
        bit_flags(cpu, v &mask);                                                         \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_m##form##_lock_##N)                                                      \
    {                                                                                    \
        uint##N##_t mask = MASK(N);                                                      \
        void *p = sim_rw(cpu, va, N / 8);                                                \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        v = SIM_AT(N, p);                                                                \
        while (!SIM_CAS(N, p, &v, (uint##N##_t)CHANGE_##op(v, mask)))                    \
            ;                                                                            \
        sim_rw_done(cpu);                                                                \
        bit_flags(cpu, v &mask);                                                         \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_TEST_REGISTER(form, N, MASK)                                              \
    SIM_OP(bt_r##form##_##N)                                                             \
    {                                                                                    \
        bit_flags(cpu, SIM_GET(N, i->rm) & MASK(N));                                     \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_TEST_MEMORY(form, N, va, MASK)                                            \
    SIM_OP(bt_m##form##_##N)                                                             \
    {                                                                                    \
        uint##N##_t mask = MASK(N), v;                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, va, &v)))                                              \
            return sim_fault(cpu, i);                                                    \
        bit_flags(cpu, v &mask);                                                         \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_BIT(op, N)                                                                \
    DEFINE_BIT_REGISTER(op, r, N, MASK_R)                                                \
    DEFINE_BIT_REGISTER(op, i, N, MASK_I)                                                \
    DEFINE_BIT_MEMORY(op, r, N, BIT_VA(N), MASK_R)                                       \
    DEFINE_BIT_MEMORY(op, i, N, sim_ea(cpu, i), MASK_I)
#define DEFINE_BITS(N)                                                                   \
    DEFINE_TEST_REGISTER(r, N, MASK_R)                                                   \
    DEFINE_TEST_REGISTER(i, N, MASK_I)                                                   \
    DEFINE_TEST_MEMORY(r, N, BIT_VA(N), MASK_R)                                          \
    DEFINE_TEST_MEMORY(i, N, sim_ea(cpu, i), MASK_I)                                     \
    DEFINE_BIT(bts, N)                                                                   \
    DEFINE_BIT(btr, N)                                                                   \
    DEFINE_BIT(btc, N)

SIM_FOR_WORDS(DEFINE_BITS)

/* A source of 0 sets ZF and leaves the destination as it is (AMD's manual says so, Intel's
 * processors do it; the upper half of a 32-bit destination stays as well).  The other flags
 * are undefined and 0, but for PF, which follows the source or result. */
#define DEFINE_SCAN(name, N, found)                                                      \
    static inline void name##_##N(struct sim_cpu *cpu, uint8_t reg, uint##N##_t v)       \
    {                                                                                    \
        sim_cc_mix(cpu, v == 0 ? 0 : 1, 0);                                              \
        if (v != 0)                                                                      \
            SIM_SET(N, reg, (uint##N##_t)(found));                                       \
    }                                                                                    \
    SIM_OP(name##_r_##N)                                                                 \
    {                                                                                    \
        name##_##N(cpu, i->reg, SIM_GET(N, i->rm));                                      \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m_##N)                                                                 \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        name##_##N(cpu, i->reg, v);                                                      \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_SCANS(N)                                                                  \
    DEFINE_SCAN(bsf, N, __builtin_ctzll(v))                                              \
    DEFINE_SCAN(bsr, N, 63 - __builtin_clzll(v))

SIM_FOR_WORDS(DEFINE_SCANS)

#define ROW(name_, op_, ext_, form_, reg_, mem_, lock_)                                  \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_0F, .opcode = (op_), .count = 1,                   \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_ANY,          \
        .form = SIM_MODRM | (form_), .reg = reg_, .mem = mem_, .lock = lock_             \
    }
#define GROUP(op, code, ext)                                                             \
    ROW(#op, code, SIM_ANY, 0, SIM_WORDS(op##_rr), SIM_WORDS(op##_mr),                   \
        SIM_WORDS(op##_mr_lock)),                                                        \
        ROW(#op, 0xba, ext, SIM_IMM8, SIM_WORDS(op##_ri), SIM_WORDS(op##_mi),            \
            SIM_WORDS(op##_mi_lock))

static const struct sim_row bit_rows[] = {
    ROW("bt", 0xa3, SIM_ANY, 0, SIM_WORDS(bt_rr), SIM_WORDS(bt_mr), NULL),
    ROW("bt", 0xba, 4, SIM_IMM8, SIM_WORDS(bt_ri), SIM_WORDS(bt_mi), NULL),
    GROUP(bts, 0xab, 5),
    GROUP(btr, 0xb3, 6),
    GROUP(btc, 0xbb, 7),
    ROW("bsf", 0xbc, SIM_ANY, 0, SIM_WORDS(bsf_r), SIM_WORDS(bsf_m), NULL),
    ROW("bsr", 0xbd, SIM_ANY, 0, SIM_WORDS(bsr_r), SIM_WORDS(bsr_m), NULL),
};

SIM_TABLE(bit, bit_rows);
