/* SPDX-License-Identifier: BSD-2-Clause */
/* Floating point on XMM registers: arithmetic, comparisons, conversions between them. */
#include "hostsim/user/sim/sse.h"

/* name, mandatory prefix, opcode, what it may raise, numbers that it reads, their size, bytes
 * of an operand in memory */
#define KINDS(X, name, code, kind)                                                       \
    X(name##ps, NP, code, kind, 4, 4, 16)                                                \
    X(name##pd, 66, code, kind, 2, 8, 16)                                                \
    X(name##ss, F3, code, kind, 1, 4, 4)                                                 \
    X(name##sd, F2, code, kind, 1, 8, 8)

#define FLOAT(X)                                                                         \
    KINDS(X, sqrt, 0x51, SQRT)                                                           \
    KINDS(X, add, 0x58, ADD)                                                             \
    KINDS(X, mul, 0x59, MUL)                                                             \
    KINDS(X, sub, 0x5c, SUB)                                                             \
    KINDS(X, min, 0x5d, PLAIN)                                                           \
    KINDS(X, div, 0x5e, DIV)                                                             \
    KINDS(X, max, 0x5f, PLAIN)                                                           \
    X(cvtps2pd, NP, 0x5a, PLAIN, 2, 4, 8)                                                \
    X(cvtpd2ps, 66, 0x5a, NARROW, 2, 8, 16)                                              \
    X(cvtss2sd, F3, 0x5a, PLAIN, 1, 4, 4)                                                \
    X(cvtsd2ss, F2, 0x5a, NARROW, 1, 8, 8)                                               \
    X(cvtdq2ps, NP, 0x5b, PLAIN, 4, 4, 16)                                               \
    X(cvtps2dq, 66, 0x5b, PLAIN, 4, 4, 16)                                               \
    X(cvttps2dq, F3, 0x5b, PLAIN, 4, 4, 16)                                              \
    X(cvttpd2dq, 66, 0xe6, PLAIN, 2, 8, 16)                                              \
    X(cvtdq2pd, F3, 0xe6, PLAIN, 2, 4, 8)                                                \
    X(cvtpd2dq, F2, 0xe6, PLAIN, 2, 8, 16)

#define DEFINE(name, prefix, code, kind, lanes, bytes, mem)                              \
    SSE_FN(name, #name)                                                                  \
    static inline bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)           \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_##kind, lanes, bytes};                 \
        __m128i a = sse_get(cpu, reg);                                                   \
                                                                                         \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, a, b, shape))     \
            return false;                                                                \
        sse_put(cpu, reg, fn_##name(a, b));                                              \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        if (unlikely(!do_##name(cpu, i->reg, sse_get(cpu, i->rm))))                      \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_##mem(cpu, i, &b) || !do_##name(cpu, i->reg, b)))         \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

FLOAT(DEFINE)

/* ---- comparisons that make masks: the immediate's low three bits say which ---- */

#define COMPARE_FN(name, n)                                                              \
    static __m128i fn_##name##_##n(__m128i a, __m128i b)                                 \
    {                                                                                    \
        asm volatile(#name " $" #n ", %1, %0" : "+x"(a) : "x"(b));                       \
        return a;                                                                        \
    }

#define COMPARE(name, lanes, bytes, mem)                                                 \
    COMPARE_FN(name, 0)                                                                  \
    COMPARE_FN(name, 1)                                                                  \
    COMPARE_FN(name, 2)                                                                  \
    COMPARE_FN(name, 3)                                                                  \
    COMPARE_FN(name, 4)                                                                  \
    COMPARE_FN(name, 5)                                                                  \
    COMPARE_FN(name, 6)                                                                  \
    COMPARE_FN(name, 7)                                                                  \
    static bool do_##name(struct sim_cpu *cpu, const struct sim_insn *i, __m128i b)      \
    {                                                                                    \
        static sim_fp_fn *const fns[] = {fn_##name##_0, fn_##name##_1, fn_##name##_2,    \
                                         fn_##name##_3, fn_##name##_4, fn_##name##_5,    \
                                         fn_##name##_6, fn_##name##_7};                  \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, lanes, bytes};                  \
        __m128i a = sse_get(cpu, i->reg);                                                \
                                                                                         \
        if (unlikely(cpu->fp_careful) &&                                                 \
            !sim_fp_check(cpu, fns[i->imm & 7], a, b, shape))                            \
            return false;                                                                \
        sse_put(cpu, i->reg, fns[i->imm & 7](a, b));                                     \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        if (unlikely(!do_##name(cpu, i, sse_get(cpu, i->rm))))                           \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_##mem(cpu, i, &b) || !do_##name(cpu, i, b)))              \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

COMPARE(cmpps, 4, 4, 16)
COMPARE(cmppd, 2, 8, 16)
COMPARE(cmpss, 1, 4, 4)
COMPARE(cmpsd, 1, 8, 8)

/* ---- comparisons that set ZF, PF and CF and clear the others ---- */

#define ORDER(name, bytes)                                                               \
    static inline __m128i fn_##name(__m128i a, __m128i b)                                \
    {                                                                                    \
        bool z, p, c;                                                                    \
                                                                                         \
        asm volatile(#name " %4, %3"                                                     \
                     : "=@ccz"(z), "=@ccp"(p), "=@ccc"(c)                                \
                     : "x"(a), "x"(b));                                                  \
        return _mm_cvtsi32_si128((z ? SIM_ZF : 0) | (p ? SIM_PF : 0) |                   \
                                 (c ? SIM_CF : 0));                                      \
    }                                                                                    \
    static inline bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)           \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, 1, bytes};                      \
        __m128i a = sse_get(cpu, reg);                                                   \
                                                                                         \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, a, b, shape))     \
            return false;                                                                \
        sim_cc_raw(cpu, (uint32_t)_mm_cvtsi128_si32(fn_##name(a, b)));                   \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        if (unlikely(!do_##name(cpu, i->reg, sse_get(cpu, i->rm))))                      \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_##bytes(cpu, i, &b) || !do_##name(cpu, i->reg, b)))       \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

ORDER(ucomiss, 4)
ORDER(ucomisd, 8)
ORDER(comiss, 4)
ORDER(comisd, 8)

#define ROW(name, prefix, code, kind, lanes, bytes, mem_)                                \
    SSE_ROW(#name, SIM_##prefix, code, SSE_XX, SIM_ONE(name##_r), SIM_ONE(name##_m)),
#define COMPARE_ROW(name, prefix)                                                        \
    SSE_ROW(#name, SIM_##prefix, 0xc2, SSE_XX | SIM_IMM8, SIM_ONE(name##_r),             \
            SIM_ONE(name##_m))
#define ORDER_ROW(name_, prefix_, code_)                                                 \
    {                                                                                    \
        .name = #name_, .map = SIM_MAP_0F, .opcode = (code_), .count = 1,                \
        .prefix = SIM_##prefix_, .ext = SIM_ANY, .rm = SIM_ANY, .sets = SIM_SETS_ANY,    \
        .form = SIM_MODRM | SSE_XX, .reg = SIM_ONE(name_##_r), .mem = SIM_ONE(name_##_m) \
    }

static const struct sim_row sse_float_rows[] = {
    FLOAT(ROW) COMPARE_ROW(cmpps, NP),
    COMPARE_ROW(cmppd, 66),
    COMPARE_ROW(cmpss, F3),
    COMPARE_ROW(cmpsd, F2),
    ORDER_ROW(ucomiss, NP, 0x2e),
    ORDER_ROW(ucomisd, 66, 0x2e),
    ORDER_ROW(comiss, NP, 0x2f),
    ORDER_ROW(comisd, 66, 0x2f),
};

SIM_TABLE(sse_float, sse_float_rows);
