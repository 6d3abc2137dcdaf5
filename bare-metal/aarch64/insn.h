/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that C has no words for.
 *
 * Owner:   bare-metal/aarch64.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_INSN_H
#define CLOUDOS_BARE_METAL_AARCH64_INSN_H

#include <stdint.h>

/* By name, or as S3_0_C12_C12_0 where assemblers of ARMv8.0 do not know the name. */
#define insn_read_sysreg(reg)                                                            \
    ({                                                                                   \
        uint64_t value_;                                                                 \
        __asm__ volatile("mrs %0, " #reg : "=r"(value_) : : "memory");                   \
        value_;                                                                          \
    })
#define insn_write_sysreg(reg, value)                                                    \
    __asm__ volatile("msr " #reg ", %0" : : "r"((uint64_t)(value)) : "memory")

/* Bits [at, at + 4) of an identification register. */
static inline unsigned insn_field(uint64_t reg, unsigned at)
{
    return (unsigned)(reg >> at) & 15;
}

static inline void insn_isb(void)
{
    __asm__ volatile("isb" : : : "memory");
}

static inline void insn_dsb(void)
{
    __asm__ volatile("dsb sy" : : : "memory");
}

static inline void insn_wfi(void)
{
    __asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

static inline uint32_t mmio_read32(const volatile uint8_t *at)
{
    uint32_t v = *(const volatile uint32_t *)at;

    __asm__ volatile("dmb oshld" : : : "memory");
    return v;
}

static inline uint64_t mmio_read64(const volatile uint8_t *at)
{
    uint64_t v = *(const volatile uint64_t *)at;

    __asm__ volatile("dmb oshld" : : : "memory");
    return v;
}

static inline void mmio_write32(volatile uint8_t *at, uint32_t v)
{
    __asm__ volatile("dmb oshst" : : : "memory");
    *(volatile uint32_t *)at = v;
}

static inline void mmio_write64(volatile uint8_t *at, uint64_t v)
{
    __asm__ volatile("dmb oshst" : : : "memory");
    *(volatile uint64_t *)at = v;
}

#endif /* CLOUDOS_BARE_METAL_AARCH64_INSN_H */
