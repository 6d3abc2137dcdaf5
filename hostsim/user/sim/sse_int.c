/* SPDX-License-Identifier: BSD-2-Clause */
/* Integer and bitwise instructions on XMM registers: two registers in, one out. */
#include "hostsim/user/sim/sse.h"

/* name, mandatory prefix, opcode */
#define INTEGER(X)                                                                       \
    X(unpcklps, NP, 0x14)                                                                \
    X(unpcklpd, 66, 0x14)                                                                \
    X(unpckhps, NP, 0x15)                                                                \
    X(unpckhpd, 66, 0x15)                                                                \
    X(andps, NP, 0x54)                                                                   \
    X(andpd, 66, 0x54)                                                                   \
    X(andnps, NP, 0x55)                                                                  \
    X(andnpd, 66, 0x55)                                                                  \
    X(orps, NP, 0x56)                                                                    \
    X(orpd, 66, 0x56)                                                                    \
    X(xorps, NP, 0x57)                                                                   \
    X(xorpd, 66, 0x57)                                                                   \
    X(punpcklbw, 66, 0x60)                                                               \
    X(punpcklwd, 66, 0x61)                                                               \
    X(punpckldq, 66, 0x62)                                                               \
    X(packsswb, 66, 0x63)                                                                \
    X(pcmpgtb, 66, 0x64)                                                                 \
    X(pcmpgtw, 66, 0x65)                                                                 \
    X(pcmpgtd, 66, 0x66)                                                                 \
    X(packuswb, 66, 0x67)                                                                \
    X(punpckhbw, 66, 0x68)                                                               \
    X(punpckhwd, 66, 0x69)                                                               \
    X(punpckhdq, 66, 0x6a)                                                               \
    X(packssdw, 66, 0x6b)                                                                \
    X(punpcklqdq, 66, 0x6c)                                                              \
    X(punpckhqdq, 66, 0x6d)                                                              \
    X(pcmpeqb, 66, 0x74)                                                                 \
    X(pcmpeqw, 66, 0x75)                                                                 \
    X(pcmpeqd, 66, 0x76)                                                                 \
    X(psrlw, 66, 0xd1)                                                                   \
    X(psrld, 66, 0xd2)                                                                   \
    X(psrlq, 66, 0xd3)                                                                   \
    X(paddq, 66, 0xd4)                                                                   \
    X(pmullw, 66, 0xd5)                                                                  \
    X(psubusb, 66, 0xd8)                                                                 \
    X(psubusw, 66, 0xd9)                                                                 \
    X(pminub, 66, 0xda)                                                                  \
    X(pand, 66, 0xdb)                                                                    \
    X(paddusb, 66, 0xdc)                                                                 \
    X(paddusw, 66, 0xdd)                                                                 \
    X(pmaxub, 66, 0xde)                                                                  \
    X(pandn, 66, 0xdf)                                                                   \
    X(pavgb, 66, 0xe0)                                                                   \
    X(psraw, 66, 0xe1)                                                                   \
    X(psrad, 66, 0xe2)                                                                   \
    X(pavgw, 66, 0xe3)                                                                   \
    X(pmulhuw, 66, 0xe4)                                                                 \
    X(pmulhw, 66, 0xe5)                                                                  \
    X(psubsb, 66, 0xe8)                                                                  \
    X(psubsw, 66, 0xe9)                                                                  \
    X(pminsw, 66, 0xea)                                                                  \
    X(por, 66, 0xeb)                                                                     \
    X(paddsb, 66, 0xec)                                                                  \
    X(paddsw, 66, 0xed)                                                                  \
    X(pmaxsw, 66, 0xee)                                                                  \
    X(pxor, 66, 0xef)                                                                    \
    X(psllw, 66, 0xf1)                                                                   \
    X(pslld, 66, 0xf2)                                                                   \
    X(psllq, 66, 0xf3)                                                                   \
    X(pmuludq, 66, 0xf4)                                                                 \
    X(pmaddwd, 66, 0xf5)                                                                 \
    X(psadbw, 66, 0xf6)                                                                  \
    X(psubb, 66, 0xf8)                                                                   \
    X(psubw, 66, 0xf9)                                                                   \
    X(psubd, 66, 0xfa)                                                                   \
    X(psubq, 66, 0xfb)                                                                   \
    X(paddb, 66, 0xfc)                                                                   \
    X(paddw, 66, 0xfd)                                                                   \
    X(paddd, 66, 0xfe)

