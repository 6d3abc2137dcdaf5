/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x87 on the host's own.
 *
 * A thread that uses it has its state loaded into the host's x87 (`x87_live`) until its run ends
 * or somebody wants to see it; each instruction then is the host's, run by a thunk
 * (x87_thunk.S), so results, flags, tags and stack faults are the hardware's.  While the state
 * is live no unmasked exception is pending: one that is has the state parked in memory, and
 * the next waiting instruction raises #MF there.
 *
 * Owner:   hostsim/user/sim.
 * Context: sim_run(); compiled code of this thread uses no x87 meanwhile.
 * Locking: none; registers of the host thread.
 * Errors:  false: cpu->stop says #MF, return sim_fault(cpu, i).
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_X87_H
#define CLOUDOS_HOSTSIM_USER_SIM_X87_H

#include "hostsim/user/sim/mem.h"

/* Status word, Intel SDM 1 8.1.3; the low six bits are those of MXCSR. */
#define X87_FSW_FLAGS 0x003fu
#define X87_FSW_SF    0x0040u
#define X87_FSW_ES    0x0080u
#define X87_FSW_BUSY  0x8000u
#define X87_FSW_TOP   0x3800u
#define X87_FCW_RESET 0x037fu
#define X87_FCW_ONE   0x0040u /* reads as 1 */
#define X87_FCW_VALID 0x1f7fu

/* The image of FNSAVE, 32-bit protected mode, Intel SDM 1 8.1.10: words of which only the low
 * half counts, then ST(0) to ST(7). */
struct x87_env {
    uint32_t fcw, fsw, ftw, fip, fcs_fop, fdp, fds;
};

struct x87_image {
    struct x87_env env;
    uint8_t st[8][10];
};

_Static_assert(sizeof(struct x87_image) == 108, "Intel SDM 1 8.1.10");

/* The guest's x87 state to memory, if it is not there. */
void sim_x87_park_slow(struct sim_cpu *cpu);

static inline void sim_x87_park(struct sim_cpu *cpu)
{
    if (unlikely(cpu->x87_live))
        sim_x87_park_slow(cpu);
}

/* False: an unmasked exception is pending, #MF. */
MUST_CHECK bool sim_x87_pending(struct sim_cpu *cpu);

static inline MUST_CHECK bool sim_x87_quiet(struct sim_cpu *cpu)
{
    return likely(!(cpu->x87.fsw & X87_FSW_ES)) || sim_x87_pending(cpu);
}

/* The instruction has run: an unmasked exception that it raised must not stay in the host. */
static inline void sim_x87_end(struct sim_cpu *cpu)
{
    uint16_t fsw;

    if (likely((cpu->x87.fcw & X87_FSW_FLAGS) == X87_FSW_FLAGS))
        return;
    asm volatile("fnstsw %0" : "=am"(fsw));
    if (fsw & X87_FSW_ES)
        sim_x87_park(cpu);
}

/* After fcw or fsw have been set: ES follows from them. */
static inline void sim_x87_summarise(struct sim_x87 *x)
{
    x->fsw &= (uint16_t) ~(X87_FSW_ES | X87_FSW_BUSY);
    if (x->fsw & ~x->fcw & X87_FSW_FLAGS)
        x->fsw |= X87_FSW_ES | X87_FSW_BUSY;
}

/* All two-bit tags, by physical register: valid 0, zero 1, special 2, empty 3. */
uint16_t sim_x87_tags(const struct sim_x87 *x);
/* FNINIT's state; registers keep their contents. */
void sim_x87_reset(struct sim_x87 *x);
/* The state without registers, as FNSTENV stores and FLDENV loads it; 28 or 14 bytes. */
unsigned sim_x87_env_store(const struct sim_x87 *x, bool is_16, void *out);
unsigned sim_x87_env_load(struct sim_x87 *x, bool is_16, const void *in);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_X87_H */
