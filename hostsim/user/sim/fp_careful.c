/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unmasked SSE exceptions (Intel SDM 1 11.5.2, E.4).
 *
 * An instruction first looks at all its operands (IE, DE, ZE); only if none of that is unmasked
 * does it round (OE, UE, PE).  The flags of a masked run answer all but two questions: whether
 * a result is tiny though exact, and whether it would be exact with an unbounded exponent.  The
 * x87 with its precision set to the result's has practically such an exponent, so it is asked.
 */
#include "hostsim/user/sim/fp.h"

#include <signal.h>
#include <string.h>

#define BEFORE (SIM_MXCSR_IE | SIM_MXCSR_DE | SIM_MXCSR_ZE)

/* x87 control and status, Intel SDM 1 8.1. */
#define FCW_MASKS  0x3fu
#define FCW_SINGLE 0x000u
#define FCW_DOUBLE 0x200u
#define FSW_PE     0x20u

uint32_t sim_fp_code(uint32_t flags)
{
    if (flags & SIM_MXCSR_IE)
        return FPE_FLTINV;
    if (flags & SIM_MXCSR_ZE)
        return FPE_FLTDIV;
    if (flags & SIM_MXCSR_OE)
        return FPE_FLTOVF;
    if (flags & (SIM_MXCSR_DE | SIM_MXCSR_UE))
        return FPE_FLTUND;
    return FPE_FLTRES;
}

static uint32_t unmasked(const struct sim_cpu *cpu)
{
    return ~cpu->mxcsr >> 7 & SIM_MXCSR_FLAGS;
}

bool sim_fp_raise(struct sim_cpu *cpu, uint32_t flags)
{
    cpu->mxcsr |= flags;
    if (!(flags & unmasked(cpu)))
        return true;
    cpu->stop = SIM_STOP_EXCEPTION;
    cpu->exception = HAL_EXC_FPU;
    cpu->fpe_code = sim_fp_code((cpu->mxcsr | sim_mxcsr_host()) & unmasked(cpu));
    return false;
}

/* The flags that fn(a, b) raises when all is masked. */
static uint32_t masked_flags(sim_fp_fn *fn, __m128i a, __m128i b)
{
    uint32_t before = sim_mxcsr_host(), flags;
    volatile __m128i sink;

    sim_mxcsr_host_set(before & ~SIM_MXCSR_FLAGS);
    sink = fn(a, b);
    (void)sink;
    flags = sim_mxcsr_host() & SIM_MXCSR_FLAGS;
    sim_mxcsr_host_set(before);
    return flags;
}

