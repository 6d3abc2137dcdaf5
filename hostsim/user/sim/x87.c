/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x87 instructions, Intel SDM 2 appendix A.5.
 *
 * Everything that computes goes to the host (x87.h).  Instructions that look at or replace the
 * environment work on the parked state.
 */
#include "hostsim/user/sim/x87.h"

#include <string.h>

#include "hostsim/user/sim/flags.h"
#include "hostsim/user/sim/fp.h"
#include "hostsim/user/sim/row.h"
#include "hostsim/user/sim/tables.h"

/* x87_thunk.S: bytes of a thunk, and thunks of an opcode. */
#define REG_BYTES   4u
#define FLAGS_BYTES 8u
#define MEM_BYTES   4u

extern const char x87_thunk_reg[], x87_thunk_flags[], x87_thunk_mem[];

/* ---- going on the host ---- */

/* An instruction that waits: no exception may be pending; then the host has the state. */
static void x87_wake(struct sim_cpu *cpu)
{
    const struct sim_x87 *x = &cpu->x87;
    struct x87_image image = {.env = {.fcw = x->fcw,
                                      .fsw = x->fsw | (uint32_t)x->top << 11,
                                      .ftw = sim_x87_tags(x)}};

    for (unsigned n = 0; n < 8; n++)
        memcpy(image.st[n], &x->r[(x->top + n) & 7], 10);
    asm volatile("frstor %0" : : "m"(image));
    cpu->x87_live = true;
}

static inline bool x87_begin(struct sim_cpu *cpu)
{
    if (likely(cpu->x87_live))
        return true;
    if (!sim_x87_quiet(cpu))
        return false;
    x87_wake(cpu);
    return true;
}

/* What FNSTENV tells of the last instruction that computed. */
static inline void x87_note(struct sim_cpu *cpu, const struct sim_insn *i,
                            unsigned opcode, unsigned modrm)
{
    cpu->x87.fop = (uint16_t)((opcode & 7) << 8 | modrm);
    cpu->x87.fip = sim_insn_rip(cpu, i);
}

static inline unsigned thunk_number(const struct sim_insn *i, unsigned opcode)
{
    return (opcode & 7) * 64 + (i->reg & 7u) * 8 + (i->rm & 7u);
}

/* ---- register forms ---- */

static inline const struct sim_insn *x87_reg(struct sim_cpu *cpu,
                                             const struct sim_insn *i, unsigned opcode)
{
    unsigned n = thunk_number(i, opcode);

    if (unlikely(!x87_begin(cpu)))
        return sim_fault(cpu, i);
    x87_note(cpu, i, opcode, 0xc0 | (n & 63));
    ((void (*)(void))(uintptr_t)(x87_thunk_reg + n * REG_BYTES))();
    sim_x87_end(cpu);
    SIM_NEXT;
}

/* FCMOV reads the status flags, FCOMI writes them. */
static inline const struct sim_insn *x87_flags(struct sim_cpu *cpu,
                                               const struct sim_insn *i, unsigned opcode)
{
    unsigned n = thunk_number(i, opcode);
    uint64_t flags = sim_cc_flags(&cpu->cc);

    if (unlikely(!x87_begin(cpu)))
        return sim_fault(cpu, i);
    x87_note(cpu, i, opcode, 0xc0 | (n & 63));
    flags =
        ((uint64_t(*)(uint64_t))(uintptr_t)(x87_thunk_flags + n * FLAGS_BYTES))(flags);
    sim_cc_raw(cpu, (uint32_t)flags & SIM_STATUS);
    sim_x87_end(cpu);
    SIM_NEXT;
}

/* ---- memory forms ---- */

static inline void x87_call_mem(const struct sim_insn *i, unsigned opcode, void *operand)
{
    unsigned n = (opcode & 7) * 8 + (i->reg & 7u);

    ((void (*)(void *))(uintptr_t)(x87_thunk_mem + n * MEM_BYTES))(operand);
}

