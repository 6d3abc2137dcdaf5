/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler calls instead of generating it: atomic operations on parts of a word, which
 * the instruction set does not have, and counting trailing zeros, which needs Zbb.
 */

/* a0: address, a1: value.  Leaves the word's address in a0, the shift in t0. */
.macro place
    andi    t0, a0, 3
    slli    t0, t0, 3
    andi    a0, a0, -4
.endm

.text

/* uint8_t __atomic_exchange_1(volatile void *at, uint8_t value, int order) */
.globl __atomic_exchange_1
.type __atomic_exchange_1, @function
__atomic_exchange_1:
    place
    li      t1, 0xff
    andi    a1, a1, 0xff
    sllw    t1, t1, t0
    sllw    a1, a1, t0
    not     t1, t1
1:  lr.w.aqrl t2, (a0)
    and     t3, t2, t1
    or      t3, t3, a1
    sc.w.aqrl t3, t3, (a0)
    bnez    t3, 1b
    srlw    a0, t2, t0
    andi    a0, a0, 0xff
    ret
.size __atomic_exchange_1, . - __atomic_exchange_1

/* uint16_t __atomic_fetch_or_2(volatile void *at, uint16_t value, int order) */
.globl __atomic_fetch_or_2
.type __atomic_fetch_or_2, @function
__atomic_fetch_or_2:
    place
    slli    a1, a1, 48
    srli    a1, a1, 48
    sllw    a1, a1, t0
    amoor.w.aqrl t2, a1, (a0)
    j       half_result
.size __atomic_fetch_or_2, . - __atomic_fetch_or_2

/* uint16_t __atomic_fetch_and_2(volatile void *at, uint16_t value, int order) */
.globl __atomic_fetch_and_2
.type __atomic_fetch_and_2, @function
__atomic_fetch_and_2:
    place
    not     a1, a1 /* the bits to clear; those of the other half stay */
    slli    a1, a1, 48
    srli    a1, a1, 48
    sllw    a1, a1, t0
    not     a1, a1
    amoand.w.aqrl t2, a1, (a0)
half_result:
    srlw    a0, t2, t0
    slli    a0, a0, 48
    srli    a0, a0, 48
    ret
.size __atomic_fetch_and_2, . - __atomic_fetch_and_2

/* int __ctzdi2(uint64_t x), x not 0: the lowest bit times a de Bruijn sequence. */
.globl __ctzdi2
.type __ctzdi2, @function
__ctzdi2:
    neg     t0, a0
    and     t0, t0, a0
    ld      t1, sequence
    mul     t0, t0, t1
    srli    t0, t0, 58
    lla     t1, positions
    add     t0, t0, t1
    lbu     a0, 0(t0)
    ret
.size __ctzdi2, . - __ctzdi2

.section .rodata
.balign 8
sequence:
    .dword 0x22fdd63cc95386d
positions:
    .byte 0, 1, 2, 53, 3, 7, 54, 27, 4, 38, 41, 8, 34, 55, 48, 28
    .byte 62, 5, 39, 46, 44, 42, 22, 9, 24, 35, 59, 56, 49, 18, 29, 11
    .byte 63, 52, 6, 26, 37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10
    .byte 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12