#define DEFINE(name, prefix, code)                                                       \
    static inline __m128i fn_##name(__m128i a, __m128i b)                                \
    {                                                                                    \
        asm(#name " %1, %0" : "+x"(a) : "x"(b));                                         \
        return a;                                                                        \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        sse_put(cpu, i->reg, fn_##name(sse_get(cpu, i->reg), sse_get(cpu, i->rm)));      \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_16(cpu, i, &b)))                                          \
            return sim_fault(cpu, i);                                                    \
        sse_put(cpu, i->reg, fn_##name(sse_get(cpu, i->reg), b));                        \
        SIM_NEXT;                                                                        \
    }

INTEGER(DEFINE)

/* Shifts of a register by an immediate; counts beyond the element's width are no error. */
#define SHIFTS(X) X(psrlw) X(psraw) X(psllw) X(psrld) X(psrad) X(pslld) X(psrlq) X(psllq)

#define DEFINE_SHIFT(name)                                                               \
    SIM_OP(name##_i)                                                                     \
    {                                                                                    \
        __m128i count = _mm_cvtsi32_si128((uint8_t)i->imm);                              \
                                                                                         \
        sse_put(cpu, i->rm, fn_##name(sse_get(cpu, i->rm), count));                      \
        SIM_NEXT;                                                                        \
    }

SHIFTS(DEFINE_SHIFT)

/* By whole bytes. */
SIM_OP(psrldq)
{
    union sim_xmm *x = &cpu->xmm[i->rm], v = *x;
    unsigned count = (uint8_t)i->imm;

    for (unsigned n = 0; n < 16; n++)
        x->u8[n] = n + count < 16 ? v.u8[n + count] : 0;
    SIM_NEXT;
}

SIM_OP(pslldq)
{
    union sim_xmm *x = &cpu->xmm[i->rm], v = *x;
    unsigned count = (uint8_t)i->imm;

    for (unsigned n = 0; n < 16; n++)
        x->u8[n] = n >= count ? v.u8[n - count] : 0;
    SIM_NEXT;
}

#define ROW(name, prefix, code)                                                          \
    SSE_ROW(#name, SIM_##prefix, code, SSE_XX, SIM_ONE(name##_r), SIM_ONE(name##_m)),

#define SHIFT_ROW(op_, code_, ext_)                                                      \
    {                                                                                    \
        .name = #op_, .map = SIM_MAP_0F, .opcode = (code_), .count = 1,                  \
        .prefix = SIM_66, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_NONE,           \
        .form = SIM_MODRM | SSE_XX | SIM_IMM8, .reg = SIM_ONE(op_)                       \
    }

static const struct sim_row sse_int_rows[] = {
    INTEGER(ROW) SHIFT_ROW(psrlw_i, 0x71, 2),
    SHIFT_ROW(psraw_i, 0x71, 4),
    SHIFT_ROW(psllw_i, 0x71, 6),
    SHIFT_ROW(psrld_i, 0x72, 2),
    SHIFT_ROW(psrad_i, 0x72, 4),
    SHIFT_ROW(pslld_i, 0x72, 6),
    SHIFT_ROW(psrlq_i, 0x73, 2),
    SHIFT_ROW(psrldq, 0x73, 3),
    SHIFT_ROW(psllq_i, 0x73, 6),
    SHIFT_ROW(pslldq, 0x73, 7),
};

SIM_TABLE(sse_int, sse_int_rows);
