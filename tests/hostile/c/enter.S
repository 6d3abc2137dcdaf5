/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into an attack with every register chosen, and back out of whatever became of it: the signal
 * handler sends the thread to attack_back with its saved stack.  Bases, flags and the direction
 * may be anything by then.
 */
    .text
    .globl attack_enter /* rdi: uint64_t[18]: r8-r15 rdi rsi rbp rbx rdx rax rcx rsp rip flags */
attack_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, attack_sp(%rip)
    rdfsbase %rax
    mov %rax, attack_fs(%rip)
    mov %rdi, %rax
    mov 0x80(%rax), %rcx
    mov %rcx, attack_target(%rip)
    movl $1, attack_inside(%rip) /* from here on there is a way back */
    mov 0x00(%rax), %r8
    mov 0x08(%rax), %r9
    mov 0x10(%rax), %r10
    mov 0x18(%rax), %r11
    mov 0x20(%rax), %r12
    mov 0x28(%rax), %r13
    mov 0x30(%rax), %r14
    mov 0x38(%rax), %r15
    mov 0x40(%rax), %rdi
    mov 0x48(%rax), %rsi
    mov 0x50(%rax), %rbp
    mov 0x58(%rax), %rbx
    mov 0x60(%rax), %rdx
    mov 0x70(%rax), %rcx
    mov 0x78(%rax), %rsp
    mov 0x68(%rax), %rax
    jmp *attack_target(%rip)

    .globl attack_returned /* an attack may return or jump here by itself */
attack_returned:
    movl $0, attack_inside(%rip)
    xor %eax, %eax
    .globl attack_back
attack_back:
    cld
    mov attack_sp(%rip), %rsp
    mov attack_fs(%rip), %rcx
    wrfsbase %rcx
    xor %ecx, %ecx
    wrgsbase %rcx
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .globl attack_load_at /* rdi: address; al: the byte */
attack_load_at:
    mov (%rdi), %al
    jmp attack_returned
    .globl attack_store_at
attack_store_at:
    lock orb $0, (%rdi)
    jmp attack_returned

    .bss
    .balign 8
    .globl attack_sp, attack_fs, attack_inside
attack_sp:
    .quad 0
attack_fs:
    .quad 0
attack_target:
    .quad 0
attack_inside:
    .quad 0

    .section .note.GNU-stack, "", @progbits
