/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From firmware to C.  Firmware enters with the MMU off, a0 = hart, a1 = device tree (or, for a
 * CPU that we start, the address of its struct cpu).  The image begins with the header that boot
 * loaders of Linux look for (Documentation/riscv/boot-image-header of Linux names the fields).
 *
 * There is no identity mapping: writing satp makes the next fetch fault, and the trap vector is
 * where the kernel's own address space goes on.
 */
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"

.section .boot, "ax"
.globl _start
_start:
    j       start
    .balign 8
    .dword  0x200000                  /* offset from the start of RAM */
    .dword  _image_end - _image_start /* bytes in memory */
    .dword  0                         /* little endian */
    .word   2                         /* header version 0.2 */
    .word   0
    .dword  0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .word   0

start:
    csrw    sie, zero
    csrw    sscratch, zero
    li      t0, SSTATUS_FS | SSTATUS_SUM
    csrc    sstatus, t0
    mv      s1, a0
    mv      s2, a1
    lla     t0, _bss_start
    lla     t1, _image_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    lla     sp, _boot_stack_top
    li      s0, 0
    lla     a0, _start
    mv      a1, s2
    call    map_image /* a0: satp */
    lla     t0, boot_satp
    sd      a0, 0(t0)
    ld      t1, address_of_high
    csrw    stvec, t1
    sfence.vma
    csrw    satp, a0
    /* Still here: the CPU does not know that mode. */
    lla     a0, no_sv39
    tail    boot_without_mmu

.balign 4
high:
    lla     sp, _boot_stack_top
    lla     tp, cpus
    lla     t0, _boot_stack
    sd      t0, CPU_STACK_LOW(tp)
    lla     t0, boot_spare
    sd      t0, CPU_SPARE_LOW(tp)
    lla     t0, trap_entry
    csrw    stvec, t0
    mv      a0, s1
    mv      a1, s2
    call    start_main

/* Another CPU: a1 is the virtual address of its struct cpu. */
.globl start_other
start_other:
    csrw    sie, zero
    csrw    sscratch, zero
    li      t0, SSTATUS_FS | SSTATUS_SUM
    csrc    sstatus, t0
    ld      t1, address_of_high_other
    csrw    stvec, t1
    ld      t0, boot_satp
    sfence.vma
    csrw    satp, t0
1:  wfi
    j       1b

.balign 4
high_other:
    mv      tp, a1
    ld      sp, CPU_STACK_LOW(tp)
    li      t0, KSTACK_BYTES
    add     sp, sp, t0
    li      s0, 0
    lla     t0, trap_entry
    csrw    stvec, t0
    call    start_cpu

.balign 8
address_of_high:
    .dword  high
address_of_high_other:
    .dword  high_other
no_sv39:
    .asciz  "cloudos: this CPU has no Sv39 page tables\n"

.data
.balign 8
.globl boot_satp
boot_satp:
    .dword  0

.section .boot_guard, "aw", @nobits
.globl _boot_guard
_boot_guard:
    .skip   KSTACK_BYTES
.section .boot_stack, "aw", @nobits
.globl _boot_stack
_boot_stack:
    .skip   KSTACK_BYTES
_boot_stack_top:
.section .bss
.balign 16
boot_spare:
    .skip   KSTACK_BYTES
