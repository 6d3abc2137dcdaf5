/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching kernel contexts: what a call preserves, on the stack that is left. */

#define SAVED 112 /* ra, s0 .. s11, and 8 for the alignment */

.text

/* void context_swap(uint64_t *save_sp, uint64_t load_sp) */
.globl context_swap
.type context_swap, @function
context_swap:
    addi    sp, sp, -SAVED
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    sd      s2, 24(sp)
    sd      s3, 32(sp)
    sd      s4, 40(sp)
    sd      s5, 48(sp)
    sd      s6, 56(sp)
    sd      s7, 64(sp)
    sd      s8, 72(sp)
    sd      s9, 80(sp)
    sd      s10, 88(sp)
    sd      s11, 96(sp)
    sd      sp, 0(a0)
    mv      sp, a1
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    ld      s2, 24(sp)
    ld      s3, 32(sp)
    ld      s4, 40(sp)
    ld      s5, 48(sp)
    ld      s6, 56(sp)
    ld      s7, 64(sp)
    ld      s8, 72(sp)
    ld      s9, 80(sp)
    ld      s10, 88(sp)
    ld      s11, 96(sp)
    addi    sp, sp, SAVED
    ret
.size context_swap, . - context_swap

/* Where a new context begins: s1 is its function, s2 the argument; s0 = 0 ends backtraces. */
.globl context_start
.type context_start, @function
context_start:
    mv      a0, s2
    jalr    s1
    ebreak /* it does not return */
.size context_start, . - context_start
