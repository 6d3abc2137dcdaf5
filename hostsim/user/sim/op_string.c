/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MOVS CMPS STOS LODS SCAS, with and without repetition.
 *
 * A repeated instruction keeps its progress in registers, so it can stop after any element for
 * a fault or for attention, and starts again at itself.  It counts as one instruction, when
 * it is through.
 */
#include <string.h>

#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/size.h"

#define REPNE 0xf2

/* The decoder leaves the segment of the source in `base` and the 67 prefix in `scale`. */
static inline uint64_t cut(const struct sim_insn *i, uint64_t v)
{
    return unlikely(i->scale) ? (uint32_t)v : v;
}

static inline uint64_t source(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return cut(i, cpu->r[SIM_RSI]) + cpu->r[i->base];
}

static inline uint64_t target(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return cut(i, cpu->r[SIM_RDI]);
}

static inline void move_on(struct sim_cpu *cpu, const struct sim_insn *i, unsigned slot,
                           uint64_t elements)
{
    uint64_t step = elements * i->size;

    cpu->r[slot] = cut(i, cpu->r[slot] + (cpu->control & SIM_DF ? -step : step));
}

static inline void count_off(struct sim_cpu *cpu, const struct sim_insn *i, uint64_t n)
{
    cpu->r[SIM_RCX] = cut(i, cpu->r[SIM_RCX] - n);
}

/* Stop before the instruction is through; it goes on from where it is. */
static const struct sim_insn *again(struct sim_cpu *cpu, const struct sim_insn *i)
{
    cpu->core->wanted = NULL;
    return cpu->control & SIM_TF ? sim_raise(cpu, i, HAL_EXC_STEP) : sim_fault(cpu, i);
}

/* Between elements: does somebody want the CPU, or is the guest stepping? */
static bool attention(const struct sim_cpu *cpu)
{
    return cpu->control & SIM_TF ||
           atomic_load_explicit(&cpu->core->attention, memory_order_relaxed);
}

/* ---- one element ---- */

#define DEFINE_ELEMENT(N)                                                                \
    static inline bool movs_one_##N(struct sim_cpu *cpu, const struct sim_insn *i)       \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, source(cpu, i), &v) || !SIM_STORE(N, target(cpu, i), v))        \
            return false;                                                                \
        move_on(cpu, i, SIM_RSI, 1);                                                     \
        move_on(cpu, i, SIM_RDI, 1);                                                     \
        return true;                                                                     \
    }                                                                                    \
    static inline bool stos_one_##N(struct sim_cpu *cpu, const struct sim_insn *i)       \
    {                                                                                    \
        if (!SIM_STORE(N, target(cpu, i), SIM_GETR(N, SIM_RAX)))                         \
            return false;                                                                \
        move_on(cpu, i, SIM_RDI, 1);                                                     \
        return true;                                                                     \
    }                                                                                    \
    static inline bool lods_one_##N(struct sim_cpu *cpu, const struct sim_insn *i)       \
    {                                                                                    \
        uint##N##_t v;                                                                   \
                                                                                         \
        if (!SIM_LOAD(N, source(cpu, i), &v))                                            \
            return false;                                                                \
        SIM_SETR(N, SIM_RAX, v);                                                         \
        move_on(cpu, i, SIM_RSI, 1);                                                     \
        return true;                                                                     \
    }                                                                                    \
    static inline bool cmps_one_##N(struct sim_cpu *cpu, const struct sim_insn *i)       \
    {                                                                                    \
        uint##N##_t a, b;                                                                \
                                                                                         \
        if (!SIM_LOAD(N, target(cpu, i), &b) || !SIM_LOAD(N, source(cpu, i), &a))        \
            return false;                                                                \
        sim_cc_set(cpu, SIM_CC_SUB, SIM_SEXT(N, a - b), SIM_SEXT(N, a), SIM_SEXT(N, b)); \
        move_on(cpu, i, SIM_RSI, 1);                                                     \
        move_on(cpu, i, SIM_RDI, 1);                                                     \
        return true;                                                                     \
    }                                                                                    \
    static inline bool scas_one_##N(struct sim_cpu *cpu, const struct sim_insn *i)       \
    {                                                                                    \
        uint##N##_t a = SIM_GETR(N, SIM_RAX), b;                                         \
                                                                                         \
        if (!SIM_LOAD(N, target(cpu, i), &b))                                            \
            return false;                                                                \
        sim_cc_set(cpu, SIM_CC_SUB, SIM_SEXT(N, a - b), SIM_SEXT(N, a), SIM_SEXT(N, b)); \
        move_on(cpu, i, SIM_RDI, 1);                                                     \
        return true;                                                                     \
    }

SIM_FOR_SIZES(DEFINE_ELEMENT)

/* ---- many elements at once: upwards, within a page on each side ---- */

