/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the kernel and out of it.  sscratch tells where a trap comes from: 0 from the kernel, the
 * CPU's struct cpu from a program.  Registers are stored in the order of struct user_regs, pc
 * first; a frame of the kernel has sstatus after them.
 */
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/registers.S"

#define FRAME_SSTATUS 256
#define FRAME_LINK    272 /* for backtraces: the interrupted frame pointer and pc */
#define FRAME_BYTES   288

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
    REGISTERS sd, sp
    sd      a0, 80(sp)
    addi    t0, sp, FRAME_BYTES
    FRAME_FILL t0
    call    trap_kernel
    ld      t0, 0(sp)
    ld      t1, FRAME_SSTATUS(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    REGISTERS ld, sp
    ld      a0, 80(sp)
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
    REGISTERS sd, sp
    sd      a0, 80(sp)
    ld      t0, CPU_SCRATCH(tp)
    addi    t0, t0, FRAME_BYTES
    FRAME_FILL t0
    call    trap_no_stack

    /* From a program: its registers go where user_enter() was told, which then returns. */
from_user:
    sd      sp, CPU_SCRATCH(tp)
    ld      sp, CPU_USER_REGS(tp)
    REGISTERS sd, sp
    sd      a0, 80(sp)
    ld      t0, CPU_SCRATCH(tp)
    csrrw   t1, sscratch, zero
    csrr    t2, sepc
    sd      t0, 16(sp)
    sd      t1, 32(sp)
    sd      t2, 0(sp)
    ld      sp, CPU_KERNEL_SP(tp)
    SAVED_ALL ld
    addi    sp, sp, SAVED
    ret
.size trap_entry, . - trap_entry

/* void user_enter(struct user_regs *regs): run a program until it traps.  Interrupts are masked;
 * sstatus says how sret returns. */
.globl user_enter
.type user_enter, @function
user_enter:
    addi    sp, sp, -SAVED
    SAVED_ALL sd
    sd      a0, CPU_USER_REGS(tp)
    sd      sp, CPU_KERNEL_SP(tp)
    csrw    sscratch, tp
    ld      t0, 0(a0)
    csrw    sepc, t0
    REGISTERS ld, a0
    ld      sp, 16(a0)
    ld      tp, 32(a0)
    ld      a0, 80(a0)
    sret
.size user_enter, . - user_enter
