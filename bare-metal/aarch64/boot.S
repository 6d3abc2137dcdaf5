/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions.  Boot protocol: Linux, Documentation/arm64/booting.rst: MMU off, x0 the
 * physical address of the device tree, EL2 or EL1.  Other CPUs come from PSCI CPU_ON in the same
 * state (Arm DEN 0022, 6.4).  What runs before the MMU is on uses addresses relative to pc only.
 */
#include "bare-metal/aarch64/layout.h"

#define IMAGE_FLAGS 0xa /* little endian, 4 KiB pages, anywhere in memory */

#define HCR_RW        (1 << 31)
#define CNTHCTL_EL1   3 /* counter and timer are EL1's */
#define CPTR_NO_TRAPS 0x33ff
#define ICC_SRE_ON    0xf
#define SPSR_EL1H     0x3c5 /* all masked */

/* SCTLR_EL1: Arm ARM (DDI 0487) D17.2.118.  What must be one: EOS, TSCXT, EIS, nTLSMD, LSMAOE. */
#define SCTLR_RES1 0x30500800
#define SCTLR_MMU  (1 << 0 | 1 << 2 | 1 << 12)      /* MMU, caches */
#define SCTLR_SP   (1 << 3 | 1 << 4)                /* alignment of sp at EL1, EL0 */
#define SCTLR_USER (1 << 14 | 1 << 15 | 1 << 26)    /* dc zva, CTR_EL0, cache maintenance */
#define SCTLR_WFX  (1 << 16 | 1 << 18)              /* wfi, wfe at EL0 */
#define SCTLR_OFF  SCTLR_RES1
#define SCTLR_ON   (SCTLR_RES1 | SCTLR_MMU | SCTLR_SP | SCTLR_USER | SCTLR_WFX)

/* TCR_EL1: 48 bits each half, 4 KiB, inner shareable, write-back; tags in user addresses. */
#define TCR_T0   (16 | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_T1   (16 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30)
#define TCR_TBI0 37

    .section .boot.header, "ax", @progbits
    .globl  image_start
image_start:
    b       boot_entry
    .long   0
    .quad   0                   /* offset from a multiple of 2 MiB */
    .quad   __image_bytes
    .quad   IMAGE_FLAGS
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .section .boot.text, "ax", @progbits

/* Continue at EL1, where the caller is; x9, x10 are lost. */
    .balign 16
drop_to_el1:
    mrs     x9, CurrentEL
    cmp     x9, #(2 << 2)
    b.ne    1f
    mov     x9, #HCR_RW
    msr     hcr_el2, x9
    mov     x9, #CNTHCTL_EL1
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    mov     x9, #CPTR_NO_TRAPS
    msr     cptr_el2, x9
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    mrs     x9, id_aa64pfr0_el1
    ubfx    x9, x9, #24, #4
    cbz     x9, 2f              /* no system registers of a GIC */
    mov     x9, #ICC_SRE_ON
    msr     S3_4_C12_C9_5, x9   /* ICC_SRE_EL2 */
    isb
    msr     S3_4_C12_C11_0, xzr /* ICH_HCR_EL2 */
2:  ldr     x9, =SCTLR_OFF
    msr     sctlr_el1, x9
    mov     x9, #SPSR_EL1H
    msr     spsr_el2, x9
    msr     elr_el2, x30
    eret
1:  msr     daifset, #0xf
    ldr     x9, =SCTLR_OFF
    msr     sctlr_el1, x9
    isb
    ret

/* Turn the MMU on with the tables of paging_early(); returns to x30, which they map. */
    .balign 16
mmu_on:
    ldr     x9, =MAIR_VALUE
    msr     mair_el1, x9
    ldr     x9, =(TCR_T0 | TCR_T1)
    mov     x10, #1
    orr     x9, x9, x10, lsl #TCR_TBI0
    mrs     x10, id_aa64mmfr0_el1
    ubfx    x11, x10, #0, #4    /* PARange */
    mov     x12, #5             /* 48 bits are what the tables hold */
    cmp     x11, x12
    csel    x11, x11, x12, lo
    orr     x9, x9, x11, lsl #32
    ubfx    x11, x10, #4, #4    /* ASIDBits: 2 is 16 bits */
    ubfx    x11, x11, #1, #1
    orr     x9, x9, x11, lsl #36
    mrs     x10, id_aa64mmfr1_el1
    ubfx    x10, x10, #0, #4    /* HAFDBS: 1 accessed, 2 dirty, too */
    mov     x11, #1
    lsl     x11, x11, x10
    sub     x11, x11, #1
    and     x11, x11, #3
    orr     x9, x9, x11, lsl #39
    msr     tcr_el1, x9
    adrp    x9, paging_identity
    msr     ttbr0_el1, x9
    adrp    x9, paging_kernel
    msr     ttbr1_el1, x9
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    ldr     x9, =SCTLR_ON
    msr     sctlr_el1, x9
    isb
    ret

    .balign 16
boot_entry:
    mov     x19, x0
    bl      drop_to_el1
    adrp    x20, __bss_start
    add     x20, x20, :lo12:__bss_start
    adrp    x21, __image_end
    mov     x9, x20
1:  stp     xzr, xzr, [x9], #16
    cmp     x9, x21
    b.lo    1b
    adrp    x9, boot_stack_end
    mov     sp, x9
    mov     x29, xzr
    mov     x0, x19
    adrp    x1, image_start
    bl      paging_early
    /* Caches may hold what was in these lines before. */
    dmb     sy
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4
    mov     x10, #4
    lsl     x10, x10, x9
    mov     x9, x20
2:  dc      ivac, x9
    add     x9, x9, x10
    cmp     x9, x21
    b.lo    2b
    dsb     sy
    bl      mmu_on
    ldr     x9, =boot_stack_end
    mov     sp, x9
    mov     x0, x19
    adrp    x1, image_start     /* still relative to the physical place */
    ldr     x9, =machine_start
    br      x9

/* Another CPU. */
    .globl  secondary_entry
    .balign 16
secondary_entry:
    mov     x19, x0             /* its number */
    bl      drop_to_el1
    bl      mmu_on
    ldr     x9, =smp_boot_stacks
    ldr     x9, [x9, x19, lsl #3]
    mov     sp, x9
    mov     x29, xzr
    mov     x0, x19
    mov     x30, xzr
    ldr     x9, =secondary_start
    br      x9

    .ltorg

    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl  boot_stack
boot_stack:
    .skip   STACK_BYTES
boot_stack_end:

    .section .note.GNU-stack, "", @progbits
