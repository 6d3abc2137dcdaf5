/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as instructions see it.
 *
 * An access that hits the TLB and stays within its page is a compare and a host access.  All
 * else goes the slow way: walk, page crossing (both pages are checked before the first byte
 * moves), alignment checks (the AC flag), pages that hold decoded code.
 *
 * Owner:   hostsim/user/sim.
 * Context: handlers.
 * Locking: none; a naturally aligned access is one host access, so other host threads see it
 *          whole, in the host's order, which is that of x86.
 * Errors:  false or NULL: the access faults (return sim_fault(cpu, i)); nothing has changed.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_MEM_H
#define CLOUDOS_HOSTSIM_USER_SIM_MEM_H

#include "hostsim/user/sim/insn.h"

#define SIM_PAGE_MASK (~(uint64_t)(HAL_PAGE_SIZE - 1))

/* The value of a slow load is in cpu->bounce; a slow store takes it from there. */
bool sim_load_slow(struct sim_cpu *cpu, uint64_t va, unsigned size);
bool sim_store_slow(struct sim_cpu *cpu, uint64_t va, unsigned size);
void *sim_rw_slow(struct sim_cpu *cpu, uint64_t va, unsigned size);
void sim_rw_write_back(struct sim_cpu *cpu);

/* #AC: the guest wants accesses aligned and this is not. */
MUST_CHECK bool sim_is_aligned(struct sim_cpu *cpu, uint64_t va, unsigned align);

/* Up to a page, anywhere.  All or nothing. */
MUST_CHECK bool sim_read(struct sim_cpu *cpu, uint64_t va, void *dst, size_t len);
MUST_CHECK bool sim_write(struct sim_cpu *cpu, uint64_t va, const void *src, size_t len);

static inline struct sim_tlb_entry *sim_tlb_at(const struct sim_cpu *cpu, uint64_t va)
{
    return &cpu->tlb->e[(va >> HAL_PAGE_SHIFT) % SIM_TLB_SIZE];
}

/* The last byte's page must be the one that the first byte's entry is for. */
static inline bool sim_tlb_hit(uint64_t tag, uint64_t va, unsigned size)
{
    return likely(tag == ((va + size - 1) & SIM_PAGE_MASK));
}

/* sim_load_u8/u16/u32/u64(cpu, va, &value), sim_store_u8/.../u64(cpu, va, value) */
#define SIM_MEM_ACCESS(name, type)                                                       \
    struct sim_any_##name {                                                              \
        type v;                                                                          \
    } __attribute__((packed));                                                           \
    static inline MUST_CHECK bool sim_load_##name(struct sim_cpu *cpu, uint64_t va,      \
                                                  type *out)                             \
    {                                                                                    \
        const struct sim_tlb_entry *e = sim_tlb_at(cpu, va);                             \
                                                                                         \
        if (sim_tlb_hit(e->read, va, sizeof(type))) {                                    \
            *out = ((volatile struct sim_any_##name *)(e->host + va))->v;                \
            return true;                                                                 \
        }                                                                                \
        if (!sim_load_slow(cpu, va, sizeof(type)))                                       \
            return false;                                                                \
        *out = ((struct sim_any_##name *)cpu->bounce)->v;                                \
        return true;                                                                     \
    }                                                                                    \
    static inline MUST_CHECK bool sim_store_##name(struct sim_cpu *cpu, uint64_t va,     \
                                                   type value)                           \
    {                                                                                    \
        const struct sim_tlb_entry *e = sim_tlb_at(cpu, va);                             \
                                                                                         \
        if (sim_tlb_hit(e->write, va, sizeof(type))) {                                   \
            ((volatile struct sim_any_##name *)(e->host + va))->v = value;               \
            return true;                                                                 \
        }                                                                                \
        ((struct sim_any_##name *)cpu->bounce)->v = value;                               \
        return sim_store_slow(cpu, va, sizeof(type));                                    \
    }

SIM_MEM_ACCESS(u8, uint8_t)
SIM_MEM_ACCESS(u16, uint16_t)
SIM_MEM_ACCESS(u32, uint32_t)
SIM_MEM_ACCESS(u64, uint64_t)

static inline MUST_CHECK bool sim_load_xmm(struct sim_cpu *cpu, uint64_t va,
                                           union sim_xmm *out)
{
    const struct sim_tlb_entry *e = sim_tlb_at(cpu, va);

    if (sim_tlb_hit(e->read, va, sizeof(*out))) {
        __builtin_memcpy(out, (const void *)(e->host + va), sizeof(*out));
        return true;
    }
    if (!sim_load_slow(cpu, va, sizeof(*out)))
        return false;
    __builtin_memcpy(out, cpu->bounce, sizeof(*out));
    return true;
}

static inline MUST_CHECK bool sim_store_xmm(struct sim_cpu *cpu, uint64_t va,
                                            const union sim_xmm *value)
{
    const struct sim_tlb_entry *e = sim_tlb_at(cpu, va);

    if (sim_tlb_hit(e->write, va, sizeof(*value))) {
        __builtin_memcpy((void *)(e->host + va), value, sizeof(*value));
        return true;
    }
    __builtin_memcpy(cpu->bounce, value, sizeof(*value));
    return sim_store_slow(cpu, va, sizeof(*value));
}

/*
 * An operand that is read and written: where it can be found, or NULL.  The page is checked for
 * writing first, as the processor does.  Call sim_rw_done() after writing through it.
 */
static inline void *sim_rw(struct sim_cpu *cpu, uint64_t va, unsigned size)
{
    const struct sim_tlb_entry *e = sim_tlb_at(cpu, va);

    if (sim_tlb_hit(e->write, va, size))
        return (void *)(e->host + va);
    return sim_rw_slow(cpu, va, size);
}

static inline void sim_rw_done(struct sim_cpu *cpu)
{
    if (unlikely(cpu->split))
        sim_rw_write_back(cpu);
}

#endif /* CLOUDOS_HOSTSIM_USER_SIM_MEM_H */
