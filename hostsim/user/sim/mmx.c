/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMX: the host's SSE2 forms of the instructions on the low halves of XMM registers.
 *
 * What takes the upper half of an operand, or makes one register of two, gets its operands
 * arranged first.
 */
#include "hostsim/user/sim/sse.h"

/* name, opcode, how the operands are arranged, bytes of an operand in memory */
#define MMX(X)                                                                           \
    X(punpcklbw, 0x60, PLAIN, 4)                                                         \
    X(punpcklwd, 0x61, PLAIN, 4)                                                         \
    X(punpckldq, 0x62, PLAIN, 4)                                                         \
    X(packsswb, 0x63, PACK, 8)                                                           \
    X(pcmpgtb, 0x64, PLAIN, 8)                                                           \
    X(pcmpgtw, 0x65, PLAIN, 8)                                                           \
    X(pcmpgtd, 0x66, PLAIN, 8)                                                           \
    X(packuswb, 0x67, PACK, 8)                                                           \
    X(punpckhbw, 0x68, HIGH, 8)                                                          \
    X(punpckhwd, 0x69, HIGH, 8)                                                          \
    X(punpckhdq, 0x6a, HIGH, 8)                                                          \
    X(packssdw, 0x6b, PACK, 8)                                                           \
    X(pcmpeqb, 0x74, PLAIN, 8)                                                           \
    X(pcmpeqw, 0x75, PLAIN, 8)                                                           \
    X(pcmpeqd, 0x76, PLAIN, 8)                                                           \
    X(psrlw, 0xd1, PLAIN, 8)                                                             \
    X(psrld, 0xd2, PLAIN, 8)                                                             \
    X(psrlq, 0xd3, PLAIN, 8)                                                             \
    X(paddq, 0xd4, PLAIN, 8)                                                             \
    X(pmullw, 0xd5, PLAIN, 8)                                                            \
    X(psubusb, 0xd8, PLAIN, 8)                                                           \
    X(psubusw, 0xd9, PLAIN, 8)                                                           \
    X(pminub, 0xda, PLAIN, 8)                                                            \
    X(pand, 0xdb, PLAIN, 8)                                                              \
    X(paddusb, 0xdc, PLAIN, 8)                                                           \
    X(paddusw, 0xdd, PLAIN, 8)                                                           \
    X(pmaxub, 0xde, PLAIN, 8)                                                            \
    X(pandn, 0xdf, PLAIN, 8)                                                             \
    X(pavgb, 0xe0, PLAIN, 8)                                                             \
    X(psraw, 0xe1, PLAIN, 8)                                                             \
    X(psrad, 0xe2, PLAIN, 8)                                                             \
    X(pavgw, 0xe3, PLAIN, 8)                                                             \
    X(pmulhuw, 0xe4, PLAIN, 8)                                                           \
    X(pmulhw, 0xe5, PLAIN, 8)                                                            \
    X(psubsb, 0xe8, PLAIN, 8)                                                            \
    X(psubsw, 0xe9, PLAIN, 8)                                                            \
    X(pminsw, 0xea, PLAIN, 8)                                                            \
    X(por, 0xeb, PLAIN, 8)                                                               \
    X(paddsb, 0xec, PLAIN, 8)                                                            \
    X(paddsw, 0xed, PLAIN, 8)                                                            \
    X(pmaxsw, 0xee, PLAIN, 8)                                                            \
    X(pxor, 0xef, PLAIN, 8)                                                              \
    X(psllw, 0xf1, PLAIN, 8)                                                             \
    X(pslld, 0xf2, PLAIN, 8)                                                             \
    X(psllq, 0xf3, PLAIN, 8)                                                             \
    X(pmuludq, 0xf4, PLAIN, 8)                                                           \
    X(pmaddwd, 0xf5, PLAIN, 8)                                                           \
    X(psadbw, 0xf6, PLAIN, 8)                                                            \
    X(psubb, 0xf8, PLAIN, 8)                                                             \
    X(psubw, 0xf9, PLAIN, 8)                                                             \
    X(psubd, 0xfa, PLAIN, 8)                                                             \
    X(psubq, 0xfb, PLAIN, 8)                                                             \
    X(paddb, 0xfc, PLAIN, 8)                                                             \
    X(paddw, 0xfd, PLAIN, 8)                                                             \
    X(paddd, 0xfe, PLAIN, 8)

/* PACK: both operands make one register; HIGH: their
 * upper halves go where the upper half of an XMM register begins. */
#define RUN_PLAIN(fn, a, b) fn(a, b)
#define RUN_PACK(fn, a, b)  fn(_mm_unpacklo_epi64(a, b), _mm_setzero_si128())
#define RUN_HIGH(fn, a, b)  fn(_mm_slli_si128(a, 4), _mm_slli_si128(b, 4))

#define DEFINE(name, code, arrange, mem)                                                 \
    SSE_FN(mmx_##name, #name)                                                            \
    static inline void do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)           \
    {                                                                                    \
        mmx_enter(cpu);                                                                  \
        mmx_put(cpu, reg, RUN_##arrange(fn_mmx_##name, mmx_get(cpu, reg), b));           \
    }                                                                                    \
    SIM_OP(mmx_##name##_r)                                                               \
    {                                                                                    \
        if (unlikely(!mmx_begin(cpu)))                                                   \
            return sim_fault(cpu, i);                                                    \
        do_##name(cpu, i->reg, mmx_get(cpu, i->rm));                                     \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mmx_##name##_m)                                                               \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!mmx_begin(cpu) || !sse_load_##mem(cpu, i, &b)))                    \
            return sim_fault(cpu, i);                                                    \
        do_##name(cpu, i->reg, b);                                                       \
        SIM_NEXT;                                                                        \
    }

MMX(DEFINE)

#define SHIFTS(X) X(psrlw) X(psraw) X(psllw) X(psrld) X(psrad) X(pslld) X(psrlq) X(psllq)

#define DEFINE_SHIFT(name)                                                               \
    SIM_OP(mmx_##name##_i)                                                               \
    {                                                                                    \
        if (unlikely(!mmx_begin(cpu)))                                                   \
            return sim_fault(cpu, i);                                                    \
        do_##name(cpu, i->rm, _mm_cvtsi32_si128((uint8_t)i->imm));                       \
        SIM_NEXT;                                                                        \
    }

SHIFTS(DEFINE_SHIFT)

#define ROW(name, code, arrange, mem)                                                    \
    SSE_ROW("mmx " #name, SIM_NP, code, SSE_XX, SIM_ONE(mmx_##name##_r),                 \
            SIM_ONE(mmx_##name##_m)),
#define SHIFT_ROW(op_, code_, ext_)                                                      \
    {                                                                                    \
        .name = "mmx " #op_, .map = SIM_MAP_0F, .opcode = (code_), .count = 1,           \
        .prefix = SIM_NP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_NONE,           \
        .form = SIM_MODRM | SSE_XX | SIM_IMM8, .reg = SIM_ONE(mmx_##op_##_i)             \
    }

static const struct sim_row mmx_rows[] = {
    MMX(ROW) SHIFT_ROW(psrlw, 0x71, 2), SHIFT_ROW(psraw, 0x71, 4),
    SHIFT_ROW(psllw, 0x71, 6),          SHIFT_ROW(psrld, 0x72, 2),
    SHIFT_ROW(psrad, 0x72, 4),          SHIFT_ROW(pslld, 0x72, 6),
    SHIFT_ROW(psrlq, 0x73, 2),          SHIFT_ROW(psllq, 0x73, 6),
};

SIM_TABLE(mmx, mmx_rows);
