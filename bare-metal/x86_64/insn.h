/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that C has no name for.
 *
 * Owner:   bare-metal/x86_64.
 * Context: any.
 * Locking: none.
 * Errors:  a processor that lacks one faults.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_INSN_H
#define CLOUDOS_BARE_METAL_X86_64_INSN_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
    uint32_t a, b, c, d;
};

static inline struct cpuid insn_cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "a"(leaf), "c"(sub));
    return r;
}

static inline uint8_t insn_inb(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}

static inline void insn_outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static inline void insn_outw(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static inline uint64_t insn_rdmsr(uint32_t msr)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
    return (uint64_t)hi << 32 | lo;
}

static inline void insn_wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
                     : "memory");
}

#define INSN_CONTROL_REGISTER(name)                                                      \
    static inline uint64_t insn_read_##name(void)                                        \
    {                                                                                    \
        uint64_t v;                                                                      \
                                                                                         \
        __asm__ volatile("movq %%" #name ", %0" : "=r"(v) : : "memory");                 \
        return v;                                                                        \
    }                                                                                    \
    static inline void insn_write_##name(uint64_t v)                                     \
    {                                                                                    \
        __asm__ volatile("movq %0, %%" #name : : "r"(v) : "memory");                     \
    }
INSN_CONTROL_REGISTER(cr0)
INSN_CONTROL_REGISTER(cr2)
INSN_CONTROL_REGISTER(cr3)
INSN_CONTROL_REGISTER(cr4)

static inline void insn_invlpg(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Not before what comes before it: Intel SDM 3A 18.17. */
static inline uint64_t insn_rdtsc(void)
{
    uint32_t lo, hi;

    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

static inline uint64_t insn_flags(void)
{
    uint64_t v;

    __asm__ volatile("pushfq; popq %0" : "=r"(v) : : "memory");
    return v;
}

static inline void insn_cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void insn_sti(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void insn_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void insn_hlt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

static inline void insn_stac(void)
{
    __asm__ volatile("stac" : : : "memory", "cc");
}

static inline void insn_clac(void)
{
    __asm__ volatile("clac" : : : "memory", "cc");
}

static inline uint32_t mmio_read32(const volatile void *at)
{
    return *(const volatile uint32_t *)at;
}

static inline void mmio_write32(volatile void *at, uint32_t v)
{
    *(volatile uint32_t *)at = v;
}

#endif /* CLOUDOS_BARE_METAL_X86_64_INSN_H */
