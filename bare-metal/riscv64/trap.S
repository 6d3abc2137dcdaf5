/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the kernel and out of it.  sscratch tells where a trap comes from: 0 from the kernel, the
 * CPU's struct cpu from a program.  Registers are stored in the order of struct user_regs, pc
 * first; a frame of the kernel has sstatus after them.
 */
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"

#define FRAME_SSTATUS 256
#define FRAME_LINK    272 /* for backtraces: the interrupted frame pointer and pc */
#define FRAME_BYTES   288
#define SAVED         112 /* ra, s0 .. s11, and 8 for the alignment */

/* All but sp, tp and pc, in the order of struct user_regs. */
.macro REGISTERS_SAVE
    sd      ra, 8(sp)
    sd      gp, 24(sp)
    sd      t0, 40(sp)
    sd      t1, 48(sp)
    sd      t2, 56(sp)
    sd      s0, 64(sp)
    sd      s1, 72(sp)
    sd      a0, 80(sp)
    sd      a1, 88(sp)
    sd      a2, 96(sp)
    sd      a3, 104(sp)
    sd      a4, 112(sp)
    sd      a5, 120(sp)
    sd      a6, 128(sp)
    sd      a7, 136(sp)
    sd      s2, 144(sp)
    sd      s3, 152(sp)
    sd      s4, 160(sp)
    sd      s5, 168(sp)
    sd      s6, 176(sp)
    sd      s7, 184(sp)
    sd      s8, 192(sp)
    sd      s9, 200(sp)
    sd      s10, 208(sp)
    sd      s11, 216(sp)
    sd      t3, 224(sp)
    sd      t4, 232(sp)
    sd      t5, 240(sp)
    sd      t6, 248(sp)
.endm

/* A frame of the kernel for the stack pointer in `sp_register`. */
.macro FRAME_FILL sp_register
    sd      \sp_register, 16(sp)
    sd      tp, 32(sp)
    csrr    t0, sepc
    csrr    t1, sstatus
    sd      t0, 0(sp)
    sd      t1, FRAME_SSTATUS(sp)
    sd      s0, FRAME_LINK(sp)
    sd      t0, FRAME_LINK + 8(sp)
    addi    s0, sp, FRAME_BYTES
    li      t2, SSTATUS_SUM /* a copy may have been interrupted */
    csrc    sstatus, t2
    mv      a0, sp
    csrr    a1, scause
    csrr    a2, stval
.endm

.text

.balign 4
.globl trap_entry
.type trap_entry, @function
trap_entry:
    csrrw   tp, sscratch, tp
    bnez    tp, from_user
    csrrw   tp, sscratch, zero

    /* From the kernel, on the stack that it uses, if there is room.  tp stays what it is: when
     * this frame is left its thread may be on another CPU. */
    addi    sp, sp, -FRAME_BYTES
    csrw    sscratch, t0
    ld      t0, CPU_STACK_LOW(tp)
    sub     t0, sp, t0
    srli    t0, t0, KSTACK_SHIFT
    bnez    t0, no_stack
    csrrw   t0, sscratch, zero
    REGISTERS_SAVE
    addi    t0, sp, FRAME_BYTES
    FRAME_FILL t0
    call    trap_kernel
    ld      t0, 0(sp)
    ld      t1, FRAME_SSTATUS(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    ld      s0, 64(sp)
    ld      ra, 8(sp)
    ld      t0, 40(sp)
    ld      t1, 48(sp)
    ld      t2, 56(sp)
    ld      a0, 80(sp)
    ld      a1, 88(sp)
    ld      a2, 96(sp)
    ld      a3, 104(sp)
    ld      a4, 112(sp)
    ld      a5, 120(sp)
    ld      a6, 128(sp)
    ld      a7, 136(sp)
    ld      t3, 224(sp)
    ld      t4, 232(sp)
    ld      t5, 240(sp)
    ld      t6, 248(sp)
    addi    sp, sp, FRAME_BYTES
    sret

    /* sp is not on the stack: the spare one becomes the stack of this CPU. */
no_stack:
    sd      sp, CPU_SCRATCH(tp)
    ld      t0, CPU_STACK_LOW(tp)
    sd      t0, CPU_LOST_LOW(tp)
    ld      t0, CPU_SPARE_LOW(tp)
    sd      t0, CPU_STACK_LOW(tp)
    li      sp, KSTACK_BYTES - FRAME_BYTES
    add     sp, sp, t0
    csrrw   t0, sscratch, zero
    REGISTERS_SAVE
    ld      t0, CPU_SCRATCH(tp)
    addi    t0, t0, FRAME_BYTES
    FRAME_FILL t0
    call    trap_no_stack

    /* From a program: its registers go where user_enter() was told, which then returns. */
from_user:
    sd      sp, CPU_SCRATCH(tp)
    ld      sp, CPU_USER_REGS(tp)
    REGISTERS_SAVE
    ld      t0, CPU_SCRATCH(tp)
    csrrw   t1, sscratch, zero
    csrr    t2, sepc
    sd      t0, 16(sp)
    sd      t1, 32(sp)
    sd      t2, 0(sp)
    ld      sp, CPU_KERNEL_SP(tp)
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
.size trap_entry, . - trap_entry

/* void user_enter(struct user_regs *regs): run a program until it traps.  Interrupts are masked;
 * sstatus says how sret returns. */
.globl user_enter
.type user_enter, @function
user_enter:
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
    sd      a0, CPU_USER_REGS(tp)
    sd      sp, CPU_KERNEL_SP(tp)
    csrw    sscratch, tp
    ld      t0, 0(a0)
    csrw    sepc, t0
    ld      ra, 8(a0)
    ld      gp, 24(a0)
    ld      t0, 40(a0)
    ld      t1, 48(a0)
    ld      t2, 56(a0)
    ld      s0, 64(a0)
    ld      s1, 72(a0)
    ld      a1, 88(a0)
    ld      a2, 96(a0)
    ld      a3, 104(a0)
    ld      a4, 112(a0)
    ld      a5, 120(a0)
    ld      a6, 128(a0)
    ld      a7, 136(a0)
    ld      s2, 144(a0)
    ld      s3, 152(a0)
    ld      s4, 160(a0)
    ld      s5, 168(a0)
    ld      s6, 176(a0)
    ld      s7, 184(a0)
    ld      s8, 192(a0)
    ld      s9, 200(a0)
    ld      s10, 208(a0)
    ld      s11, 216(a0)
    ld      t3, 224(a0)
    ld      t4, 232(a0)
    ld      t5, 240(a0)
    ld      t6, 248(a0)
    ld      sp, 16(a0)
    ld      tp, 32(a0)
    ld      a0, 80(a0)
    sret
.size user_enter, . - user_enter
