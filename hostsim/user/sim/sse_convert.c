/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversions between XMM and general registers, and the approximations. */
#include "hostsim/user/sim/sse.h"

#define MXCSR_APPROXIMATE 0x9fc0u /* to nearest, all masked, denormals are zero */

/* Integer to float.  The integer travels in an XMM register, so that the check can call. */
#define FROM_INTEGER(name, insn, type, load)                                             \
    static inline __m128i fn_##name(__m128i a, __m128i b)                                \
    {                                                                                    \
        asm volatile(insn " %1, %0" : "+x"(a) : "r"((type)_mm_cvtsi128_si64(b)));        \
        return a;                                                                        \
    }                                                                                    \
    static inline bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)           \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, 1, 8};                          \
        __m128i a = sse_get(cpu, reg);                                                   \
                                                                                         \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, a, b, shape))     \
            return false;                                                                \
        sse_put(cpu, reg, fn_##name(a, b));                                              \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        __m128i b = _mm_cvtsi64_si128((int64_t)*sim_gpr64(cpu, i->rm));                  \
                                                                                         \
        if (unlikely(!do_##name(cpu, i->reg, b)))                                        \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!load(cpu, i, &b) || !do_##name(cpu, i->reg, b)))                   \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

FROM_INTEGER(cvtsi2ss_32, "cvtsi2ssl", int32_t, sse_load_4)
FROM_INTEGER(cvtsi2ss_64, "cvtsi2ssq", int64_t, sse_load_8)
FROM_INTEGER(cvtsi2sd_32, "cvtsi2sdl", int32_t, sse_load_4)
FROM_INTEGER(cvtsi2sd_64, "cvtsi2sdq", int64_t, sse_load_8)

/* Float to integer; a 32-bit result clears the register's upper half. */
#define TO_INTEGER(name, insn, type, bytes)                                              \
    static inline __m128i fn_##name(__m128i a, __m128i b)                                \
    {                                                                                    \
        type r;                                                                          \
                                                                                         \
        (void)a;                                                                         \
        asm volatile(insn " %1, %0" : "=r"(r) : "x"(b));                                 \
        return _mm_cvtsi64_si128((int64_t)r);                                            \
    }                                                                                    \
    static inline bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)           \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, 1, bytes};                      \
                                                                                         \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, b, b, shape))     \
            return false;                                                                \
        *sim_gpr64(cpu, (uint8_t)reg) = (uint64_t)_mm_cvtsi128_si64(fn_##name(b, b));    \
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

TO_INTEGER(cvttss2si_32, "cvttss2sil", uint32_t, 4)
TO_INTEGER(cvttss2si_64, "cvttss2siq", uint64_t, 4)
TO_INTEGER(cvttsd2si_32, "cvttsd2sil", uint32_t, 8)
TO_INTEGER(cvttsd2si_64, "cvttsd2siq", uint64_t, 8)
TO_INTEGER(cvtss2si_32, "cvtss2sil", uint32_t, 4)
TO_INTEGER(cvtss2si_64, "cvtss2siq", uint64_t, 4)
TO_INTEGER(cvtsd2si_32, "cvtsd2sil", uint32_t, 8)
TO_INTEGER(cvtsd2si_64, "cvtsd2siq", uint64_t, 8)

/*
 * RCP and RSQRT: the manual asks for a relative error of at most 1.5 * 2^-12 and processors
 * differ within that; here it is the quotient cut to twelve bits, the same on every host.
 */
static __m128i cut(__m128 v)
{
    __m128i bits = _mm_castps_si128(v);
    __m128i is_nan = _mm_castps_si128(_mm_cmpunord_ps(v, v));
    __m128i short_bits = _mm_and_si128(bits, _mm_set1_epi32((int)0xfffff000));

    return _mm_or_si128(short_bits, _mm_and_si128(is_nan, bits));
}

static __m128i approximate(__m128i b, bool root)
{
    uint32_t before = sim_mxcsr_host();
    __m128 v = _mm_castsi128_ps(b), one = _mm_set1_ps(1.0f);

    sim_mxcsr_host_set(MXCSR_APPROXIMATE);
    if (root)
        asm volatile("sqrtps %0, %0" : "+x"(v));
    asm volatile("divps %1, %0" : "+x"(one) : "x"(v));
    b = cut(one);
    sim_mxcsr_host_set(before);
    return b;
}

#define APPROXIMATE(name, root)                                                          \
    static void do_##name##ps(struct sim_cpu *cpu, unsigned reg, __m128i b)              \
    {                                                                                    \
        sse_put(cpu, reg, approximate(b, root));                                         \
    }                                                                                    \
    static void do_##name##ss(struct sim_cpu *cpu, unsigned reg, __m128i b)              \
    {                                                                                    \
        cpu->xmm[reg].u32[0] = (uint32_t)_mm_cvtsi128_si32(approximate(b, root));        \
    }                                                                                    \
    APPROXIMATE_OPS(name##ps, 16)                                                        \
    APPROXIMATE_OPS(name##ss, 4)

#define APPROXIMATE_OPS(name, bytes)                                                     \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        do_##name(cpu, i->reg, sse_get(cpu, i->rm));                                     \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_##bytes(cpu, i, &b)))                                     \
            return sim_fault(cpu, i);                                                    \
        do_##name(cpu, i->reg, b);                                                       \
        SIM_NEXT;                                                                        \
    }

APPROXIMATE(rsqrt, true)
APPROXIMATE(rcp, false)

#define FROM_ROW(name, prefix)                                                           \
    SSE_ROW(#name, SIM_##prefix, 0x2a, SIM_REG_OTHER | SIM_W,                            \
            SIM_TWO(name##_32_r, name##_64_r), SIM_TWO(name##_32_m, name##_64_m))
#define TO_ROW(name, prefix, code)                                                       \
    SSE_ROW(#name, SIM_##prefix, code, SIM_RM_OTHER | SIM_W,                             \
            SIM_TWO(name##_32_r, name##_64_r), SIM_TWO(name##_32_m, name##_64_m))
#define ROW(name, prefix, code)                                                          \
    SSE_ROW(#name, SIM_##prefix, code, SSE_XX, SIM_ONE(name##_r), SIM_ONE(name##_m))

static const struct sim_row sse_convert_rows[] = {
    FROM_ROW(cvtsi2ss, F3),      FROM_ROW(cvtsi2sd, F2),     TO_ROW(cvttss2si, F3, 0x2c),
    TO_ROW(cvttsd2si, F2, 0x2c), TO_ROW(cvtss2si, F3, 0x2d), TO_ROW(cvtsd2si, F2, 0x2d),
    ROW(rsqrtps, NP, 0x52),      ROW(rsqrtss, F3, 0x52),     ROW(rcpps, NP, 0x53),
    ROW(rcpss, F3, 0x53),
};

SIM_TABLE(sse_convert, sse_convert_rows);
