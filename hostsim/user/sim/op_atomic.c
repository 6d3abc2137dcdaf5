/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XCHG, CMPXCHG, CMPXCHG8B/16B, XADD.
 *
 * With memory they are atomic between the host threads of all CPUs, with or without a lock
 * prefix.  An operand across two pages is not.
 */
#include "hostsim/user/sim/size.h"

#define DEFINE_XCHG(N)                                                                   \
    SIM_OP(xchg_r_##N)                                                                   \
    {                                                                                    \
        uint##N##_t a = SIM_GET(N, i->rm), b = SIM_GET(N, i->reg);                       \
                                                                                         \
        SIM_SET(N, i->rm, b);                                                            \
        SIM_SET(N, i->reg, a);                                                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(xchg_m_##N)                                                                   \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        v = __atomic_exchange_n((uint##N##_t *)p, SIM_GET(N, i->reg), __ATOMIC_SEQ_CST); \
        sim_rw_done(cpu);                                                                \
        SIM_SET(N, i->reg, v);                                                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(xadd_r_##N)                                                                   \
    {                                                                                    \
        uint##N##_t a = SIM_GET(N, i->rm), b = SIM_GET(N, i->reg);                       \
        uint##N##_t r = (uint##N##_t)(a + b);                                            \
                                                                                         \
        sim_cc_set(cpu, SIM_CC_ADD, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        SIM_SET(N, i->reg, a);                                                           \
        SIM_SET(N, i->rm, r);                                                            \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(xadd_m_##N)                                                                   \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
        uint##N##_t a, b = SIM_GET(N, i->reg), r;                                        \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        a = __atomic_fetch_add((uint##N##_t *)p, b, __ATOMIC_SEQ_CST);                   \
        sim_rw_done(cpu);                                                                \
        r = (uint##N##_t)(a + b);                                                        \
        sim_cc_set(cpu, SIM_CC_ADD, SIM_SEXT(N, r), SIM_SEXT(N, a), SIM_SEXT(N, b));     \
        SIM_SET(N, i->reg, a);                                                           \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    static inline bool compare_##N(struct sim_cpu *cpu, uint##N##_t acc,                 \
                                   uint##N##_t old)                                      \
    {                                                                                    \
        sim_cc_set(cpu, SIM_CC_SUB, SIM_SEXT(N, acc - old), SIM_SEXT(N, acc),            \
                   SIM_SEXT(N, old));                                                    \
        return acc == old;                                                               \
    }                                                                                    \
    SIM_OP(cmpxchg_r_##N)                                                                \
    {                                                                                    \
        uint##N##_t old = SIM_GET(N, i->rm);                                             \
                                                                                         \
        if (compare_##N(cpu, SIM_GETR(N, SIM_RAX), old))                                 \
            SIM_SET(N, i->rm, SIM_GET(N, i->reg));                                       \
        else                                                                             \
            SIM_SETR(N, SIM_RAX, old);                                                   \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(cmpxchg_m_##N)                                                                \
    {                                                                                    \
        void *p = sim_rw(cpu, sim_ea(cpu, i), N / 8);                                    \
        uint##N##_t old = SIM_GETR(N, SIM_RAX);                                          \
                                                                                         \
        if (unlikely(!p))                                                                \
            return sim_fault(cpu, i);                                                    \
        SIM_CAS(N, p, &old, SIM_GET(N, i->reg));                                         \
        sim_rw_done(cpu);                                                                \
        if (!compare_##N(cpu, SIM_GETR(N, SIM_RAX), old))                                \
            SIM_SETR(N, SIM_RAX, old);                                                   \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_SIZES(DEFINE_XCHG)

/* 90 is NOP, also where XCHG EAX,EAX would clear the upper half; with REX.B it is not. */
#define DEFINE_XCHG_ACC(N)                                                               \
    SIM_OP(xchg_acc_##N)                                                                 \
    {                                                                                    \
        uint##N##_t a = SIM_GET(N, i->rm);                                               \
                                                                                         \
        if (i->rm == SIM_RAX)                                                            \
            SIM_NEXT;                                                                    \
        SIM_SET(N, i->rm, SIM_GETR(N, SIM_RAX));                                         \
        SIM_SETR(N, SIM_RAX, a);                                                         \
        SIM_NEXT;                                                                        \
    }

SIM_FOR_WORDS(DEFINE_XCHG_ACC)

static void set_zf(struct sim_cpu *cpu, bool zf)
{
    sim_cc_raw(cpu, (sim_cc_flags(&cpu->cc) & ~SIM_ZF) | (zf ? SIM_ZF : 0));
}

SIM_OP(cmpxchg8b)
{
    void *p = sim_rw(cpu, sim_ea(cpu, i), 8);
    uint64_t expected = (uint64_t)SIM_GETR(32, SIM_RDX) << 32 | SIM_GETR(32, SIM_RAX);
    uint64_t desired = (uint64_t)SIM_GETR(32, SIM_RCX) << 32 | SIM_GETR(32, SIM_RBX);
    bool same;

    if (!p)
        return sim_fault(cpu, i);
    same = SIM_CAS(64, p, &expected, desired);
    sim_rw_done(cpu);
    if (!same) {
        SIM_SETR(32, SIM_RAX, expected);
        SIM_SETR(32, SIM_RDX, expected >> 32);
    }
    set_zf(cpu, same);
    SIM_NEXT;
}

/* By the host's instruction: the compiler's own way is a call into a library. */
static bool cas_16(void *p, uint64_t expected[2], const uint64_t desired[2])
{
    bool same;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(same), "+m"(*(volatile uint64_t(*)[2])p),
                       "+a"(expected[0]), "+d"(expected[1])
                     : "b"(desired[0]), "c"(desired[1])
                     : "memory");
    return same;
}

SIM_OP(cmpxchg16b)
{
    uint64_t va = sim_ea(cpu, i), expected[2] = {cpu->r[SIM_RAX], cpu->r[SIM_RDX]};
    const uint64_t desired[2] = {cpu->r[SIM_RBX], cpu->r[SIM_RCX]};
    void *p;
    bool same;

    if (va % 16)
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    p = sim_rw(cpu, va, 16);
    if (!p)
        return sim_fault(cpu, i);
    same = cas_16(p, expected, desired);
    sim_rw_done(cpu);
    if (!same) {
        cpu->r[SIM_RAX] = expected[0];
        cpu->r[SIM_RDX] = expected[1];
    }
    set_zf(cpu, same);
    SIM_NEXT;
}

#define ROW(name_, map_, op_, count_, ext_, form_, sets_, reg_, mem_)                    \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = (count_),        \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_##sets_,      \
        .form = SIM_LOCKS | (form_), .reg = reg_, .mem = mem_                            \
    }

static const struct sim_row atomic_rows[] = {
    ROW("xchg", 1, 0x86, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, NONE, SIM_SIZES(xchg_r),
        SIM_SIZES(xchg_m)),
    ROW("xchg", 1, 0x87, 1, SIM_ANY, SIM_MODRM, NONE, SIM_SIZES(xchg_r),
        SIM_SIZES(xchg_m)),
    ROW("xchg", 1, 0x90, 8, SIM_ANY, SIM_OPREG, NONE, SIM_WORDS(xchg_acc), NULL),
    ROW("xadd", 0F, 0xc0, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, RES, SIM_SIZES(xadd_r),
        SIM_SIZES(xadd_m)),
    ROW("xadd", 0F, 0xc1, 1, SIM_ANY, SIM_MODRM, RES, SIM_SIZES(xadd_r),
        SIM_SIZES(xadd_m)),
    ROW("cmpxchg", 0F, 0xb0, 1, SIM_ANY, SIM_MODRM | SIM_BYTE, SUB, SIM_SIZES(cmpxchg_r),
        SIM_SIZES(cmpxchg_m)),
    ROW("cmpxchg", 0F, 0xb1, 1, SIM_ANY, SIM_MODRM, SUB, SIM_SIZES(cmpxchg_r),
        SIM_SIZES(cmpxchg_m)),
    ROW("cmpxchg8b", 0F, 0xc7, 1, 1, SIM_MODRM | SIM_W, ANY, NULL,
        SIM_TWO(cmpxchg8b, cmpxchg16b)),
};

SIM_TABLE(atomic, atomic_rows);
