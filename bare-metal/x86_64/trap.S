/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into and out of the kernel, and from one kernel context to another.
 *
 * User code runs inside user_enter(): whatever ends it saves the registers straight into the
 * hal_user, goes back to the stack that user_enter() left, and returns from there.  What
 * interrupts the kernel itself builds a struct trap_frame on the current stack.  GS is the CPU's
 * in the kernel; its user value is put aside by swapgs.  Interrupts are masked throughout.
 */
#include "bare-metal/x86_64/layout.h"

    .text

/* ---- SYSCALL: return address in RCX, flags in R11, still on the user's stack ---- */
    .globl  syscall_entry
    .type   syscall_entry, @function
    .balign 16
syscall_entry:
    swapgs
    movq    %rsp, %gs:CPU_SCRATCH
    movq    %gs:CPU_USER, %rsp
    movq    %r8, REGS_R8(%rsp)
    movq    %r9, REGS_R9(%rsp)
    movq    %r10, REGS_R10(%rsp)
    movq    %r11, REGS_R11(%rsp)
    movq    %r12, REGS_R12(%rsp)
    movq    %r13, REGS_R13(%rsp)
    movq    %r14, REGS_R14(%rsp)
    movq    %r15, REGS_R15(%rsp)
    movq    %rdi, REGS_RDI(%rsp)
    movq    %rsi, REGS_RSI(%rsp)
    movq    %rbp, REGS_RBP(%rsp)
    movq    %rbx, REGS_RBX(%rsp)
    movq    %rdx, REGS_RDX(%rsp)
    movq    %rax, REGS_RAX(%rsp)
    movq    %rcx, REGS_RCX(%rsp)
    movq    %rcx, REGS_RIP(%rsp)
    movq    %r11, REGS_RFLAGS(%rsp)
    movq    %gs:CPU_SCRATCH, %rax
    movq    %rax, REGS_RSP(%rsp)
    movl    $TRAP_SYSCALL, %eax
user_leave:
    movq    %gs:CPU_KERNEL_SP, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    ret
    .size   syscall_entry, . - syscall_entry

/* uint64_t user_enter(struct hal_user *u, bool by_sysret): vector, and error code from bit 32 on */
    .globl  user_enter
    .type   user_enter, @function
    .balign 16
user_enter:
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, %gs:CPU_KERNEL_SP
    movq    %rsp, %gs:CPU_TSS_RSP0
    movq    %rdi, %gs:CPU_USER
    movl    %esi, %eax
    movq    REGS_R8(%rdi), %r8
    movq    REGS_R9(%rdi), %r9
    movq    REGS_R10(%rdi), %r10
    movq    REGS_R12(%rdi), %r12
    movq    REGS_R13(%rdi), %r13
    movq    REGS_R14(%rdi), %r14
    movq    REGS_R15(%rdi), %r15
    movq    REGS_RSI(%rdi), %rsi
    movq    REGS_RBP(%rdi), %rbp
    movq    REGS_RBX(%rdi), %rbx
    movq    REGS_RDX(%rdi), %rdx
    testl   %eax, %eax
    jz      1f
    movq    REGS_RAX(%rdi), %rax
    movq    REGS_RIP(%rdi), %rcx
    movq    REGS_RFLAGS(%rdi), %r11
    movq    REGS_RSP(%rdi), %rsp
    movq    REGS_RDI(%rdi), %rdi
    swapgs
    sysretq
1:  pushq   $SEL_USER_DATA
    pushq   REGS_RSP(%rdi)
    pushq   REGS_RFLAGS(%rdi)
    pushq   $SEL_USER_CODE
    pushq   REGS_RIP(%rdi)
    movq    REGS_RAX(%rdi), %rax
    movq    REGS_RCX(%rdi), %rcx
    movq    REGS_R11(%rdi), %r11
    movq    REGS_RDI(%rdi), %rdi
    swapgs
    iretq
    .size   user_enter, . - user_enter

/* ---- vectors ---- */

/* One entry for each vector, 16 bytes apart.  Those with an error code: Intel SDM 3A 6.13. */
    .globl  trap_entries
    .balign 16
