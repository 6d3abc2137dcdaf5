/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching between kernel contexts on x86-64: the callee-saved registers lie on the stack, the
 * stack pointer in struct hal_context.  Control words of the floating-point units never change
 * in the kernel's process.
 */
    .text

/* void context_swap(uint64_t *save_sp, uint64_t load_sp) */
    .globl  context_swap
    .type   context_swap, @function
    .balign 16
context_swap:
    .cfi_startproc
    endbr64
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    .cfi_def_cfa rsp, 8
    .cfi_same_value rbp
    ret
    .cfi_endproc
    .size   context_swap, . - context_swap

/* The first return of a context: context_init() put entry into r12 and its argument into r13.
 * A zero frame pointer and return address end every backtrace here. */
    .globl  context_start
    .type   context_start, @function
    .balign 16
context_start:
    .cfi_startproc
    .cfi_undefined rip
    endbr64
    xorl    %ebp, %ebp
    movq    %r12, %rdi
    movq    %r13, %rsi
    call    context_enter
    ud2
    .cfi_endproc
    .size   context_start, . - context_start

    .section .note.GNU-stack, "", @progbits
