/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching kernel contexts: what a call preserves, on the stack that is left. */

#include "bare-metal/riscv64/registers.S"

.text

/* void context_swap(uint64_t *save_sp, uint64_t load_sp) */
.globl context_swap
.type context_swap, @function
context_swap:
    addi    sp, sp, -SAVED
    SAVED_ALL sd
    sd      sp, 0(a0)
    mv      sp, a1
    SAVED_ALL ld
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
