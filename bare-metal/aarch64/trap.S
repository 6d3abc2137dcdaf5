/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps.  The kernel runs at EL1 on SP_EL1.  User code is entered by user_enter(), which returns
 * when it traps: the stack pointer is then where user_enter() left it.
 */
#include "bare-metal/aarch64/layout.h"

.macro fixup at, to
    .pushsection .fixups, "a"
    .quad   \at, \to
    .popsection
.endm

.macro function name
    .globl  \name
    .type   \name, @function
    .balign 16
\name:
.endm

/* x0 goes to x[n]; the kernel's registers, from the frame's lower end. */
.macro save_registers
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    str     x30, [sp, #240]
.endm

/* The rest of the frame; `at` was the stack pointer.  x1 to x4 are lost. */
.macro save_state at
    mrs     x1, elr_el1
    mrs     x2, spsr_el1
    mrs     x3, esr_el1
    mrs     x4, far_el1
    str     \at, [sp, #FRAME_SP]
    stp     x1, x2, [sp, #FRAME_PC]
    stp     x3, x4, [sp, #272]
    stp     x29, x1, [sp, #288]
    add     x29, sp, #288
.endm

/* From the kernel itself.  Is sp aligned, and is there room for the frame between it and the end of
 * the stack?  TPIDRRO_EL0 holds x0 meanwhile. */
.macro from_kernel which
    .balign 128
    msr     tpidrro_el0, x0
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #CPU_STACK_LOW]
    sub     x0, sp, x0
    sub     x0, x0, #FRAME_BYTES
    ror     x0, x0, #4          /* bits 3 to 0 go to the top */
    lsr     x0, x0, #(STACK_SHIFT - 4)
    cbnz    x0, trap_no_room
    mrs     x0, tpidrro_el0
    sub     sp, sp, #FRAME_BYTES
    save_registers
    mov     w1, #\which
    b       trap_from_kernel
.endm

.macro fiq_from_kernel
    .balign 128
    msr     tpidrro_el0, x0
    b       trap_fiq_from_kernel
.endm

.macro from_user which
    .balign 128
    str     x0, [sp]
    mov     w0, #\which
    b       trap_from_user
.endm

.macro from_nowhere
    .balign 128
    b       .
.endm

    .text
    .globl  trap_vectors
    .balign 2048
trap_vectors:
    from_nowhere            /* on SP_EL0: never used */
    from_nowhere
    from_nowhere
    from_nowhere
    from_kernel TRAP_SYNC
    from_kernel TRAP_IRQ
    fiq_from_kernel
    from_kernel TRAP_SERROR
    from_user TRAP_SYNC
    from_user TRAP_IRQ
    from_user TRAP_FIQ
    from_user TRAP_SERROR
    from_nowhere            /* AArch32 */
    from_nowhere
    from_nowhere
    from_nowhere

/* ---- from the kernel ---- */

    .balign 16
trap_from_kernel:
    mov     w20, w1
    add     x0, sp, #FRAME_BYTES
    save_state x0
    mov     x0, sp
    mov     w1, w20
    bl      trap_in_kernel
trap_return:
    ldp     x1, x2, [sp, #FRAME_PC]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldp     x0, x1, [sp, #0]
    msr     tpidrro_el0, x0
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    ldr     x30, [sp, #240]
    ldr     x0, [sp, #FRAME_SP]
    mov     sp, x0
    mrs     x0, tpidrro_el0
    eret

/* Make the frame on another stack, wherever sp is, and call `handler`.  TPIDRRO_EL0 has x0. */
.macro on_stack top, handler
    mov     x0, sp
    msr     tpidr_el0, x0       /* the user's is in its registers */
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #\top]
    mov     sp, x0
    mrs     x0, tpidrro_el0
    sub     sp, sp, #FRAME_BYTES
    save_registers
    mrs     x0, tpidr_el0
    save_state x0
    mov     x0, sp
    bl      \handler
.endm

/* It may be used up: report that. */
    .balign 16
trap_no_room:
    on_stack CPU_FAULT_STACK, trap_without_stack

/* This may come anywhere, also between one stack and the next. */
    .balign 16
trap_fiq_from_kernel:
    on_stack CPU_FIQ_STACK, trap_fiq
    b       trap_return

/* ---- user code ---- */

/* unsigned user_enter(struct hal_user *u) */
function user_enter
    stp     x29, x30, [sp, #-112]!
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x0, [sp, #96]
    sub     sp, sp, #16         /* where the vector keeps x0 */
    msr     daifset, #0xf       /* nothing may change elr_el1 from here on */
    msr     tpidrro_el0, xzr
    ldp     x1, x2, [x0, #REGS_SP]
    ldp     x3, x4, [x0, #REGS_PSTATE]
    msr     sp_el0, x1
    msr     elr_el1, x2
    msr     spsr_el1, x3
    msr     tpidr_el0, x4
    ldp     x2, x3, [x0, #16]
    ldp     x4, x5, [x0, #32]
    ldp     x6, x7, [x0, #48]
    ldp     x8, x9, [x0, #64]
    ldp     x10, x11, [x0, #80]
    ldp     x12, x13, [x0, #96]
    ldp     x14, x15, [x0, #112]
    ldp     x16, x17, [x0, #128]
    ldp     x18, x19, [x0, #144]
    ldp     x20, x21, [x0, #160]
    ldp     x22, x23, [x0, #176]
    ldp     x24, x25, [x0, #192]
    ldp     x26, x27, [x0, #208]
    ldp     x28, x29, [x0, #224]
    ldr     x30, [x0, #240]
    ldp     x0, x1, [x0, #0]
    eret

    .balign 16
trap_from_user:
    str     x1, [sp, #8]
    ldr     x1, [sp, #(16 + 96)] /* u */
    stp     x2, x3, [x1, #16]
    stp     x4, x5, [x1, #32]
    stp     x6, x7, [x1, #48]
    stp     x8, x9, [x1, #64]
    stp     x10, x11, [x1, #80]
    stp     x12, x13, [x1, #96]
    stp     x14, x15, [x1, #112]
    stp     x16, x17, [x1, #128]
    stp     x18, x19, [x1, #144]
    stp     x20, x21, [x1, #160]
    stp     x22, x23, [x1, #176]
    stp     x24, x25, [x1, #192]
    stp     x26, x27, [x1, #208]
    stp     x28, x29, [x1, #224]
    str     x30, [x1, #240]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x1, #0]
    mrs     x2, sp_el0
    mrs     x3, elr_el1
    mrs     x4, spsr_el1
    mrs     x5, tpidr_el0
    stp     x2, x3, [x1, #REGS_SP]
    stp     x4, x5, [x1, #REGS_PSTATE]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    msr     daifclr, #5         /* system errors; the machine's stop comes as FIQ */
    ret
    .size   user_enter, . - user_enter

/* ---- kernel contexts: the callee-saved registers lie on the stack ---- */

/* void context_swap(uint64_t *save_sp, uint64_t load_sp) */
function context_swap
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x9, sp
    str     x9, [x0]
    mov     sp, x1
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
    .size   context_swap, . - context_swap

/* The first return of a context: hal_context_init() put entry into x19, its argument into x20. */
function context_start
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x20
    blr     x19
    brk     #0
    .size   context_start, . - context_start

/* ---- user memory: loads and stores with the user's rights, which PAN does not hinder ---- */

/* uint64_t user_copy_in(void *dst, uint64_t src, size_t len) */
function user_copy_in
1:  cmp     x2, #16
    b.lo    4f
2:  ldtr    x3, [x1]
3:  ldtr    x4, [x1, #8]
    stp     x3, x4, [x0], #16
    add     x1, x1, #16
    sub     x2, x2, #16
    b       1b
4:  cbz     x2, 6f
5:  ldtrb   w3, [x1]
    strb    w3, [x0], #1
    add     x1, x1, #1
    sub     x2, x2, #1
    b       4b
6:  mov     x0, x2
    ret
    fixup   2b, 4b              /* by bytes, up to the one that faults */
    fixup   3b, 4b
    fixup   5b, 6b
    .size   user_copy_in, . - user_copy_in

/* uint64_t user_copy_out(uint64_t dst, const void *src, size_t len) */
function user_copy_out
1:  cmp     x2, #16
    b.lo    4f
    ldp     x3, x4, [x1]
2:  sttr    x3, [x0]
3:  sttr    x4, [x0, #8]
    add     x1, x1, #16
    add     x0, x0, #16
    sub     x2, x2, #16
    b       1b
4:  cbz     x2, 6f
    ldrb    w3, [x1]
5:  sttrb   w3, [x0]
    add     x1, x1, #1
    add     x0, x0, #1
    sub     x2, x2, #1
    b       4b
6:  mov     x0, x2
    ret
    fixup   2b, 4b
    fixup   3b, 4b
    fixup   5b, 6b
    .size   user_copy_out, . - user_copy_out

/* int user_cmpxchg(uint64_t at, uint32_t *expected, uint32_t desired); PAN is off */
function user_cmpxchg
    ldr     w3, [x1]
1:  ldaxr   w4, [x0]
    cmp     w4, w3
    b.ne    3f
2:  stlxr   w5, w2, [x0]
    cbnz    w5, 1b
    b       4f
3:  clrex
4:  dmb     ish
    str     w4, [x1]
    mov     w0, #0
    ret
5:  mov     w0, #-1
    ret
    fixup   1b, 5b
    fixup   2b, 5b
    .size   user_cmpxchg, . - user_cmpxchg

/* bool load_if_mapped(const uint64_t *at, uint64_t *out) */
function load_if_mapped
1:  ldr     x2, [x0]
    str     x2, [x1]
    mov     w0, #1
    ret
2:  mov     w0, #0
    ret
    fixup   1b, 2b
    .size   load_if_mapped, . - load_if_mapped

/* ---- floating point: fpsr, fpcr, 32 registers of 128 bits, as signal frames have them ---- */

    .arch_extension fp
    .arch_extension simd

function fpu_save
    mrs     x1, fpsr
    mrs     x2, fpcr
    stp     w1, w2, [x0], #8
    stp     q0, q1, [x0, #0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    stp     q8, q9, [x0, #128]
    stp     q10, q11, [x0, #160]
    stp     q12, q13, [x0, #192]
    stp     q14, q15, [x0, #224]
    stp     q16, q17, [x0, #256]
    stp     q18, q19, [x0, #288]
    stp     q20, q21, [x0, #320]
    stp     q22, q23, [x0, #352]
    stp     q24, q25, [x0, #384]
    stp     q26, q27, [x0, #416]
    stp     q28, q29, [x0, #448]
    stp     q30, q31, [x0, #480]
    ret
    .size   fpu_save, . - fpu_save

function fpu_restore
    ldp     w1, w2, [x0], #8
    msr     fpsr, x1
    msr     fpcr, x2
    ldp     q0, q1, [x0, #0]
    ldp     q2, q3, [x0, #32]
    ldp     q4, q5, [x0, #64]
    ldp     q6, q7, [x0, #96]
    ldp     q8, q9, [x0, #128]
    ldp     q10, q11, [x0, #160]
    ldp     q12, q13, [x0, #192]
    ldp     q14, q15, [x0, #224]
    ldp     q16, q17, [x0, #256]
    ldp     q18, q19, [x0, #288]
    ldp     q20, q21, [x0, #320]
    ldp     q22, q23, [x0, #352]
    ldp     q24, q25, [x0, #384]
    ldp     q26, q27, [x0, #416]
    ldp     q28, q29, [x0, #448]
    ldp     q30, q31, [x0, #480]
    ret
    .size   fpu_restore, . - fpu_restore

/* ---- a debugger or virtual machine that listens: Arm, Semihosting for AArch32 and AArch64 ---- */

/* bool semihosting_call(uint64_t nr, const void *arg) */
function semihosting_call
1:  hlt     #0xf000
    mov     w0, #1
    ret
2:  mov     w0, #0
    ret
    fixup   1b, 2b
    .size   semihosting_call, . - semihosting_call

    .section .note.GNU-stack, "", @progbits