trap_entries:
    .set    vector, 0
    .rept   256
    .balign 16
    .if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
    .else
    pushq   $0
    .endif
    pushq   $vector
    .if (vector == 1) || (vector == 2) || (vector == 8) || (vector == 18)
    jmp     trap_anywhere
    .else
    jmp     trap_common
    .endif
    .set    vector, vector + 1
    .endr

/* Stack: vector, error, rip, cs, rflags, rsp, ss. */
    .balign 16
trap_common:
    testb   $3, 24(%rsp)
    jz      trap_kernel
trap_user:
    swapgs
    movq    %rax, %gs:CPU_SCRATCH
    movq    %gs:CPU_USER, %rax
    movq    %r8, REGS_R8(%rax)
    movq    %r9, REGS_R9(%rax)
    movq    %r10, REGS_R10(%rax)
    movq    %r11, REGS_R11(%rax)
    movq    %r12, REGS_R12(%rax)
    movq    %r13, REGS_R13(%rax)
    movq    %r14, REGS_R14(%rax)
    movq    %r15, REGS_R15(%rax)
    movq    %rdi, REGS_RDI(%rax)
    movq    %rsi, REGS_RSI(%rax)
    movq    %rbp, REGS_RBP(%rax)
    movq    %rbx, REGS_RBX(%rax)
    movq    %rdx, REGS_RDX(%rax)
    movq    %rcx, REGS_RCX(%rax)
    movq    %gs:CPU_SCRATCH, %rcx
    movq    %rcx, REGS_RAX(%rax)
    movq    16(%rsp), %rcx
    movq    %rcx, REGS_RIP(%rax)
    movq    32(%rsp), %rcx
    movq    %rcx, REGS_RFLAGS(%rax)
    movq    40(%rsp), %rcx
    movq    %rcx, REGS_RSP(%rax)
    movq    (%rsp), %rax
    movq    8(%rsp), %rcx
    shlq    $32, %rcx
    orq     %rcx, %rax
    /* Flags that a program can set and that are not the kernel's: direction, alignment, nested
     * task.  SYSCALL masks them by itself. */
    pushq   $2
    popfq
    jmp     user_leave

.macro push_registers
    pushq   %rax
    pushq   %rbx
    pushq   %rcx
    pushq   %rdx
    pushq   %rsi
    pushq   %rdi
    pushq   %rbp
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %r11
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    cld
.endm

.macro pop_registers_and_return
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %r11
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rbp
    popq    %rdi
    popq    %rsi
    popq    %rdx
    popq    %rcx
    popq    %rbx
    popq    %rax
    addq    $16, %rsp
    iretq
.endm

    .balign 16
trap_kernel:
    push_registers
    movq    %rsp, %rdi
    call    trap_in_kernel
    pop_registers_and_return

/* Vectors that may come between the kernel's entry and swapgs, on a stack of their own. */
    .balign 16
trap_anywhere:
    testb   $3, 24(%rsp)
    jnz     trap_user
    push_registers
    movl    $MSR_GS_BASE, %ecx
    rdmsr
    xorl    %ebx, %ebx
    testl   %edx, %edx
    js      1f
    swapgs
    incl    %ebx
1:  movq    %rsp, %rdi
    call    trap_in_kernel
    testl   %ebx, %ebx
    jz      2f
    swapgs
2:  pop_registers_and_return

/* ---- kernel contexts: the callee-saved registers lie on the stack ---- */

/* void context_swap(uint64_t *save_sp, uint64_t load_sp) */
    .globl  context_swap
    .type   context_swap, @function
    .balign 16
context_swap:
    pushq   %rbp
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
    ret
    .size   context_swap, . - context_swap

/* The first return of a context: hal_context_init() put entry into r12, its argument into r13. */
    .globl  context_start
    .type   context_start, @function
    .balign 16
context_start:
    xorl    %ebp, %ebp
    movq    %r13, %rdi
    call    *%r12
    ud2
    .size   context_start, . - context_start

    .section .note.GNU-stack, "", @progbits