static inline const struct sim_insn *
x87_load(struct sim_cpu *cpu, const struct sim_insn *i, unsigned opcode, unsigned size)
{
    uint64_t va = sim_ea(cpu, i);
    union sim_xmm operand;
    bool ok;

    if (unlikely(!x87_begin(cpu)))
        return sim_fault(cpu, i);
    if (size == 2)
        ok = sim_load_u16(cpu, va, &operand.u16[0]);
    else if (size == 4)
        ok = sim_load_u32(cpu, va, &operand.u32[0]);
    else if (size == 8)
        ok = sim_load_u64(cpu, va, &operand.u64[0]);
    else
        ok = sim_load_slow(cpu, va, size);
    if (unlikely(!ok))
        return sim_fault(cpu, i);
    if (size == 10)
        memcpy(&operand, cpu->bounce, size);
    x87_note(cpu, i, opcode, (i->reg & 7u) << 3);
    cpu->x87.fdp = va;
    x87_call_mem(i, opcode, &operand);
    sim_x87_end(cpu);
    SIM_NEXT;
}

/* The page is checked before anything happens.  The host decides whether it stores: an unmasked
 * exception may keep it from that, so the operand starts as what is there. */
static inline const struct sim_insn *
x87_store(struct sim_cpu *cpu, const struct sim_insn *i, unsigned opcode, unsigned size)
{
    uint64_t va = sim_ea(cpu, i);
    union sim_xmm operand;
    void *at;

    if (unlikely(!x87_begin(cpu)))
        return sim_fault(cpu, i);
    at = sim_rw(cpu, va, size);
    if (unlikely(!at))
        return sim_fault(cpu, i);
    memcpy(&operand, at, size);
    x87_note(cpu, i, opcode, (i->reg & 7u) << 3);
    cpu->x87.fdp = va;
    x87_call_mem(i, opcode, &operand);
    sim_x87_end(cpu);
    memcpy(at, &operand, size);
    sim_rw_done(cpu);
    SIM_NEXT;
}

