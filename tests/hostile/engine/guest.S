/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest code for the engine's tests, position-independent, copied into guest pages.
 * Conventions: rbx counts a loop down, r12 and r13 are parameters, a call with number 0x1000
 * ends a piece.
 */
    .macro piece name
    .balign 64
    .globl guest_\name
guest_\name:
    .endm
    .macro end name
    .globl guest_\name\()_end
guest_\name\()_end:
    .endm
    .macro finish
    mov $0x1000, %eax
    syscall
    ud2
    .endm

    .section .rodata

piece calls /* rbx null calls at one site */
1:  mov $39, %eax
    syscall
    dec %rbx
    jnz 1b
    finish
end calls

piece touch /* write to r12, r12 + r13, ...: rbx times */
1:  movb $1, (%r12)
    add %r13, %r12
    dec %rbx
    jnz 1b
    finish
end touch

piece read_word /* rdi = word at r12 */
    mov (%r12), %rdi
    finish
end read_word

piece bases
    rdfsbase %rdi
    mov $0x2222000, %eax
    wrfsbase %rax
    finish
end bases

piece spin
1:  inc %rbx
    jmp 1b
end spin

/* Every register, the red zone and a vector register live through a call. */
piece state
    mov $0x5a5a, %ecx
    movq %rcx, %xmm7
    movq $0x77, -8(%rsp)
    mov $1, %rbx
    mov $2, %rdx
    mov $3, %rsi
    mov $4, %rdi
    mov $5, %rbp
    mov $6, %r8
    mov $7, %r9
    mov $8, %r10
    mov $9, %r12
    mov $10, %r13
    mov $11, %r14
    mov $12, %r15
    stc
    mov $40, %eax
    syscall
1:  jnc 2f
    cmp $1, %rbx
    jne 2f
    cmp $2, %rdx
    jne 2f
    cmp $3, %rsi
    jne 2f
    cmp $4, %rdi
    jne 2f
    cmp $5, %rbp
    jne 2f
    cmp $6, %r8
    jne 2f
    cmp $7, %r9
    jne 2f
    cmp $8, %r10
    jne 2f
    cmp $9, %r12
    jne 2f
    cmp $10, %r13
    jne 2f
    cmp $11, %r14
    jne 2f
    cmp $12, %r15
    jne 2f
    cmpq $0x77, -8(%rsp)
    jne 2f
    lea 1b(%rip), %r11
    cmp %r11, %rcx
    jne 2f
    movq %xmm7, %rcx
    cmp $0x5a5a, %rcx
    jne 2f
    cmp $0x1234, %rax
    jne 2f
    finish
2:  mov $0x1001, %eax
    syscall
    ud2
end state

piece jump /* to r12 with every register set by the test */
    jmp *%r12
end jump

piece calls_twice /* two sites, the second entered at its syscall instruction */
    mov $39, %eax
    lea 1f(%rip), %r12
    add $5, %r12
    jmp *%r12
1:  mov $40, %eax
    syscall
    dec %rbx
    jnz 1b
    mov $41, %eax
    jmp *%r12
end calls_twice

piece exceptions /* r12 chooses */
    cmp $0, %r12
    je 1f
    cmp $1, %r12
    je 2f
    cmp $2, %r12
    je 3f
    cmp $3, %r12
    je 4f
    cmp $4, %r12
    je 5f
    cmp $5, %r12
    je 6f
    cmp $6, %r12
    je 7f
    finish
1:  ud2
2:  xor %edx, %edx
    xor %ecx, %ecx
    div %ecx
3:  int3
4:  hlt
5:  int $0x80
6:  sysenter
7:  mov $0x8000000000000000, %rax
    mov (%rax), %rax
end exceptions

piece gs /* rbx calls with a GS base of its own: r13 */
    wrgsbase %r13
1:  mov $39, %eax
    syscall
    dec %rbx
    jnz 1b
    rdgsbase %rdi
    finish
end gs

piece compat /* far jump to 32-bit code */
    push $0x23
    lea 1f(%rip), %rax
    push %rax
    lretq
1:  int $0x80
    ud2
end compat

/* What guests try with the stub. */
piece scribble /* fill [r12, r12 + rbx) with r13 over and over */
1:  mov %r12, %rdi
    mov %rbx, %rcx
    mov %r13, %rax
    rep stosb
    jmp 1b
end scribble

piece store /* r13d at r12, over and over */
1:  mov %r13d, (%r12)
    jmp 1b
end store

piece forge /* r12: own slot, r13: memory: claim a call without making one, keep running */
1:  incq (%r13)
    movl $100, 4(%r12) /* SLOT_KIND, KIND_CALL */
    xor %eax, %eax
    xchg %eax, (%r12) /* SLOT_TURN */
    incq (%r13)
    jmp 1b
end forge

piece call_loop
1:  mov $39, %eax
    syscall
    jmp 1b
end call_loop

piece raw_call
    syscall
    ud2
end raw_call

piece forged_return /* r12: a frame, r13: the stub's rt_sigreturn instruction */
    lea 8(%r12), %rsp
    mov $15, %eax
    jmp *%r13
end forged_return

    .section .note.GNU-stack, "", @progbits