/* A lane as a double with the same value; DAZ makes zeros of denormals. */
static double lane_value(const struct sim_cpu *cpu, uint64_t bits, unsigned bytes)
{
    uint64_t frac =
        bytes == 4 ? (bits & 0x7fffff) << 29 : bits & UINT64_C(0xfffffffffffff);
    uint64_t exp = bytes == 4 ? bits >> 23 & 0xff : bits >> 52 & 0x7ff;
    bool negative = bits >> (bytes * 8 - 1) & 1;
    double v;

    if (exp == 0 && bytes == 4 && frac != 0) { /* a denormal single is a normal double */
        v = cpu->mxcsr & SIM_MXCSR_DAZ ? 0 : (double)frac * 0x1p-178;
        return negative ? -v : v;
    }
    if (exp == 0 && cpu->mxcsr & SIM_MXCSR_DAZ)
        frac = 0;
    if (bytes == 4 && exp != 0)
        exp = exp == 0xff ? 0x7ff : exp + 1023 - 127;
    bits = (uint64_t)negative << 63 | exp << 52 | frac;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

/* The x87's result, rounded to the precision in `fcw`; *inexact. */
static union sim_st x87_result(enum sim_fp_kind kind, double a, double b, uint16_t fcw,
                               bool *inexact)
{
    union sim_st r = {.mant = 0};
    uint16_t fsw;

    asm volatile("fninit; fldcw %0; fldl %1; fldl %2" : : "m"(fcw), "m"(a), "m"(b));
    switch (kind) {
    case SIM_FP_ADD:
        asm volatile("faddp");
        break;
    case SIM_FP_SUB:
        asm volatile(".byte 0xde, 0xe9"); /* st(1) - st(0): assemblers disagree */
        break;
    case SIM_FP_MUL:
        asm volatile("fmulp");
        break;
    case SIM_FP_DIV:
        asm volatile(".byte 0xde, 0xf9");
        break;
    case SIM_FP_SQRT:
        asm volatile("fsqrt");
        break;
    default: /* b + 0 rounds */
        asm volatile("fldz; faddp");
        break;
    }
    asm volatile("fnstsw %0; fstpt %1; fninit" : "=m"(fsw), "=m"(r));
    *inexact = fsw & FSW_PE;
    return r;
}

/* OE, UE, PE of one lane, given those of a masked run. */
static uint32_t lane_after(struct sim_cpu *cpu, uint32_t flags, double a, double b,
                           struct sim_fp_shape shape)
{
    bool single = shape.kind == SIM_FP_NARROW || shape.bytes == 4, inexact;
    int top = single ? 127 : 1023, bottom = single ? -126 : -1022, exp;
    /* the rounding modes have the same numbers in both units */
    uint16_t fcw = (uint16_t)(FCW_MASKS | (single ? FCW_SINGLE : FCW_DOUBLE) |
                              (cpu->mxcsr & SIM_MXCSR_RC) >> 3);
    union sim_st r = x87_result(shape.kind, a, b, fcw, &inexact);

    exp = (r.sign_exp & 0x7fff) - 0x3fff;
    if (r.mant == 0 || exp == 0x4000)
        return flags;
    if (exp > top && unmasked(cpu) & SIM_MXCSR_OE)
        flags = SIM_MXCSR_OE | (inexact ? SIM_MXCSR_PE : 0);
    if (exp < bottom && unmasked(cpu) & SIM_MXCSR_UE)
        flags = SIM_MXCSR_UE | (inexact ? SIM_MXCSR_PE : 0);
    return flags;
}

static uint64_t lane(__m128i v, unsigned n, unsigned bytes)
{
    union sim_xmm x;

    _mm_store_si128((__m128i *)&x, v);
    return bytes == 4 ? x.u32[n] : x.u64[n];
}

static __m128i everywhere(uint64_t bits, unsigned bytes)
{
    return bytes == 4 ? _mm_set1_epi32((int)bits) : _mm_set1_epi64x((int64_t)bits);
}

static uint32_t flags_after(struct sim_cpu *cpu, sim_fp_fn *fn, __m128i a, __m128i b,
                            struct sim_fp_shape shape)
{
    uint32_t flags = 0;

    sim_x87_park(cpu);
    for (unsigned n = 0; n < shape.lanes; n++) {
        uint64_t x = lane(a, n, shape.bytes), y = lane(b, n, shape.bytes);
        uint32_t masked =
            masked_flags(fn, everywhere(x, shape.bytes), everywhere(y, shape.bytes));
        uint32_t host = sim_mxcsr_host();

        flags |= lane_after(cpu, masked & ~BEFORE, lane_value(cpu, x, shape.bytes),
                            lane_value(cpu, y, shape.bytes), shape);
        sim_mxcsr_host_set(host); /* lane_value() computes */
    }
    return flags;
}

bool sim_fp_check(struct sim_cpu *cpu, sim_fp_fn *fn, __m128i a, __m128i b,
                  struct sim_fp_shape shape)
{
    uint32_t flags = masked_flags(fn, a, b);

    if (flags & BEFORE & unmasked(cpu))
        return sim_fp_raise(cpu, flags & BEFORE);
    if (shape.kind != SIM_FP_PLAIN && unmasked(cpu) & (SIM_MXCSR_OE | SIM_MXCSR_UE))
        flags = (flags & BEFORE) | flags_after(cpu, fn, a, b, shape);
    return sim_fp_raise(cpu, flags);
}