#define REG(name, opcode, how)                                                           \
    SIM_OP(x87_##name)                                                                   \
    {                                                                                    \
        return x87_##how(cpu, i, opcode);                                                \
    }
#define MEM(name, opcode, how, size)                                                     \
    SIM_OP(x87_##name)                                                                   \
    {                                                                                    \
        return x87_##how(cpu, i, opcode, size);                                          \
    }

REG(d8_r, 0xd8, reg)
REG(d9_r, 0xd9, reg)
REG(da_r, 0xda, reg)
REG(dc_r, 0xdc, reg)
REG(dd_r, 0xdd, reg)
REG(de_r, 0xde, reg)
REG(da_flags, 0xda, flags)
REG(db_flags, 0xdb, flags)
REG(df_flags, 0xdf, flags)
MEM(d8_m, 0xd8, load, 4)
MEM(d9_load, 0xd9, load, 4)
MEM(d9_store, 0xd9, store, 4)
MEM(da_m, 0xda, load, 4)
MEM(db_load, 0xdb, load, 4)
MEM(db_store, 0xdb, store, 4)
MEM(db_load_80, 0xdb, load, 10)
MEM(db_store_80, 0xdb, store, 10)
MEM(dc_m, 0xdc, load, 8)
MEM(dd_load, 0xdd, load, 8)
MEM(dd_store, 0xdd, store, 8)
MEM(de_m, 0xde, load, 2)
MEM(df_load_16, 0xdf, load, 2)
MEM(df_store_16, 0xdf, store, 2)
MEM(df_load_80, 0xdf, load, 10)
MEM(df_load_64, 0xdf, load, 8)
MEM(df_store_80, 0xdf, store, 10)
MEM(df_store_64, 0xdf, store, 8)

/* ---- rows: register forms are one instruction per ModRM byte, or per eight of them ---- */

#define ROW(opcode_, ext_, rm_, sets_, reg_, mem_)                                       \
    {                                                                                    \
        .name = "x87", .map = SIM_MAP_1, .opcode = (opcode_), .count = 1,                \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = (rm_), .sets = SIM_SETS_##sets_,        \
        .form = SIM_MODRM | SIM_REG_OTHER | SIM_RM_OTHER, .reg = (reg_), .mem = (mem_)   \
    }
#define R(opcode, ext, handler)                                                          \
    ROW(opcode, ext, SIM_ANY, NONE, SIM_ONE(x87_##handler), NULL)
#define F(opcode, ext, handler)                                                          \
    ROW(opcode, ext, SIM_ANY, ANY, SIM_ONE(x87_##handler), NULL)
#define M(opcode, ext, handler)                                                          \
    ROW(opcode, ext, SIM_ANY, NONE, NULL, SIM_ONE(x87_##handler))
#define ONE(opcode, modrm, handler)                                                      \
    ROW(opcode, (modrm) >> 3 & 7, (modrm)&7, NONE, SIM_ONE(x87_##handler), NULL)
#define FOUR(opcode, modrm, handler)                                                     \
    ONE(opcode, modrm, handler), ONE(opcode, (modrm) + 1, handler),                      \
        ONE(opcode, (modrm) + 2, handler), ONE(opcode, (modrm) + 3, handler)

static const struct sim_row x87_rows[] = {
    R(0xd8, SIM_ANY, d8_r),  M(0xd8, SIM_ANY, d8_m),
    R(0xd9, 0, d9_r),      /* fld */
    R(0xd9, 1, d9_r),      /* fxch */
    ONE(0xd9, 0xd0, d9_r), /* fnop */
    ONE(0xd9, 0xe0, d9_r), /* fchs, fabs, ftst, fxam */
    ONE(0xd9, 0xe1, d9_r),   ONE(0xd9, 0xe4, d9_r),
    ONE(0xd9, 0xe5, d9_r),   FOUR(0xd9, 0xe8, d9_r), /* constants */
    ONE(0xd9, 0xec, d9_r),   ONE(0xd9, 0xed, d9_r),
    ONE(0xd9, 0xee, d9_r),   R(0xd9, 6, d9_r), /* f2xm1 to fincstp, fprem to fcos */
    R(0xd9, 7, d9_r),        M(0xd9, 0, d9_load),
    M(0xd9, 2, d9_store),    M(0xd9, 3, d9_store),
    F(0xda, 0, da_flags), /* fcmov */
    F(0xda, 1, da_flags),    F(0xda, 2, da_flags),
    F(0xda, 3, da_flags),    ONE(0xda, 0xe9, da_r), /* fucompp */
    M(0xda, SIM_ANY, da_m),  F(0xdb, 0, db_flags),  /* fcmovn */
    F(0xdb, 1, db_flags),    F(0xdb, 2, db_flags),
    F(0xdb, 3, db_flags),    F(0xdb, 5, db_flags), /* fucomi, fcomi */
    F(0xdb, 6, db_flags),    M(0xdb, 0, db_load),
    M(0xdb, 2, db_store),    M(0xdb, 3, db_store),
    M(0xdb, 5, db_load_80),  M(0xdb, 7, db_store_80),
    R(0xdc, SIM_ANY, dc_r),  M(0xdc, SIM_ANY, dc_m),
    R(0xdd, 0, dd_r),                          /* ffree */
    R(0xdd, 2, dd_r),                          /* fst, fstp */
    R(0xdd, 3, dd_r),        R(0xdd, 4, dd_r), /* fucom, fucomp */
    R(0xdd, 5, dd_r),        M(0xdd, 0, dd_load),
    M(0xdd, 2, dd_store),    M(0xdd, 3, dd_store),
    R(0xde, 0, de_r),        R(0xde, 1, de_r),
    ONE(0xde, 0xd9, de_r), /* fcompp */
    R(0xde, 4, de_r),        R(0xde, 5, de_r),
    R(0xde, 6, de_r),        R(0xde, 7, de_r),
    M(0xde, SIM_ANY, de_m),  F(0xdf, 5, df_flags), /* fucomip, fcomip */
    F(0xdf, 6, df_flags),    M(0xdf, 0, df_load_16),
    M(0xdf, 2, df_store_16), M(0xdf, 3, df_store_16),
    M(0xdf, 4, df_load_80),  M(0xdf, 5, df_load_64),
    M(0xdf, 6, df_store_80), M(0xdf, 7, df_store_64),
};

SIM_TABLE(x87, x87_rows);
