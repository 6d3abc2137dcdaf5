/* SPDX-License-Identifier: BSD-2-Clause */
/* ADD OR ADC SBB AND SUB XOR CMP TEST, INC DEC NEG NOT. */
#include "hostsim/user/sim/size.h"

/* ---- two operands: op_N(cpu, a, b) sets flags and returns the result ---- */

#define DEFINE_ARITHMETIC(N)                                                             \
    static inline uint##N##_t add_##N(struct sim_cpu *cpu, uint##N##_t a, uint##N##_t b) \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a + b);                                            \
                                                                                         \
        sim_cc_set(cpu, SIM_CC_ADD, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t adc_##N(struct sim_cpu *cpu, uint##N##_t a, uint##N##_t b) \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a + b + sim_cc_carry(&cpu->cc));                   \
                                                                                         \
        sim_cc_set(cpu, SIM_CC_ADD, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t sub_##N(struct sim_cpu *cpu, uint##N##_t a, uint##N##_t b) \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a - b);                                            \
                                                                                         \
        sim_cc_set(cpu, SIM_CC_SUB, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t sbb_##N(struct sim_cpu *cpu, uint##N##_t a, uint##N##_t b) \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a - b - sim_cc_carry(&cpu->cc));                   \
                                                                                         \
        sim_cc_set(cpu, SIM_CC_SUB, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        return r;                                                                        \
    }

/* AF is undefined; processors clear it. */
#define DEFINE_LOGIC(name, N, operator)                                                  \
    static inline uint##N##_t name##_##N(struct sim_cpu *cpu, uint##N##_t a,             \
                                         uint##N##_t b)                                  \
    {                                                                                    \
        uint##N##_t r = a operator b;                                                    \
                                                                                         \
        cpu->cc.kind = SIM_CC_LOGIC;                                                     \
        cpu->cc.res = SIM_SEXT(N, r);                                                    \
        return r;                                                                        \
    }
#define DEFINE_LOGICS(N)                                                                 \
    DEFINE_LOGIC(and, N, &) DEFINE_LOGIC(or, N, |) DEFINE_LOGIC(xor, N, ^)

SIM_FOR_SIZES(DEFINE_ARITHMETIC)
SIM_FOR_SIZES(DEFINE_LOGICS)

/* The destination is rm, or reg where the source is memory. */
#define DEFINE_TO_REGISTER(op, N)                                                        \
    SIM_OP(op##_rr_##N)                                                                  \
    {                                                                                    \
        SIM_SET(N, i->rm, op##_##N(cpu, SIM_GET(N, i->rm), SIM_GET(N, i->reg)));         \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_ri_##N)                                                                  \
    {                                                                                    \
        SIM_SET(N, i->rm, op##_##N(cpu, SIM_GET(N, i->rm), (uint##N##_t)i->imm));        \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_rm_##N)                                                                  \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &b)))                                  \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, op##_##N(cpu, SIM_GET(N, i->reg), b));                        \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_TO_MEMORY(op, form, N, source)                                            \
    SIM_OP(op##_##form##_##N)                                                            \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        SIM_AT(N, p) = op##_##N(cpu, SIM_AT(N, p), (uint##N##_t)(source));               \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_##form##_lock_##N)                                                       \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
        const struct sim_cc before = cpu->cc;                                            \
        uint##N##_t old, new;                                                            \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        old = SIM_AT(N, p);                                                              \
        do {                                                                             \
            cpu->cc = before;                                                            \
            new = op##_##N(cpu, old, (uint##N##_t)(source));                             \
        } while (!SIM_CAS(N, p, &old, new));                                             \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }

#define DEFINE_ALU(op, N)                                                                \
    DEFINE_TO_REGISTER(op, N)                                                            \
    DEFINE_TO_MEMORY(op, mr, N, SIM_GET(N, i->reg))                                      \
    DEFINE_TO_MEMORY(op, mi, N, i->imm)

#define DEFINE_ALL(N)                                                                    \
    DEFINE_ALU(add, N)                                                                   \
    DEFINE_ALU(or, N)                                                                    \
    DEFINE_ALU(adc, N)                                                                   \
    DEFINE_ALU(sbb, N)                                                                   \
    DEFINE_ALU(and, N)                                                                   \
    DEFINE_ALU(sub, N)                                                                   \
    DEFINE_ALU(xor, N)

SIM_FOR_SIZES(DEFINE_ALL)

/* ---- CMP and TEST: flags only ---- */

#define DEFINE_COMPARE(op, by, N)                                                        \
    SIM_OP(op##_rr_##N)                                                                  \
    {                                                                                    \
        by##_##N(cpu, SIM_GET(N, i->rm), SIM_GET(N, i->reg));                            \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_ri_##N)                                                                  \
    {                                                                                    \
        by##_##N(cpu, SIM_GET(N, i->rm), (uint##N##_t)i->imm);                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_rm_##N)                                                                  \
    {                                                                                    \
        uint##N##_t b;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &b)))                                  \
            return sim_fault(cpu, i);                                                    \
        by##_##N(cpu, SIM_GET(N, i->reg), b);                                            \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_mr_##N)                                                                  \
    {                                                                                    \
        uint##N##_t a;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &a)))                                  \
            return sim_fault(cpu, i);                                                    \
        by##_##N(cpu, a, SIM_GET(N, i->reg));                                            \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_mi_##N)                                                                  \
    {                                                                                    \
        uint##N##_t a;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &a)))                                  \
            return sim_fault(cpu, i);                                                    \
        by##_##N(cpu, a, (uint##N##_t)i->imm);                                           \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_COMPARES(N) DEFINE_COMPARE(cmp, sub, N) DEFINE_COMPARE(test, and, N)

SIM_FOR_SIZES(DEFINE_COMPARES)

/* ---- one operand ---- */

/* INC and DEC leave CF alone. */
#define DEFINE_UNARY_FLAGS(N)                                                            \
    static inline uint##N##_t inc_##N(struct sim_cpu *cpu, uint##N##_t a)                \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a + 1);                                            \
        uint32_t rest = sim_cc_carry(&cpu->cc) | (r == SIM_TOP(N) ? SIM_OF : 0) |        \
                        ((r & 15) == 0 ? SIM_AF : 0);                                    \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r), rest);                                           \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t dec_##N(struct sim_cpu *cpu, uint##N##_t a)                \
    {                                                                                    \
        uint##N##_t r = (uint##N##_t)(a - 1);                                            \
        uint32_t rest = sim_cc_carry(&cpu->cc) | (a == SIM_TOP(N) ? SIM_OF : 0) |        \
                        ((a & 15) == 0 ? SIM_AF : 0);                                    \
                                                                                         \
        sim_cc_mix(cpu, SIM_SEXT(N, r), rest);                                           \
        return r;                                                                        \
    }                                                                                    \
    static inline uint##N##_t neg_##N(struct sim_cpu *cpu, uint##N##_t a)                \
    {                                                                                    \
        return sub_##N(cpu, 0, a);                                                       \
    }                                                                                    \
    static inline uint##N##_t not_##N(struct sim_cpu *cpu UNUSED, uint##N##_t a)         \
    {                                                                                    \
        return (uint##N##_t) ~a;                                                         \
    }

#define DEFINE_UNARY(op, N)                                                              \
    SIM_OP(op##_r_##N)                                                                   \
    {                                                                                    \
        SIM_SET(N, i->rm, op##_##N(cpu, SIM_GET(N, i->rm)));                             \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_m_##N)                                                                   \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        SIM_AT(N, p) = op##_##N(cpu, SIM_AT(N, p));                                      \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(op##_m_lock_##N)                                                              \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
        const struct sim_cc before = cpu->cc;                                            \
        uint##N##_t old, new;                                                            \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        old = SIM_AT(N, p);                                                              \
        do {                                                                             \
            cpu->cc = before;                                                            \
            new = op##_##N(cpu, old);                                                    \
        } while (!SIM_CAS(N, p, &old, new));                                             \
        sim_rw_done(cpu);                                                                \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_UNARIES(N)                                                                \
    DEFINE_UNARY(inc, N) DEFINE_UNARY(dec, N) DEFINE_UNARY(neg, N) DEFINE_UNARY(not, N)

SIM_FOR_SIZES(DEFINE_UNARY_FLAGS)
SIM_FOR_SIZES(DEFINE_UNARIES)

/* ---- rows ---- */

#define ROW(name_, op_, count_, ext_, form_, sets_, reg_, mem_, lock_)                   \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_1, .opcode = (op_), .count = (count_),             \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_##sets_,      \
        .form = (form_), .reg = reg_, .mem = mem_, .lock = lock_                         \
    }

/* The six rows from 8*k on, and the groups 80, 81, 83; 82 does not exist in 64-bit mode. */
#define ALU_ROWS(op, k, sets, LOCK_MR, LOCK_MI)                                          \
    ROW(#op, 8 * k, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, sets, SIM_SIZES(op##_rr),          \
        SIM_SIZES(op##_mr), LOCK_MR),                                                    \
        ROW(#op, 8 * k + 1, 1, SIM_ANY, SIM_MODRM, sets, SIM_SIZES(op##_rr),             \
            SIM_SIZES(op##_mr), LOCK_MR),                                                \
        ROW(#op, 8 * k + 2, 1, SIM_ANY, SIM_MODRM | SIM_BYTE | SIM_SWAP, sets,           \
            SIM_SIZES(op##_rr), SIM_SIZES(op##_rm), NULL),                               \
        ROW(#op, 8 * k + 3, 1, SIM_ANY, SIM_MODRM | SIM_SWAP, sets, SIM_SIZES(op##_rr),  \
            SIM_SIZES(op##_rm), NULL),                                                   \
        ROW(#op, 8 * k + 4, 1, SIM_ANY, SIM_ACC | SIM_BYTE | SIM_IMM8, sets,             \
            SIM_SIZES(op##_ri), NULL, NULL),                                             \
        ROW(#op, 8 * k + 5, 1, SIM_ANY, SIM_ACC | SIM_IMMZ, sets, SIM_SIZES(op##_ri),    \
            NULL, NULL),                                                                 \
        ROW(#op, 0x80, 1, k, SIM_MODRM | SIM_BYTE | SIM_IMM8, sets, SIM_SIZES(op##_ri),  \
            SIM_SIZES(op##_mi), LOCK_MI),                                                \
        ROW(#op, 0x81, 1, k, SIM_MODRM | SIM_IMMZ, sets, SIM_SIZES(op##_ri),             \
            SIM_SIZES(op##_mi), LOCK_MI),                                                \
        ROW(#op, 0x83, 1, k, SIM_MODRM | SIM_IMM8, sets, SIM_SIZES(op##_ri),             \
            SIM_SIZES(op##_mi), LOCK_MI)
#define ALU_ROWS_LOCK(op, k, sets)                                                       \
    ALU_ROWS(op, k, sets, SIM_SIZES(op##_mr_lock), SIM_SIZES(op##_mi_lock))

#define UNARY_ROWS(op, code, ext, sets)                                                  \
    ROW(#op, code, 1, ext, SIM_MODRM | SIM_BYTE, sets, SIM_SIZES(op##_r),                \
        SIM_SIZES(op##_m), SIM_SIZES(op##_m_lock)),                                      \
        ROW(#op, code + 1, 1, ext, SIM_MODRM, sets, SIM_SIZES(op##_r),                   \
            SIM_SIZES(op##_m), SIM_SIZES(op##_m_lock))

static const struct sim_row alu_rows[] = {
    ALU_ROWS_LOCK(add, 0, RES),
    ALU_ROWS_LOCK(or, 1, LOGIC),
    ALU_ROWS_LOCK(adc, 2, RES),
    ALU_ROWS_LOCK(sbb, 3, RES),
    ALU_ROWS_LOCK(and, 4, LOGIC),
    ALU_ROWS_LOCK(sub, 5, SUB),
    ALU_ROWS_LOCK(xor, 6, LOGIC),
    ALU_ROWS(cmp, 7, SUB, NULL, NULL),
    ROW("test", 0x84, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, LOGIC, SIM_SIZES(test_rr),
        SIM_SIZES(test_mr), NULL),
    ROW("test", 0x85, 1, SIM_ANY, SIM_MODRM, LOGIC, SIM_SIZES(test_rr),
        SIM_SIZES(test_mr), NULL),
    ROW("test", 0xa8, 1, SIM_ANY, SIM_ACC | SIM_BYTE | SIM_IMM8, LOGIC,
        SIM_SIZES(test_ri), NULL, NULL),
    ROW("test", 0xa9, 1, SIM_ANY, SIM_ACC | SIM_IMMZ, LOGIC, SIM_SIZES(test_ri), NULL,
        NULL),
    ROW("test", 0xf6, 1, 0, SIM_MODRM | SIM_BYTE | SIM_IMM8, LOGIC, SIM_SIZES(test_ri),
        SIM_SIZES(test_mi), NULL),
    ROW("test", 0xf6, 1, 1, SIM_MODRM | SIM_BYTE | SIM_IMM8, LOGIC, SIM_SIZES(test_ri),
        SIM_SIZES(test_mi), NULL),
    ROW("test", 0xf7, 1, 0, SIM_MODRM | SIM_IMMZ, LOGIC, SIM_SIZES(test_ri),
        SIM_SIZES(test_mi), NULL),
    ROW("test", 0xf7, 1, 1, SIM_MODRM | SIM_IMMZ, LOGIC, SIM_SIZES(test_ri),
        SIM_SIZES(test_mi), NULL),
    UNARY_ROWS(not, 0xf6, 2, NONE),
    UNARY_ROWS(neg, 0xf6, 3, SUB),
    UNARY_ROWS(inc, 0xfe, 0, RES),
    UNARY_ROWS(dec, 0xfe, 1, RES),
};

SIM_TABLE(alu, alu_rows);
