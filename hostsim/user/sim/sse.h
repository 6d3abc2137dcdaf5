/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of SSE and MMX instructions share.
 *
 * Owner:   hostsim/user/sim.
 * Context: handlers.
 * Locking: none.
 * Errors:  false: return sim_fault(cpu, i).
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_SSE_H
#define CLOUDOS_HOSTSIM_USER_SIM_SSE_H

#include "hostsim/user/sim/flags.h"
#include "hostsim/user/sim/fp.h"
#include "hostsim/user/sim/row.h"
#include "hostsim/user/sim/tables.h"
#include "hostsim/user/sim/x87.h"

static inline __m128i sse_get(const struct sim_cpu *cpu, unsigned n)
{
    return _mm_load_si128((const __m128i *)&cpu->xmm[n]);
}

static inline void sse_put(struct sim_cpu *cpu, unsigned n, __m128i v)
{
    _mm_store_si128((__m128i *)&cpu->xmm[n], v);
}

/* #GP, for return sim_fault(). */
static inline bool sse_protection(struct sim_cpu *cpu)
{
    cpu->stop = SIM_STOP_EXCEPTION;
    cpu->exception = HAL_EXC_PROTECTION;
    return false;
}

static inline MUST_CHECK bool sse_is_aligned(struct sim_cpu *cpu, uint64_t va)
{
    return likely(va % 16 == 0) || sse_protection(cpu);
}

/* Operands in memory of 16 aligned, 16, 8 and 4 bytes; the rest of the register is zero. */
static inline MUST_CHECK bool sse_load_any(struct sim_cpu *cpu, const struct sim_insn *i,
                                           __m128i *out)
{
    union sim_xmm x;

    if (unlikely(!sim_load_xmm(cpu, sim_ea(cpu, i), &x)))
        return false;
    *out = _mm_load_si128((const __m128i *)&x);
    return true;
}

static inline MUST_CHECK bool sse_load_16(struct sim_cpu *cpu, const struct sim_insn *i,
                                          __m128i *out)
{
    return sse_is_aligned(cpu, sim_ea(cpu, i)) && sse_load_any(cpu, i, out);
}

static inline MUST_CHECK bool sse_load_8(struct sim_cpu *cpu, const struct sim_insn *i,
                                         __m128i *out)
{
    uint64_t v;

    if (unlikely(!sim_load_u64(cpu, sim_ea(cpu, i), &v)))
        return false;
    *out = _mm_cvtsi64_si128((int64_t)v);
    return true;
}

static inline MUST_CHECK bool sse_load_4(struct sim_cpu *cpu, const struct sim_insn *i,
                                         __m128i *out)
{
    uint32_t v;

    if (unlikely(!sim_load_u32(cpu, sim_ea(cpu, i), &v)))
        return false;
    *out = _mm_cvtsi32_si128((int)v);
    return true;
}

static inline MUST_CHECK bool sse_store_any(struct sim_cpu *cpu, const struct sim_insn *i,
                                            unsigned reg)
{
    return sim_store_xmm(cpu, sim_ea(cpu, i), &cpu->xmm[reg]);
}

static inline MUST_CHECK bool sse_store_16(struct sim_cpu *cpu, const struct sim_insn *i,
                                           unsigned reg)
{
    return sse_is_aligned(cpu, sim_ea(cpu, i)) && sse_store_any(cpu, i, reg);
}

/* Bytes of `value` whose mask byte is negative, to rdi: sse_move.c. */
MUST_CHECK bool sse_store_masked(struct sim_cpu *cpu, const struct sim_insn *i,
                                 const union sim_xmm *value, const union sim_xmm *mask,
                                 unsigned size);

/* MMX registers are the x87's; using them makes all of those valid and TOP 0. */

/* #MF if an x87 exception is pending, else the x87's state is in memory afterwards. */
static inline MUST_CHECK bool mmx_begin(struct sim_cpu *cpu)
{
    sim_x87_park(cpu);
    return sim_x87_quiet(cpu);
}

/* The instruction happens. */
static inline void mmx_enter(struct sim_cpu *cpu)
{
    cpu->x87.top = 0;
    cpu->x87.valid = 0xff;
}

static inline __m128i mmx_get(const struct sim_cpu *cpu, unsigned n)
{
    return _mm_cvtsi64_si128((int64_t)cpu->x87.r[n & 7].mant);
}

static inline void mmx_put(struct sim_cpu *cpu, unsigned n, __m128i v)
{
    cpu->x87.r[n & 7].mant = (uint64_t)_mm_cvtsi128_si64(v);
    cpu->x87.r[n & 7].sign_exp = 0xffff;
}

/* A vector instruction of the host as a function. */
#define SSE_FN(name, insn)                                                               \
    static inline __m128i fn_##name(__m128i a, __m128i b)                                \
    {                                                                                    \
        asm volatile(insn " %1, %0" : "+x"(a) : "x"(b));                                 \
        return a;                                                                        \
    }

#define SSE_ROW(name_, prefix_, code_, more_, reg_, mem_)                                \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_0F, .opcode = (code_), .count = 1,                 \
        .prefix = (prefix_), .ext = SIM_ANY, .rm = SIM_ANY, .sets = SIM_SETS_NONE,       \
        .form = SIM_MODRM | (more_), .reg = (reg_), .mem = (mem_)                        \
    }
#define SSE_XX (SIM_REG_OTHER | SIM_RM_OTHER)

#endif /* CLOUDOS_HOSTSIM_USER_SIM_SSE_H */
