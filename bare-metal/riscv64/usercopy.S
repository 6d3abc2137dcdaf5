/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reaching the memory of programs.  Only here is SUM set, and only between user_access_begin and
 * user_access_end may an access fault: trap.c then continues at the label that belongs to it.
 */
#include "bare-metal/riscv64/csr.h"

.text

/* size_t user_copy(void *dst, const void *src, size_t len): bytes copied; either side may be
 * user memory.  Words where both sides can be aligned alike, else bytes.  After a fault
 * among words bytes go on, so that the count is exact: the next byte is the one that faults. */
.globl user_copy
.type user_copy, @function
user_copy:
    mv      t5, a0
    sub     t4, a1, a0
    add     a3, a0, a2 /* end */
    li      t6, SSTATUS_SUM
    csrs    sstatus, t6
.globl user_copy_words_begin
user_copy_words_begin:
    xor     t0, a0, a1
    andi    t0, t0, 7
    bnez    t0, bytes
align:
    andi    t0, a0, 7
    beqz    t0, words
    bgeu    a0, a3, done
    lbu     t1, 0(a1)
    sb      t1, 0(a0)
    addi    a1, a1, 1
    addi    a0, a0, 1
    j       align
words:
    addi    a4, a3, -32
1:  bltu    a4, a0, 2f
    ld      t0, 0(a1)
    ld      t1, 8(a1)
    ld      t2, 16(a1)
    ld      t3, 24(a1)
    sd      t0, 0(a0)
    sd      t1, 8(a0)
    sd      t2, 16(a0)
    sd      t3, 24(a0)
    addi    a0, a0, 32
    addi    a1, a1, 32
    j       1b
2:  addi    a4, a3, -8
3:  bltu    a4, a0, bytes
    ld      t0, 0(a1)
    sd      t0, 0(a0)
    addi    a1, a1, 8
    addi    a0, a0, 8
    j       3b
.globl user_copy_words_end
user_copy_words_end:
.globl user_copy_words_fault
user_copy_words_fault:
    add     a1, a0, t4
.globl user_copy_bytes_begin
user_copy_bytes_begin:
bytes:
    bgeu    a0, a3, done
    lbu     t0, 0(a1)
    sb      t0, 0(a0)
    addi    a1, a1, 1
    addi    a0, a0, 1
    j       bytes
.globl user_copy_bytes_end
user_copy_bytes_end:
.globl user_copy_bytes_fault
user_copy_bytes_fault:
done:
    csrc    sstatus, t6
    sub     a0, a0, t5
    ret
.size user_copy, . - user_copy

/* int user_cmpxchg(uint32_t *at, uint32_t expected, uint32_t desired, uint32_t *old): 0, or
 * -EFAULT with nothing done. */
.globl user_cmpxchg
.type user_cmpxchg, @function
user_cmpxchg:
    li      t6, SSTATUS_SUM
    csrs    sstatus, t6
.globl user_cmpxchg_begin
user_cmpxchg_begin:
1:  lr.w.aqrl t0, (a0)
    bne     t0, a1, 2f
    sc.w.aqrl t1, a2, (a0)
    bnez    t1, 1b
2:
.globl user_cmpxchg_end
user_cmpxchg_end:
    csrc    sstatus, t6
    sw      t0, 0(a3)
    li      a0, 0
    ret
.globl user_cmpxchg_fault
user_cmpxchg_fault:
    csrc    sstatus, t6
    li      a0, -14
    ret
.size user_cmpxchg, . - user_cmpxchg

/* bool csr_probe_stimecmp(void): is there that register? */
.globl csr_probe_stimecmp
.type csr_probe_stimecmp, @function
csr_probe_stimecmp:
    li      t0, -1
.globl csr_probe_begin
csr_probe_begin:
    csrw    0x14d, t0
.globl csr_probe_end
csr_probe_end:
    li      a0, 1
    ret
.globl csr_probe_fault
csr_probe_fault:
    li      a0, 0
    ret
.size csr_probe_stimecmp, . - csr_probe_stimecmp

/* bool load_if_mapped(const uint64_t *at, uint64_t *out): kernel memory that may not be there. */
.globl load_if_mapped
.type load_if_mapped, @function
load_if_mapped:
.globl load_if_mapped_begin
load_if_mapped_begin:
    ld      t0, 0(a0)
.globl load_if_mapped_end
load_if_mapped_end:
    sd      t0, 0(a1)
    li      a0, 1
    ret
.globl load_if_mapped_fault
load_if_mapped_fault:
    li      a0, 0
    ret
.size load_if_mapped, . - load_if_mapped
