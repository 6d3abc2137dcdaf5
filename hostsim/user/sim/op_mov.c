/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves and conversions between registers and memory; LEA, BSWAP, XLAT, segment registers. */
#include "hostsim/user/sim/size.h"

#define DEFINE_MOV(N)                                                                    \
    SIM_OP(mov_rr_##N)                                                                   \
    {                                                                                    \
        SIM_SET(N, i->rm, SIM_GET(N, i->reg));                                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mov_ri_##N)                                                                   \
    {                                                                                    \
        SIM_SET(N, i->rm, (uint##N##_t)i->imm);                                          \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mov_rm_##N)                                                                   \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, v);                                                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mov_mr_##N)                                                                   \
    {                                                                                    \
        if (unlikely(!SIM_STORE(N, sim_ea(cpu, i), SIM_GET(N, i->reg))))                 \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(mov_mi_##N)                                                                   \
    {                                                                                    \
        if (unlikely(!SIM_STORE(N, sim_ea(cpu, i), i->imm)))                             \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(load_acc_##N)                                                                 \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(N, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        SIM_SETR(N, SIM_RAX, v);                                                         \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(store_acc_##N)                                                                \
    {                                                                                    \
        if (unlikely(!SIM_STORE(N, sim_ea(cpu, i), SIM_GETR(N, SIM_RAX))))               \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_SIZES(DEFINE_MOV)

#define DEFINE_LEA(N)                                                                    \
    SIM_OP(lea_##N)                                                                      \
    {                                                                                    \
        SIM_SET(N, i->reg, (uint##N##_t)sim_ea(cpu, i));                                 \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_WORDS(DEFINE_LEA)

/* From M bits, extended as `type` says, to N bits. */
#define DEFINE_EXTEND(name, M, N, type)                                                  \
    SIM_OP(name##_r_##N)                                                                 \
    {                                                                                    \
        SIM_SET(N, i->reg, (uint##N##_t)(type)SIM_GET(M, i->rm));                        \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(name##_m_##N)                                                                 \
    {                                                                                    \
        uint##M##_t v;                                                                   \
                                                                                         \
        if (unlikely(!SIM_LOAD(M, sim_ea(cpu, i), &v)))                                  \
            return sim_fault(cpu, i);                                                    \
        SIM_SET(N, i->reg, (uint##N##_t)(type)v);                                        \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_EXTENDS(N)                                                                \
    DEFINE_EXTEND(movzx8, 8, N, uint8_t)                                                 \
    DEFINE_EXTEND(movzx16, 16, N, uint16_t)                                              \
    DEFINE_EXTEND(movsx8, 8, N, int8_t)                                                  \
    DEFINE_EXTEND(movsx16, 16, N, int16_t)

SIM_FOR_WORDS(DEFINE_EXTENDS)
DEFINE_EXTEND(movsxd, 32, 16, int32_t)
DEFINE_EXTEND(movsxd, 32, 32, int32_t)
DEFINE_EXTEND(movsxd, 32, 64, int32_t)

/* CBW CWDE CDQE, CWD CDQ CQO. */
#define DEFINE_WIDEN(N, half)                                                            \
    SIM_OP(widen_##N)                                                                    \
    {                                                                                    \
        SIM_SETR(N, SIM_RAX, (uint##N##_t)(int##half##_t)SIM_GETR(half, SIM_RAX));       \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(sign_##N)                                                                     \
    {                                                                                    \
        SIM_SETR(N, SIM_RDX, SIM_GETR(N, SIM_RAX) & SIM_TOP(N) ? ~(uint##N##_t)0 : 0);   \
        SIM_NEXT;                                                                        \
    }

DEFINE_WIDEN(16, 8)
DEFINE_WIDEN(32, 16)
DEFINE_WIDEN(64, 32)

/* With a 16-bit operand the result is undefined; processors give 0. */
SIM_OP(bswap_16)
{
    SIM_SET(16, i->rm, 0);
    SIM_NEXT;
}

SIM_OP(bswap_32)
{
    SIM_SET(32, i->rm, __builtin_bswap32(SIM_GET(32, i->rm)));
    SIM_NEXT;
}

SIM_OP(bswap_64)
{
    SIM_SET(64, i->rm, __builtin_bswap64(SIM_GET(64, i->rm)));
    SIM_NEXT;
}

SIM_OP(xlat)
{
    uint64_t va = cpu->r[SIM_RBX] + SIM_GETR(8, SIM_RAX);
    uint8_t v;

    if (i->scale)
        va = (uint32_t)va;
    if (unlikely(!sim_load_u8(cpu, va + cpu->r[i->base], &v)))
        return sim_fault(cpu, i);
    SIM_SETR(8, SIM_RAX, v);
    SIM_NEXT;
}

/* ---- segment registers: what a 64-bit program sees of them ---- */

#define DEFINE_MOV_FROM_SEGMENT(N)                                                       \
    SIM_OP(mov_from_segment_##N)                                                         \
    {                                                                                    \
        if (i->reg >= 6)                                                                 \
            return sim_raise(cpu, i, HAL_EXC_ILLEGAL);                                   \
        SIM_SET(N, i->rm, (uint##N##_t)cpu->selector[i->reg]);                           \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_WORDS(DEFINE_MOV_FROM_SEGMENT)

SIM_OP(mov_from_segment_m)
{
    if (i->reg >= 6)
        return sim_raise(cpu, i, HAL_EXC_ILLEGAL);
    if (!sim_store_u16(cpu, sim_ea(cpu, i), (uint16_t)cpu->selector[i->reg]))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* A null selector or one of the program's own segments may be loaded into all but CS; SS takes
 * only data.  FS and GS take the base of what they are loaded with: 0. */
static bool segment_load(struct sim_cpu *cpu, unsigned number, uint16_t value)
{
    bool null = value <= 3, code = value == SIM_CS64 || value == SIM_CS32;

    if (value != SIM_DS && (number == 2 || !(null || code)))
        return false;
    cpu->selector[number] = value;
    if (number >= 4)
        cpu->r[number == 4 ? SIM_FS : SIM_GS] = 0;
    return true;
}

static const struct sim_insn *mov_to_segment(struct sim_cpu *cpu,
                                             const struct sim_insn *i, uint16_t value)
{
    if (i->reg == 1 || i->reg >= 6)
        return sim_raise(cpu, i, HAL_EXC_ILLEGAL);
    if (!segment_load(cpu, i->reg, value))
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    return &i[1];
}

/* PUSH and POP of FS and GS. */
#define DEFINE_STACK(name, number, N)                                                    \
    SIM_OP(push_##name##_##N)                                                            \
    {                                                                                    \
        if (!SIM_STORE(N, cpu->r[SIM_RSP] - N / 8, cpu->selector[number]))               \
            return sim_fault(cpu, i);                                                    \
        cpu->r[SIM_RSP] -= N / 8;                                                        \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(pop_##name##_##N)                                                             \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, cpu->r[SIM_RSP], &v))                                           \
            return sim_fault(cpu, i);                                                    \
        if (!segment_load(cpu, number, (uint16_t)v))                                     \
            return sim_raise(cpu, i, HAL_EXC_PROTECTION);                                \
        cpu->r[SIM_RSP] += N / 8;                                                        \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_STACKS(N) DEFINE_STACK(fs, 4, N) DEFINE_STACK(gs, 5, N)

DEFINE_STACKS(16)
DEFINE_STACKS(64)

SIM_OP(mov_to_segment_r)
{
    return mov_to_segment(cpu, i, SIM_GET(16, i->rm));
}

SIM_OP(mov_to_segment_m)
{
    uint16_t v;

    if (!sim_load_u16(cpu, sim_ea(cpu, i), &v))
        return sim_fault(cpu, i);
    return mov_to_segment(cpu, i, v);
}

/* RDFSBASE and its kin: Linux lets programs use them, so they are there, although CPUID does not
 * speak of them. */
#define DEFINE_BASE(name, slot, N)                                                       \
    SIM_OP(rd##name##_##N)                                                               \
    {                                                                                    \
        SIM_SET(N, i->rm, (uint##N##_t)cpu->r[slot]);                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(wr##name##_##N)                                                               \
    {                                                                                    \
        uint64_t v = SIM_GET(N, i->rm);                                                  \
                                                                                         \
        if ((uint64_t)((int64_t)v >> 47) + 1 > 1)                                        \
            return sim_raise(cpu, i, HAL_EXC_PROTECTION);                                \
        cpu->r[slot] = v;                                                                \
        SIM_NEXT;                                                                        \
    }
#define DEFINE_BASES(N) DEFINE_BASE(fsbase, SIM_FS, N) DEFINE_BASE(gsbase, SIM_GS, N)

DEFINE_BASES(32)
DEFINE_BASES(64)

/* ---- rows ---- */

#define ROW(name_, map_, op_, count_, ext_, form_, reg_, mem_)                           \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = (count_),        \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .form = (form_), .reg = reg_,  \
        .mem = mem_                                                                      \
    }

#define STACK_SIZES(op)                                                                  \
    ((sim_op *const[4]){NULL, sim_op_##op##_16, NULL, sim_op_##op##_64})
#define BASE_ROW(name_, ext_)                                                            \
    {                                                                                    \
        .name = #name_, .map = SIM_MAP_0F, .opcode = 0xae, .count = 1, .prefix = SIM_F3, \
        .ext = (ext_), .rm = SIM_ANY, .form = SIM_MODRM | SIM_W,                         \
        .reg = SIM_TWO(name_##_32, name_##_64)                                           \
    }

static const struct sim_row mov_rows[] = {
    BASE_ROW(rdfsbase, 0),
    BASE_ROW(rdgsbase, 1),
    BASE_ROW(wrfsbase, 2),
    BASE_ROW(wrgsbase, 3),
    ROW("mov", 1, 0x88, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, SIM_SIZES(mov_rr),
        SIM_SIZES(mov_mr)),
    ROW("mov", 1, 0x89, 1, SIM_ANY, SIM_MODRM, SIM_SIZES(mov_rr), SIM_SIZES(mov_mr)),
    ROW("mov", 1, 0x8a, 1, SIM_ANY, SIM_MODRM | SIM_BYTE | SIM_SWAP, SIM_SIZES(mov_rr),
        SIM_SIZES(mov_rm)),
    ROW("mov", 1, 0x8b, 1, SIM_ANY, SIM_MODRM | SIM_SWAP, SIM_SIZES(mov_rr),
        SIM_SIZES(mov_rm)),
    ROW("mov", 1, 0xa0, 1, SIM_ANY, SIM_MOFFS | SIM_BYTE, SIM_SIZES(load_acc), NULL),
    ROW("mov", 1, 0xa1, 1, SIM_ANY, SIM_MOFFS, SIM_SIZES(load_acc), NULL),
    ROW("mov", 1, 0xa2, 1, SIM_ANY, SIM_MOFFS | SIM_BYTE, SIM_SIZES(store_acc), NULL),
    ROW("mov", 1, 0xa3, 1, SIM_ANY, SIM_MOFFS, SIM_SIZES(store_acc), NULL),
    ROW("mov", 1, 0xb0, 8, SIM_ANY, SIM_OPREG | SIM_BYTE | SIM_IMM8, SIM_SIZES(mov_ri),
        NULL),
    ROW("mov", 1, 0xb8, 8, SIM_ANY, SIM_OPREG | SIM_IMMV, SIM_SIZES(mov_ri), NULL),
    ROW("mov", 1, 0xc6, 1, 0, SIM_MODRM | SIM_BYTE | SIM_IMM8, SIM_SIZES(mov_ri),
        SIM_SIZES(mov_mi)),
    ROW("mov", 1, 0xc7, 1, 0, SIM_MODRM | SIM_IMMZ, SIM_SIZES(mov_ri), SIM_SIZES(mov_mi)),
    ROW("lea", 1, 0x8d, 1, SIM_ANY, SIM_MODRM, NULL, SIM_WORDS(lea)),
    ROW("movsxd", 1, 0x63, 1, SIM_ANY, SIM_MODRM, SIM_WORDS(movsxd_r),
        SIM_WORDS(movsxd_m)),
    ROW("movzx", 0F, 0xb6, 1, SIM_ANY, SIM_MODRM | SIM_RM_BYTE, SIM_WORDS(movzx8_r),
        SIM_WORDS(movzx8_m)),
    ROW("movzx", 0F, 0xb7, 1, SIM_ANY, SIM_MODRM, SIM_WORDS(movzx16_r),
        SIM_WORDS(movzx16_m)),
    ROW("movsx", 0F, 0xbe, 1, SIM_ANY, SIM_MODRM | SIM_RM_BYTE, SIM_WORDS(movsx8_r),
        SIM_WORDS(movsx8_m)),
    ROW("movsx", 0F, 0xbf, 1, SIM_ANY, SIM_MODRM, SIM_WORDS(movsx16_r),
        SIM_WORDS(movsx16_m)),
    ROW("cbw", 1, 0x98, 1, SIM_ANY, 0, SIM_WORDS(widen), NULL),
    ROW("cwd", 1, 0x99, 1, SIM_ANY, 0, SIM_WORDS(sign), NULL),
    ROW("bswap", 0F, 0xc8, 8, SIM_ANY, SIM_OPREG, SIM_WORDS(bswap), NULL),
    ROW("xlat", 1, 0xd7, 1, SIM_ANY, SIM_IMPLIED, SIM_ONE(xlat), NULL),
    ROW("push fs", 0F, 0xa0, 1, SIM_ANY, SIM_D64, STACK_SIZES(push_fs), NULL),
    ROW("pop fs", 0F, 0xa1, 1, SIM_ANY, SIM_D64, STACK_SIZES(pop_fs), NULL),
    ROW("push gs", 0F, 0xa8, 1, SIM_ANY, SIM_D64, STACK_SIZES(push_gs), NULL),
    ROW("pop gs", 0F, 0xa9, 1, SIM_ANY, SIM_D64, STACK_SIZES(pop_gs), NULL),
    ROW("mov", 1, 0x8c, 1, SIM_ANY, SIM_MODRM | SIM_REG_OTHER,
        SIM_WORDS(mov_from_segment), SIM_ONE(mov_from_segment_m)),
    ROW("mov", 1, 0x8e, 1, SIM_ANY, SIM_MODRM | SIM_REG_OTHER, SIM_ONE(mov_to_segment_r),
        SIM_ONE(mov_to_segment_m)),
};

SIM_TABLE(mov, mov_rows);
