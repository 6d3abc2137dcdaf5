/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves, shuffles and conversions with MMX registers on one side. */
#include "hostsim/user/sim/sse.h"

static void mmx_put_u64(struct sim_cpu *cpu, unsigned n, uint64_t v)
{
    mmx_put(cpu, n, _mm_cvtsi64_si128((int64_t)v));
}

static uint64_t *mmx_at(struct sim_cpu *cpu, unsigned n)
{
    return &cpu->x87.r[n & 7].mant;
}

/* ---- moves ---- */

#define MMX_OP(name)                                                                     \
    static void do_##name(struct sim_cpu *cpu, const struct sim_insn *i);                \
    SIM_OP(name)                                                                         \
    {                                                                                    \
        if (unlikely(!mmx_begin(cpu)))                                                   \
            return sim_fault(cpu, i);                                                    \
        mmx_enter(cpu);                                                                  \
        do_##name(cpu, i);                                                               \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    static void do_##name(struct sim_cpu *cpu, const struct sim_insn *i)

MMX_OP(mmx_movd_load_32)
{
    mmx_put_u64(cpu, i->reg, sim_gpr32(cpu, i->rm));
}

MMX_OP(mmx_movd_load_64)
{
    mmx_put_u64(cpu, i->reg, *sim_gpr64(cpu, i->rm));
}

MMX_OP(mmx_movd_store_32)
{
    sim_gpr32_set(cpu, i->rm, (uint32_t)*mmx_at(cpu, i->reg));
}

MMX_OP(mmx_movd_store_64)
{
    *sim_gpr64(cpu, i->rm) = *mmx_at(cpu, i->reg);
}

MMX_OP(mmx_copy)
{
    mmx_put_u64(cpu, i->reg, *mmx_at(cpu, i->rm));
}

MMX_OP(mmx_copy_back)
{
    mmx_put_u64(cpu, i->rm, *mmx_at(cpu, i->reg));
}

MMX_OP(movq2dq)
{
    cpu->xmm[i->reg] = (union sim_xmm){.u64 = {*mmx_at(cpu, i->rm)}};
}

MMX_OP(movdq2q)
{
    mmx_put_u64(cpu, i->reg, cpu->xmm[i->rm].u64[0]);
}

MMX_OP(mmx_pmovmskb)
{
    *sim_gpr64(cpu, i->reg) = (unsigned)_mm_movemask_epi8(mmx_get(cpu, i->rm)) & 0xff;
}

MMX_OP(mmx_pextrw)
{
    *sim_gpr64(cpu, i->reg) = (uint16_t)(*mmx_at(cpu, i->rm) >> (i->imm & 3) * 16);
}

static void insert_word(struct sim_cpu *cpu, const struct sim_insn *i, uint16_t w)
{
    unsigned shift = (i->imm & 3) * 16;
    uint64_t v = *mmx_at(cpu, i->reg) & ~(UINT64_C(0xffff) << shift);

    mmx_put_u64(cpu, i->reg, v | (uint64_t)w << shift);
}

MMX_OP(mmx_pinsrw_r)
{
    insert_word(cpu, i, (uint16_t)sim_gpr32(cpu, i->rm));
}

SIM_OP(mmx_pinsrw_m)
{
    uint16_t w;

    if (unlikely(!mmx_begin(cpu) || !sim_load_u16(cpu, sim_ea(cpu, i), &w)))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    insert_word(cpu, i, w);
    SIM_NEXT;
}

static void shuffle(struct sim_cpu *cpu, const struct sim_insn *i, uint64_t v)
{
    uint64_t r = 0;

    for (unsigned n = 0; n < 4; n++)
        r |= (v >> (i->imm >> (2 * n) & 3) * 16 & 0xffff) << (16 * n);
    mmx_put_u64(cpu, i->reg, r);
}

MMX_OP(pshufw_r)
{
    shuffle(cpu, i, *mmx_at(cpu, i->rm));
}

SIM_OP(pshufw_m)
{
    uint64_t v;

    if (unlikely(!mmx_begin(cpu) || !sim_load_u64(cpu, sim_ea(cpu, i), &v)))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    shuffle(cpu, i, v);
    SIM_NEXT;
}

SIM_OP(mmx_load_4)
{
    uint32_t v;

    if (unlikely(!mmx_begin(cpu) || !sim_load_u32(cpu, sim_ea(cpu, i), &v)))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    mmx_put_u64(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(mmx_load_8)
{
    uint64_t v;

    if (unlikely(!mmx_begin(cpu) || !sim_load_u64(cpu, sim_ea(cpu, i), &v)))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    mmx_put_u64(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(mmx_store_4)
{
    if (unlikely(!mmx_begin(cpu) ||
                 !sim_store_u32(cpu, sim_ea(cpu, i), (uint32_t)*mmx_at(cpu, i->reg))))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    SIM_NEXT;
}

SIM_OP(mmx_store_8)
{
    if (unlikely(!mmx_begin(cpu) ||
                 !sim_store_u64(cpu, sim_ea(cpu, i), *mmx_at(cpu, i->reg))))
        return sim_fault(cpu, i);
    mmx_enter(cpu);
    SIM_NEXT;
}

SIM_OP(maskmovq)
{
    union sim_xmm value, mask;

    if (!mmx_begin(cpu))
        return sim_fault(cpu, i);
    value = (union sim_xmm){.u64 = {*mmx_at(cpu, i->reg)}};
    mask = (union sim_xmm){.u64 = {*mmx_at(cpu, i->rm)}};
    mmx_enter(cpu);
    if (!sse_store_masked(cpu, i, &value, &mask, 8))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(emms)
{
    if (!mmx_begin(cpu))
        return sim_fault(cpu, i);
    cpu->x87.top = 0;
    cpu->x87.valid = 0;
    SIM_NEXT;
}

/* ---- conversions ---- */

/* Two integers of an MMX register to floats; from memory this is no MMX instruction. */
#define FROM_MMX(name, insn)                                                             \
    SSE_FN(name, insn)                                                                   \
    static bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)                  \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, 2, 4};                          \
        union sim_xmm r;                                                                 \
                                                                                         \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, b, b, shape))     \
            return false;                                                                \
        _mm_store_si128((__m128i *)&r, fn_##name(b, b));                                 \
        cpu->xmm[reg].u64[0] = r.u64[0];                                                 \
        if (shape_is_wide_##name)                                                        \
            cpu->xmm[reg].u64[1] = r.u64[1];                                             \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        if (unlikely(!mmx_begin(cpu)))                                                   \
            return sim_fault(cpu, i);                                                    \
        mmx_enter(cpu);                                                                  \
        if (unlikely(!do_##name(cpu, i->reg, mmx_get(cpu, i->rm))))                      \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_8(cpu, i, &b) || !do_##name(cpu, i->reg, b)))             \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

enum { shape_is_wide_cvtpi2ps = false, shape_is_wide_cvtpi2pd = true };

FROM_MMX(cvtpi2ps, "cvtdq2ps")
FROM_MMX(cvtpi2pd, "cvtdq2pd")

/* Two floats to integers in an MMX register.  The x87 is taken over even if this ends in #XM. */
#define TO_MMX(name, insn, bytes, mem)                                                   \
    SSE_FN(name, insn)                                                                   \
    static bool do_##name(struct sim_cpu *cpu, unsigned reg, __m128i b)                  \
    {                                                                                    \
        const struct sim_fp_shape shape = {SIM_FP_PLAIN, 2, bytes};                      \
                                                                                         \
        mmx_enter(cpu);                                                                  \
        if (unlikely(cpu->fp_careful) && !sim_fp_check(cpu, fn_##name, b, b, shape))     \
            return false;                                                                \
        mmx_put(cpu, reg, fn_##name(b, b));                                              \
        return true;                                                                     \
    }                                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        __m128i b = sse_get(cpu, i->rm);                                                 \
                                                                                         \
        if ((bytes) == 4)                                                                \
            b = _mm_move_epi64(b);                                                       \
        if (unlikely(!mmx_begin(cpu) || !do_##name(cpu, i->reg, b)))                     \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        __m128i b;                                                                       \
                                                                                         \
        if (unlikely(!mmx_begin(cpu) || !sse_load_##mem(cpu, i, &b) ||                   \
                     !do_##name(cpu, i->reg, b)))                                        \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

TO_MMX(cvttps2pi, "cvttps2dq", 4, 8)
TO_MMX(cvttpd2pi, "cvttpd2dq", 8, 16)
TO_MMX(cvtps2pi, "cvtps2dq", 4, 8)
TO_MMX(cvtpd2pi, "cvtpd2dq", 8, 16)

#define ROW(name, prefix, code, form, reg_, mem_)                                        \
    SSE_ROW(name, SIM_##prefix, code, form, reg_, mem_)
#define BOTH(name, prefix, code)                                                         \
    ROW(#name, prefix, code, SSE_XX, SIM_ONE(name##_r), SIM_ONE(name##_m))

static const struct sim_row mmx_move_rows[] = {
    BOTH(cvtpi2ps, NP, 0x2a),
    BOTH(cvtpi2pd, 66, 0x2a),
    BOTH(cvttps2pi, NP, 0x2c),
    BOTH(cvttpd2pi, 66, 0x2c),
    BOTH(cvtps2pi, NP, 0x2d),
    BOTH(cvtpd2pi, 66, 0x2d),
    ROW("mmx movd", NP, 0x6e, SIM_REG_OTHER | SIM_W,
        SIM_TWO(mmx_movd_load_32, mmx_movd_load_64), SIM_TWO(mmx_load_4, mmx_load_8)),
    ROW("mmx movq", NP, 0x6f, SSE_XX, SIM_ONE(mmx_copy), SIM_ONE(mmx_load_8)),
    ROW("pshufw", NP, 0x70, SSE_XX | SIM_IMM8, SIM_ONE(pshufw_r), SIM_ONE(pshufw_m)),
    ROW("mmx movd", NP, 0x7e, SIM_REG_OTHER | SIM_W,
        SIM_TWO(mmx_movd_store_32, mmx_movd_store_64), SIM_TWO(mmx_store_4, mmx_store_8)),
    ROW("mmx movq", NP, 0x7f, SSE_XX, SIM_ONE(mmx_copy_back), SIM_ONE(mmx_store_8)),
    ROW("mmx pinsrw", NP, 0xc4, SIM_REG_OTHER | SIM_IMM8, SIM_ONE(mmx_pinsrw_r),
        SIM_ONE(mmx_pinsrw_m)),
    ROW("mmx pextrw", NP, 0xc5, SIM_RM_OTHER | SIM_IMM8, SIM_ONE(mmx_pextrw), NULL),
    ROW("movq2dq", F3, 0xd6, SSE_XX, SIM_ONE(movq2dq), NULL),
    ROW("movdq2q", F2, 0xd6, SSE_XX, SIM_ONE(movdq2q), NULL),
    ROW("mmx pmovmskb", NP, 0xd7, SIM_RM_OTHER, SIM_ONE(mmx_pmovmskb), NULL),
    ROW("movntq", NP, 0xe7, SSE_XX, NULL, SIM_ONE(mmx_store_8)),
    ROW("maskmovq", NP, 0xf7, SSE_XX | SIM_IMPLIED, SIM_ONE(maskmovq), NULL),
    {.name = "emms",
     .map = SIM_MAP_0F,
     .opcode = 0x77,
     .count = 1,
     .prefix = SIM_NP,
     .ext = SIM_ANY,
     .rm = SIM_ANY,
     .sets = SIM_SETS_NONE,
     .reg = SIM_ONE(emms)},
};

SIM_TABLE(mmx_move, mmx_move_rows);
