/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control and status registers (RISC-V privileged architecture, chapter 4).  The constants are
 * for assembly, too.
 *
 * Owner:   bare-metal/riscv64.
 * Context: any.
 * Locking: none; they belong to this CPU.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_CSR_H
#define CLOUDOS_BARE_METAL_RISCV64_CSR_H

#define SSTATUS_SIE  0x2     /* interrupts are taken */
#define SSTATUS_SPIE 0x20    /* ... after sret */
#define SSTATUS_SPP  0x100   /* sret goes to S-mode */
#define SSTATUS_FS   0x6000  /* floating point: off, initial, clean, dirty */
#define SSTATUS_SUM  0x40000 /* the kernel may touch user pages */

#define FS_OFF   0x0
#define FS_CLEAN 0x4000
#define FS_DIRTY 0x6000

#define SIE_SOFT     0x2
#define SIE_TIMER    0x20
#define SIE_EXTERNAL 0x200

#define CAUSE_INTERRUPT (UINT64_C(1) << 63)
#define IRQ_SOFT        1
#define IRQ_TIMER       5
#define IRQ_EXTERNAL    9

#define SATP_MODE_SV39  8
#define SATP_MODE_SV48  9
#define SATP_MODE_SHIFT 60

#ifndef __ASSEMBLER__

#include <stdint.h>

#define csr_read(name)                                                                   \
    ({                                                                                   \
        uint64_t csr_value_;                                                             \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value_));                          \
        csr_value_;                                                                      \
    })
#define csr_write(name, v)                                                               \
    __asm__ volatile("csrw " #name ", %0" : : "rK"((uint64_t)(v)) : "memory")
#define csr_set(name, v)                                                                 \
    __asm__ volatile("csrs " #name ", %0" : : "rK"((uint64_t)(v)) : "memory")
#define csr_clear(name, v)                                                               \
    __asm__ volatile("csrc " #name ", %0" : : "rK"((uint64_t)(v)) : "memory")

#endif /* __ASSEMBLER__ */

#endif /* CLOUDOS_BARE_METAL_RISCV64_CSR_H */
