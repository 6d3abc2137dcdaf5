/* SPDX-License-Identifier: BSD-2-Clause */
/* Into a case with all its registers, and out of it from the signal handler. */
#define GPR(n) (512 + 8 * (n))
#define RIP    (512 + 8 * 16)
#define RFLAGS (512 + 8 * 17)

    .text
    .globl native_enter
    .type native_enter, @function
/* void native_enter(const struct diff_state *s): returns through native_leave. */
native_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, native_stack(%rip)
    mov RIP(%rdi), %rax
    mov %rax, native_target(%rip)
    fxrstor64 (%rdi)
    pushq RFLAGS(%rdi)
    popfq
    mov GPR(0)(%rdi), %rax
    mov GPR(1)(%rdi), %rcx
    mov GPR(2)(%rdi), %rdx
    mov GPR(3)(%rdi), %rbx
    mov GPR(4)(%rdi), %rsp
    mov GPR(5)(%rdi), %rbp
    mov GPR(6)(%rdi), %rsi
    mov GPR(8)(%rdi), %r8
    mov GPR(9)(%rdi), %r9
    mov GPR(10)(%rdi), %r10
    mov GPR(11)(%rdi), %r11
    mov GPR(12)(%rdi), %r12
    mov GPR(13)(%rdi), %r13
    mov GPR(14)(%rdi), %r14
    mov GPR(15)(%rdi), %r15
    mov GPR(7)(%rdi), %rdi
    jmp *native_target(%rip)
    .size native_enter, . - native_enter

    .globl native_signal
    .type native_signal, @function
/* The signal handler: it must not run with the case's AC flag. */
native_signal:
    pushfq
    andl $~0x40000, (%rsp)
    popfq
    jmp native_trapped
    .size native_signal, . - native_signal

    .globl native_leave
    .type native_leave, @function
/* void native_leave(void): from the signal's stack back to native_enter's caller. */
native_leave:
    mov native_stack(%rip), %rsp
    pushq $0x202
    popfq
    fninit
    ldmxcsr native_mxcsr(%rip)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .size native_leave, . - native_leave

    .section .rodata
native_mxcsr:
    .long 0x1f80

    .bss
    .balign 8
native_stack:
    .skip 8
native_target:
    .skip 8
    .section .note.GNU-stack, "", @progbits
