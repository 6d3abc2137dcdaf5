/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating point on the host's own units.
 *
 * While a thread runs, the host's MXCSR is the guest's with every exception masked, so that the
 * host's instructions give the guest's results and raise its flags.  The guest's flags are the
 * union of cpu->mxcsr and the host's.  A guest that has unmasked something is `fp_careful`:
 * each instruction runs with clear flags first, and what it raised decides (fp_careful.c).
 *
 * Owner:   hostsim/user/sim.
 * Context: sim_run(); nothing else of this host thread computes in floating point meanwhile.
 * Locking: none; registers of the host thread.
 * Errors:  false: cpu->stop says #XM, return sim_fault(cpu, i).
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_FP_H
#define CLOUDOS_HOSTSIM_USER_SIM_FP_H

#include <emmintrin.h>

#include "hostsim/user/sim/x87.h"

/* MXCSR, Intel SDM 1 10.2.3. */
#define SIM_MXCSR_FLAGS 0x3fu
#define SIM_MXCSR_IE    0x01u
#define SIM_MXCSR_DE    0x02u
#define SIM_MXCSR_ZE    0x04u
#define SIM_MXCSR_OE    0x08u
#define SIM_MXCSR_UE    0x10u
#define SIM_MXCSR_PE    0x20u
#define SIM_MXCSR_DAZ   0x40u
#define SIM_MXCSR_MASKS 0x1f80u
#define SIM_MXCSR_RC    0x6000u
#define SIM_MXCSR_VALID 0xffffu
#define SIM_MXCSR_RESET 0x1f80u

static inline uint32_t sim_mxcsr_host(void)
{
    uint32_t v;

    asm volatile("stmxcsr %0" : "=m"(v));
    return v;
}

static inline void sim_mxcsr_host_set(uint32_t v)
{
    asm volatile("ldmxcsr %0" : : "m"(v) : "memory");
}

/* Begin and end of a run.  In between, cpu->mxcsr lacks the flags raised meanwhile and the
 * x87's state may be in the host's registers. */
static inline void sim_fp_enter(struct sim_cpu *cpu)
{
    cpu->fp_careful = (cpu->mxcsr & SIM_MXCSR_MASKS) != SIM_MXCSR_MASKS;
    sim_mxcsr_host_set(cpu->mxcsr | SIM_MXCSR_MASKS);
}

/* MXCSR as the guest sees it during a run. */
static inline uint32_t sim_fp_mxcsr(const struct sim_cpu *cpu)
{
    return cpu->mxcsr | (sim_mxcsr_host() & SIM_MXCSR_FLAGS);
}

static inline void sim_fp_leave(struct sim_cpu *cpu)
{
    cpu->mxcsr = sim_fp_mxcsr(cpu);
    sim_mxcsr_host_set(SIM_MXCSR_RESET);
    sim_x87_park(cpu);
}

/* What an instruction may raise besides IE, DE, ZE and PE: nothing, or what follows from this
 * operation and rounding. */
enum sim_fp_kind {
    SIM_FP_PLAIN,
    SIM_FP_ADD,
    SIM_FP_SUB,
    SIM_FP_MUL,
    SIM_FP_DIV,
    SIM_FP_SQRT,
    SIM_FP_NARROW, /* double to single */
};

/* How a vector instruction reads: `lanes` numbers of `bytes` each. */
struct sim_fp_shape {
    uint8_t kind, lanes, bytes;
};

typedef __m128i sim_fp_fn(__m128i a, __m128i b);

/* The exceptions of fn(a, b) for a guest that has unmasked some: sets its flags; false: #XM. */
bool sim_fp_check(struct sim_cpu *cpu, sim_fp_fn *fn, __m128i a, __m128i b,
                  struct sim_fp_shape shape);
/* #XM if any of `flags` is unmasked, else they are raised. */
bool sim_fp_raise(struct sim_cpu *cpu, uint32_t flags);

/* FPE_* of si_code: the first of `flags` in the order of Linux. */
uint32_t sim_fp_code(uint32_t flags);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_FP_H */
