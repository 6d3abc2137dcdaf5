/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers for four operand sizes from one text: macros that take the size in bits.
 *
 * A handler for memory and register operands is written once as a macro with a parameter N,
 * and SIM_FOR_SIZES(M) makes M(8) M(16) M(32) M(64) of it.
 *
 * Owner:   hostsim/user/sim.
 * Context: handlers.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_SIZE_H
#define CLOUDOS_HOSTSIM_USER_SIM_SIZE_H

#include "hostsim/user/sim/flags.h"
#include "hostsim/user/sim/mem.h"
#include "hostsim/user/sim/row.h"

#define SIM_FOR_WORDS(M) M(16) M(32) M(64)
#define SIM_FOR_SIZES(M) M(8) SIM_FOR_WORDS(M)

#define SIM_UINT(N) uint##N##_t
#define SIM_INT(N)  int##N##_t

/* Registers. */
#define SIM_GET(N, at)    SIM_GET_##N(at)
#define SIM_SET(N, at, v) SIM_SET_##N(at, v)
#define SIM_GET_8(at)     (*sim_gpr8(cpu, at))
#define SIM_GET_16(at)    (*sim_gpr16(cpu, at))
#define SIM_GET_32(at)    (sim_gpr32(cpu, at))
#define SIM_GET_64(at)    (*sim_gpr64(cpu, at))
#define SIM_SET_8(at, v)  (*sim_gpr8(cpu, at) = (uint8_t)(v))
#define SIM_SET_16(at, v) (*sim_gpr16(cpu, at) = (uint16_t)(v))
#define SIM_SET_32(at, v) (sim_gpr32_set(cpu, at, (uint32_t)(v)))
#define SIM_SET_64(at, v) (*sim_gpr64(cpu, at) = (v))

/* Fixed registers, by slot. */
#define SIM_GETR(N, slot)    SIM_GET(N, (slot)*8)
#define SIM_SETR(N, slot, v) SIM_SET(N, (slot)*8, v)

/* Memory. */
#define SIM_LOAD(N, va, out)  sim_load_u##N(cpu, va, out)
#define SIM_STORE(N, va, v)   sim_store_u##N(cpu, va, (uint##N##_t)(v))
#define SIM_AT(N, p)          (((volatile struct sim_any_u##N *)(p))->v)
#define SIM_CAS(N, p, old, v) sim_cas_##N(p, old, v)

/* To 64 bits, keeping the sign. */
#define SIM_SEXT(N, v) ((uint64_t)(int64_t)(int##N##_t)(v))
#define SIM_TOP(N)     ((uint##N##_t)1 << (N - 1))

/* Compare and exchange by the host, wherever the operand lies. */
#define SIM_DEFINE_CAS(N)                                                                \
    static inline bool sim_cas_##N(void *p, uint##N##_t *old, uint##N##_t v)             \
    {                                                                                    \
        return __atomic_compare_exchange_n((uint##N##_t *)p, old, v, false,              \
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);          \
    }
SIM_FOR_SIZES(SIM_DEFINE_CAS)

#endif /* CLOUDOS_HOSTSIM_USER_SIM_SIZE_H */
