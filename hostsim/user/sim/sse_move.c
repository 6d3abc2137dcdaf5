/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves and shuffles of XMM registers. */
#include "hostsim/user/sim/sse.h"

/* ---- whole registers ---- */

SIM_OP(sse_copy)
{
    cpu->xmm[i->reg] = cpu->xmm[i->rm];
    SIM_NEXT;
}

SIM_OP(sse_copy_back)
{
    cpu->xmm[i->rm] = cpu->xmm[i->reg];
    SIM_NEXT;
}

SIM_OP(sse_load_unaligned)
{
    __m128i v;

    if (unlikely(!sse_load_any(cpu, i, &v)))
        return sim_fault(cpu, i);
    sse_put(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(sse_load_aligned)
{
    __m128i v;

    if (unlikely(!sse_load_16(cpu, i, &v)))
        return sim_fault(cpu, i);
    sse_put(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(sse_store_unaligned)
{
    if (unlikely(!sse_store_any(cpu, i, i->reg)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(sse_store_aligned)
{
    if (unlikely(!sse_store_16(cpu, i, i->reg)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* ---- parts: low 32, low 64, high 64 bits ---- */

SIM_OP(movss_r)
{
    cpu->xmm[i->reg].u32[0] = cpu->xmm[i->rm].u32[0];
    SIM_NEXT;
}

SIM_OP(movss_back_r)
{
    cpu->xmm[i->rm].u32[0] = cpu->xmm[i->reg].u32[0];
    SIM_NEXT;
}

SIM_OP(movsd_r)
{
    cpu->xmm[i->reg].u64[0] = cpu->xmm[i->rm].u64[0];
    SIM_NEXT;
}

SIM_OP(movsd_back_r)
{
    cpu->xmm[i->rm].u64[0] = cpu->xmm[i->reg].u64[0];
    SIM_NEXT;
}

SIM_OP(sse_load_4_m)
{
    __m128i v;

    if (unlikely(!sse_load_4(cpu, i, &v)))
        return sim_fault(cpu, i);
    sse_put(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(sse_load_8_m)
{
    __m128i v;

    if (unlikely(!sse_load_8(cpu, i, &v)))
        return sim_fault(cpu, i);
    sse_put(cpu, i->reg, v);
    SIM_NEXT;
}

SIM_OP(sse_store_4_m)
{
    if (unlikely(!sim_store_u32(cpu, sim_ea(cpu, i), cpu->xmm[i->reg].u32[0])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(sse_store_8_m)
{
    if (unlikely(!sim_store_u64(cpu, sim_ea(cpu, i), cpu->xmm[i->reg].u64[0])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(movlps_m)
{
    if (unlikely(!sim_load_u64(cpu, sim_ea(cpu, i), &cpu->xmm[i->reg].u64[0])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(movhps_m)
{
    if (unlikely(!sim_load_u64(cpu, sim_ea(cpu, i), &cpu->xmm[i->reg].u64[1])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(movhps_store)
{
    if (unlikely(!sim_store_u64(cpu, sim_ea(cpu, i), cpu->xmm[i->reg].u64[1])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(movhlps)
{
    cpu->xmm[i->reg].u64[0] = cpu->xmm[i->rm].u64[1];
    SIM_NEXT;
}

SIM_OP(movlhps)
{
    cpu->xmm[i->reg].u64[1] = cpu->xmm[i->rm].u64[0];
    SIM_NEXT;
}

SIM_OP(movq_r)
{
    cpu->xmm[i->reg] = (union sim_xmm){.u64 = {cpu->xmm[i->rm].u64[0]}};
    SIM_NEXT;
}

SIM_OP(movq_back_r)
{
    cpu->xmm[i->rm] = (union sim_xmm){.u64 = {cpu->xmm[i->reg].u64[0]}};
    SIM_NEXT;
}

/* ---- to and from general registers ---- */

SIM_OP(movd_load_32)
{
    cpu->xmm[i->reg] = (union sim_xmm){.u32 = {sim_gpr32(cpu, i->rm)}};
    SIM_NEXT;
}

SIM_OP(movd_load_64)
{
    cpu->xmm[i->reg] = (union sim_xmm){.u64 = {*sim_gpr64(cpu, i->rm)}};
    SIM_NEXT;
}

SIM_OP(movd_store_32)
{
    sim_gpr32_set(cpu, i->rm, cpu->xmm[i->reg].u32[0]);
    SIM_NEXT;
}

SIM_OP(movd_store_64)
{
    *sim_gpr64(cpu, i->rm) = cpu->xmm[i->reg].u64[0];
    SIM_NEXT;
}

SIM_OP(movmskps)
{
    *sim_gpr64(cpu, i->reg) =
        (unsigned)_mm_movemask_ps(_mm_castsi128_ps(sse_get(cpu, i->rm)));
    SIM_NEXT;
}

SIM_OP(movmskpd)
{
    *sim_gpr64(cpu, i->reg) =
        (unsigned)_mm_movemask_pd(_mm_castsi128_pd(sse_get(cpu, i->rm)));
    SIM_NEXT;
}

SIM_OP(pmovmskb)
{
    *sim_gpr64(cpu, i->reg) = (unsigned)_mm_movemask_epi8(sse_get(cpu, i->rm));
    SIM_NEXT;
}

SIM_OP(pinsrw_r)
{
    cpu->xmm[i->reg].u16[i->imm & 7] = (uint16_t)sim_gpr32(cpu, i->rm);
    SIM_NEXT;
}

SIM_OP(pinsrw_m)
{
    if (unlikely(!sim_load_u16(cpu, sim_ea(cpu, i), &cpu->xmm[i->reg].u16[i->imm & 7])))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(pextrw)
{
    *sim_gpr64(cpu, i->reg) = cpu->xmm[i->rm].u16[i->imm & 7];
    SIM_NEXT;
}

SIM_OP(movnti_32)
{
    if (unlikely(!sim_store_u32(cpu, sim_ea(cpu, i), sim_gpr32(cpu, i->reg))))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(movnti_64)
{
    if (unlikely(!sim_store_u64(cpu, sim_ea(cpu, i), *sim_gpr64(cpu, i->reg))))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* ---- shuffles: two bits of the immediate choose each element ---- */

static union sim_xmm pick_dwords(const union sim_xmm *low, const union sim_xmm *high,
                                 unsigned how)
{
    return (union sim_xmm){.u32 = {low->u32[how & 3], low->u32[how >> 2 & 3],
                                   high->u32[how >> 4 & 3], high->u32[how >> 6 & 3]}};
}

static union sim_xmm pick_words(union sim_xmm v, unsigned first, unsigned how)
{
    union sim_xmm r = v;

    for (unsigned n = 0; n < 4; n++)
        r.u16[first + n] = v.u16[first + (how >> (2 * n) & 3)];
    return r;
}

static void do_pshufd(struct sim_cpu *cpu, const struct sim_insn *i,
                      const union sim_xmm *b)
{
    cpu->xmm[i->reg] = pick_dwords(b, b, (unsigned)i->imm);
}

static void do_pshuflw(struct sim_cpu *cpu, const struct sim_insn *i,
                       const union sim_xmm *b)
{
    cpu->xmm[i->reg] = pick_words(*b, 0, (unsigned)i->imm);
}

static void do_pshufhw(struct sim_cpu *cpu, const struct sim_insn *i,
                       const union sim_xmm *b)
{
    cpu->xmm[i->reg] = pick_words(*b, 4, (unsigned)i->imm);
}

static void do_shufps(struct sim_cpu *cpu, const struct sim_insn *i,
                      const union sim_xmm *b)
{
    cpu->xmm[i->reg] = pick_dwords(&cpu->xmm[i->reg], b, (unsigned)i->imm);
}

static void do_shufpd(struct sim_cpu *cpu, const struct sim_insn *i,
                      const union sim_xmm *b)
{
    cpu->xmm[i->reg] = (union sim_xmm){
        .u64 = {cpu->xmm[i->reg].u64[i->imm & 1], b->u64[i->imm >> 1 & 1]}};
}

#define SHUFFLE(name)                                                                    \
    SIM_OP(name##_r)                                                                     \
    {                                                                                    \
        do_##name(cpu, i, &cpu->xmm[i->rm]);                                             \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m)                                                                     \
    {                                                                                    \
        union sim_xmm b;                                                                 \
        __m128i v;                                                                       \
                                                                                         \
        if (unlikely(!sse_load_16(cpu, i, &v)))                                          \
            return sim_fault(cpu, i);                                                    \
        _mm_store_si128((__m128i *)&b, v);                                               \
        do_##name(cpu, i, &b);                                                           \
        SIM_NEXT;                                                                        \
    }

SHUFFLE(pshufd)
SHUFFLE(pshuflw)
SHUFFLE(pshufhw)
SHUFFLE(shufps)
SHUFFLE(shufpd)

/* Bytes of `value` whose mask byte is negative, to rdi. */
bool sse_store_masked(struct sim_cpu *cpu, const struct sim_insn *i,
                      const union sim_xmm *value, const union sim_xmm *mask,
                      unsigned size)
{
    uint64_t rdi = cpu->r[SIM_RDI], va = cpu->r[i->base];
    uint32_t control = cpu->control;
    uint8_t *at;

    va += i->scale == 1 ? (uint32_t)rdi : rdi;
    if (!sim_is_aligned(cpu, va, 8))
        return false;
    cpu->control &= ~SIM_AC; /* sixteen bytes need no more */
    at = sim_rw(cpu, va, size);
    cpu->control = control;
    if (!at)
        return false;
    for (unsigned n = 0; n < size; n++)
        if (mask->i8[n] < 0)
            at[n] = value->u8[n];
    sim_rw_done(cpu);
    return true;
}

SIM_OP(maskmovdqu)
{
    if (!sse_store_masked(cpu, i, &cpu->xmm[i->reg], &cpu->xmm[i->rm], 16))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

#define ROW(name, prefix, code, reg_, mem_)                                              \
    SSE_ROW(name, SIM_##prefix, code, SSE_XX, reg_, mem_)
#define LOADS(name, prefix, code, kind)                                                  \
    ROW(name, prefix, code, SIM_ONE(sse_copy), SIM_ONE(sse_load_##kind))
#define STORES(name, prefix, code, kind)                                                 \
    ROW(name, prefix, code, SIM_ONE(sse_copy_back), SIM_ONE(sse_store_##kind))
#define SHUFFLE_ROW(name, prefix, code)                                                  \
    SSE_ROW(#name, SIM_##prefix, code, SSE_XX | SIM_IMM8, SIM_ONE(name##_r),             \
            SIM_ONE(name##_m))

static const struct sim_row sse_move_rows[] = {
    LOADS("movups", NP, 0x10, unaligned),
    LOADS("movupd", 66, 0x10, unaligned),
    ROW("movss", F3, 0x10, SIM_ONE(movss_r), SIM_ONE(sse_load_4_m)),
    ROW("movsd", F2, 0x10, SIM_ONE(movsd_r), SIM_ONE(sse_load_8_m)),
    STORES("movups", NP, 0x11, unaligned),
    STORES("movupd", 66, 0x11, unaligned),
    ROW("movss", F3, 0x11, SIM_ONE(movss_back_r), SIM_ONE(sse_store_4_m)),
    ROW("movsd", F2, 0x11, SIM_ONE(movsd_back_r), SIM_ONE(sse_store_8_m)),
    ROW("movlps", NP, 0x12, SIM_ONE(movhlps), SIM_ONE(movlps_m)),
    ROW("movlpd", 66, 0x12, NULL, SIM_ONE(movlps_m)),
    ROW("movlps", NP, 0x13, NULL, SIM_ONE(sse_store_8_m)),
    ROW("movlpd", 66, 0x13, NULL, SIM_ONE(sse_store_8_m)),
    ROW("movhps", NP, 0x16, SIM_ONE(movlhps), SIM_ONE(movhps_m)),
    ROW("movhpd", 66, 0x16, NULL, SIM_ONE(movhps_m)),
    ROW("movhps", NP, 0x17, NULL, SIM_ONE(movhps_store)),
    ROW("movhpd", 66, 0x17, NULL, SIM_ONE(movhps_store)),
    LOADS("movaps", NP, 0x28, aligned),
    LOADS("movapd", 66, 0x28, aligned),
    STORES("movaps", NP, 0x29, aligned),
    STORES("movapd", 66, 0x29, aligned),
    ROW("movntps", NP, 0x2b, NULL, SIM_ONE(sse_store_aligned)),
    ROW("movntpd", 66, 0x2b, NULL, SIM_ONE(sse_store_aligned)),
    SSE_ROW("movmskps", SIM_NP, 0x50, SIM_RM_OTHER, SIM_ONE(movmskps), NULL),
    SSE_ROW("movmskpd", SIM_66, 0x50, SIM_RM_OTHER, SIM_ONE(movmskpd), NULL),
    SSE_ROW("movd", SIM_66, 0x6e, SIM_REG_OTHER | SIM_W,
            SIM_TWO(movd_load_32, movd_load_64), SIM_TWO(sse_load_4_m, sse_load_8_m)),
    LOADS("movdqa", 66, 0x6f, aligned),
    LOADS("movdqu", F3, 0x6f, unaligned),
    SHUFFLE_ROW(pshufd, 66, 0x70),
    SHUFFLE_ROW(pshufhw, F3, 0x70),
    SHUFFLE_ROW(pshuflw, F2, 0x70),
    SSE_ROW("movd", SIM_66, 0x7e, SIM_REG_OTHER | SIM_W,
            SIM_TWO(movd_store_32, movd_store_64), SIM_TWO(sse_store_4_m, sse_store_8_m)),
    ROW("movq", F3, 0x7e, SIM_ONE(movq_r), SIM_ONE(sse_load_8_m)),
    STORES("movdqa", 66, 0x7f, aligned),
    STORES("movdqu", F3, 0x7f, unaligned),
    SSE_ROW("movnti", SIM_NP, 0xc3, SIM_W, NULL, SIM_TWO(movnti_32, movnti_64)),
    SSE_ROW("pinsrw", SIM_66, 0xc4, SIM_REG_OTHER | SIM_IMM8, SIM_ONE(pinsrw_r),
            SIM_ONE(pinsrw_m)),
    SSE_ROW("pextrw", SIM_66, 0xc5, SIM_RM_OTHER | SIM_IMM8, SIM_ONE(pextrw), NULL),
    SHUFFLE_ROW(shufps, NP, 0xc6),
    SHUFFLE_ROW(shufpd, 66, 0xc6),
    ROW("movq", 66, 0xd6, SIM_ONE(movq_back_r), SIM_ONE(sse_store_8_m)),
    SSE_ROW("pmovmskb", SIM_66, 0xd7, SIM_RM_OTHER, SIM_ONE(pmovmskb), NULL),
    ROW("movntdq", 66, 0xe7, NULL, SIM_ONE(sse_store_aligned)),
    SSE_ROW("maskmovdqu", SIM_66, 0xf7, SSE_XX | SIM_IMPLIED, SIM_ONE(maskmovdqu), NULL),
};

SIM_TABLE(sse_move, sse_move_rows);
