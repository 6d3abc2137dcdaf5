/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of the firmware (RISC-V SBI specification 1.0).
 *
 * Owner:   bare-metal/riscv64.
 * Context: any.
 * Locking: none; firmware has its own.
 * Errors:  an SBI error, which is negative, where one is returned.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_SBI_H
#define CLOUDOS_BARE_METAL_RISCV64_SBI_H

#include "lib/base.h"

#define SBI_EXT_LEGACY_PUT      0x01
#define SBI_EXT_LEGACY_SHUTDOWN 0x08
#define SBI_EXT_BASE            0x10
#define SBI_EXT_TIME            0x54494d45 /* "TIME" */
#define SBI_EXT_IPI             0x735049   /* "sPI" */
#define SBI_EXT_RFENCE          0x52464e43 /* "RFNC" */
#define SBI_EXT_HSM             0x48534d   /* "HSM" */
#define SBI_EXT_SRST            0x53525354 /* "SRST" */

#define SBI_SRST_SHUTDOWN    0
#define SBI_SRST_COLD_REBOOT 1

struct sbi_result {
    int64_t error;
    uint64_t value;
};

static inline struct sbi_result sbi_call(uint64_t ext, uint64_t fn, uint64_t x0,
                                         uint64_t x1, uint64_t x2)
{
    register uint64_t a0 __asm__("a0") = x0;
    register uint64_t a1 __asm__("a1") = x1;
    register uint64_t a2 __asm__("a2") = x2;
    register uint64_t a6 __asm__("a6") = fn;
    register uint64_t a7 __asm__("a7") = ext;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(int64_t)a0, a1};
}

static inline bool sbi_has(uint64_t ext)
{
    struct sbi_result r = sbi_call(SBI_EXT_BASE, 3, ext, 0, 0);

    return r.error == 0 && r.value != 0;
}

static inline void sbi_put(uint8_t byte)
{
    (void)sbi_call(SBI_EXT_LEGACY_PUT, 0, byte, 0, 0);
}

static inline void sbi_timer(uint64_t ticks)
{
    (void)sbi_call(SBI_EXT_TIME, 0, ticks, 0, 0);
}

static inline void sbi_ipi(uint64_t hart)
{
    (void)sbi_call(SBI_EXT_IPI, 0, 1, hart, 0);
}

/* FENCE.I on that CPU, whatever it does; has happened on return. */
static inline void sbi_remote_fence_i(uint64_t hart)
{
    (void)sbi_call(SBI_EXT_RFENCE, 0, 1, hart, 0);
}

static inline int64_t sbi_hart_start(uint64_t hart, uint64_t entry_pa, uint64_t a1)
{
    return sbi_call(SBI_EXT_HSM, 0, hart, entry_pa, a1).error;
}

static inline void sbi_reset(uint64_t type, bool failed)
{
    (void)sbi_call(SBI_EXT_SRST, 0, type, failed, 0);
}

#endif /* CLOUDOS_BARE_METAL_RISCV64_SBI_H */