/* How many elements lie whole in the page of `va`. */
static uint64_t whole(uint64_t va, unsigned size)
{
    return (HAL_PAGE_SIZE - va % HAL_PAGE_SIZE) / size;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool may_bulk(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return !(cpu->control & (SIM_DF | SIM_AC | SIM_TF)) && !i->scale;
}

/* As element after element does it: what was just written may be read again. */
static void copy_up(uint8_t *to, const uint8_t *from, size_t len, unsigned size)
{
    if (to <= from || to >= from + len) {
        memmove(to, from, len);
        return;
    }
    for (size_t at = 0; at < len; at += size)
        memmove(to + at, from + at, size);
}

static uint8_t *bulk_target(struct sim_cpu *cpu, uint64_t va, uint64_t len)
{
    uint8_t *page = sim_page(cpu, va, HAL_WRITE);

    if (page)
        sim_code_written(cpu->core,
                         (uint64_t)(page - cpu->core->mmu.ram) + va % HAL_PAGE_SIZE, len);
    return page ? page + va % HAL_PAGE_SIZE : NULL;
}

/* Elements done; 0: there is no whole one, or (*fault) the access faults. */
static uint64_t movs_bulk(struct sim_cpu *cpu, const struct sim_insn *i, bool *fault)
{
    uint64_t from = source(cpu, i), to = target(cpu, i);
    uint64_t n =
        smaller(cpu->r[SIM_RCX], smaller(whole(from, i->size), whole(to, i->size)));
    uint8_t *src, *dst;

    if (n == 0)
        return 0;
    src = sim_page(cpu, from, HAL_READ);
    dst = src ? bulk_target(cpu, to, n * i->size) : NULL;
    *fault = !dst;
    if (!dst)
        return 0;
    copy_up(dst, src + from % HAL_PAGE_SIZE, n * i->size, i->size);
    move_on(cpu, i, SIM_RSI, n);
    move_on(cpu, i, SIM_RDI, n);
    count_off(cpu, i, n);
    return n;
}

static uint64_t stos_bulk(struct sim_cpu *cpu, const struct sim_insn *i, bool *fault)
{
    uint64_t to = target(cpu, i);
    uint64_t n = smaller(cpu->r[SIM_RCX], whole(to, i->size));
    uint8_t *dst;

    if (n == 0)
        return 0;
    dst = bulk_target(cpu, to, n * i->size);
    *fault = !dst;
    if (!dst)
        return 0;
    if (i->size == 1)
        memset(dst, (uint8_t)cpu->r[SIM_RAX], n);
    else
        for (uint64_t k = 0; k < n; k++)
            memcpy(dst + k * i->size, &cpu->r[SIM_RAX], i->size);
    move_on(cpu, i, SIM_RDI, n);
    count_off(cpu, i, n);
    return n;
}

/* ---- handlers ---- */

#define DEFINE_MOVING(op, N, BULK)                                                       \
    SIM_OP(op##_##N)                                                                     \
    {                                                                                    \
        if (!op##_one_##N(cpu, i))                                                       \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(rep_##op##_##N)                                                               \
    {                                                                                    \
        bool fault = false;                                                              \
                                                                                         \
        while (cut(i, cpu->r[SIM_RCX]) != 0) {                                           \
            if (may_bulk(cpu, i) && BULK != 0)                                           \
                ;                                                                        \
            else if (fault || !op##_one_##N(cpu, i))                                     \
                return sim_fault(cpu, i);                                                \
            else                                                                         \
                count_off(cpu, i, 1);                                                    \
            if (attention(cpu) && cut(i, cpu->r[SIM_RCX]) != 0)                          \
                return again(cpu, i);                                                    \
        }                                                                                \
        return &i[1];                                                                    \
    }

/* An element that differs from what the prefix asks for ends it. */
#define DEFINE_COMPARING(op, N)                                                          \
    SIM_OP(op##_##N)                                                                     \
    {                                                                                    \
        if (!op##_one_##N(cpu, i))                                                       \
            return sim_fault(cpu, i);                                                    \
        SIM_NEXT;                                                                        \
    }                                                                                    \
    SIM_OP(rep_##op##_##N)                                                               \
    {                                                                                    \
        bool until_equal = i->rep == REPNE;                                              \
                                                                                         \
        while (cut(i, cpu->r[SIM_RCX]) != 0) {                                           \
            if (!op##_one_##N(cpu, i))                                                   \
                return sim_fault(cpu, i);                                                \
            count_off(cpu, i, 1);                                                        \
            if ((cpu->cc.res == 0) == until_equal)                                       \
                break;                                                                   \
            if (attention(cpu) && cut(i, cpu->r[SIM_RCX]) != 0)                          \
                return again(cpu, i);                                                    \
        }                                                                                \
        return &i[1];                                                                    \
    }

#define DEFINE_STRINGS(N)                                                                \
    DEFINE_MOVING(movs, N, movs_bulk(cpu, i, &fault))                                    \
    DEFINE_MOVING(stos, N, stos_bulk(cpu, i, &fault))                                    \
    DEFINE_MOVING(lods, N, 0)                                                            \
    DEFINE_COMPARING(cmps, N)                                                            \
    DEFINE_COMPARING(scas, N)

SIM_FOR_SIZES(DEFINE_STRINGS)

/* The mandatory prefix tells repeated from single forms; operand size comes on top of it. */
#define ROW(name_, op_, prefix_, form_, sets_, ops_)                                     \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_1, .opcode = (op_), .count = 1,                    \
        .prefix = (prefix_), .ext = SIM_ANY, .rm = SIM_ANY, .sets = SIM_SETS_##sets_,    \
        .form = SIM_IMPLIED | (form_), .reg = SIM_SIZES(ops_)                            \
    }
#define PREFIXED(name, op, form, sets)                                                   \
    ROW(#name, op, SIM_NP, form, sets, name), ROW(#name, op, SIM_66, form, sets, name),  \
        ROW(#name, op, SIM_F3, form, ANY, rep_##name),                                   \
        ROW(#name, op, SIM_F2, form, ANY, rep_##name)
#define ROWS(name, op, sets)                                                             \
    PREFIXED(name, op, SIM_BYTE, sets), PREFIXED(name, op + 1, 0, sets)

static const struct sim_row string_rows[] = {
    ROWS(movs, 0xa4, NONE), ROWS(cmps, 0xa6, SUB), ROWS(stos, 0xaa, NONE),
    ROWS(lods, 0xac, NONE), ROWS(scas, 0xae, SUB),
};

SIM_TABLE(string, string_rows);
