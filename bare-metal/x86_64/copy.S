/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying and filling, in the kernel and between it and a program.
 *
 * Short pieces go word by word: string instructions take long to start, and a translating machine
 * takes each of their steps for a block of its own.  Long ones are theirs.
 */
#define SHORT_BYTES 1024

    .text

/* ---- user memory ---- */

.macro fixup at, to
    .section .fixups, "a"
    .long   \at - ., \to - .
    .text
.endm

/* uint64_t user_copy(void *dst, const void *src, size_t len): bytes left when an access faulted */
    .globl  user_copy
    .type   user_copy, @function
    .balign 16
user_copy:
    movq    %rdx, %rcx
    cmpq    $SHORT_BYTES, %rcx
    ja      5f
1:  cmpq    $32, %rcx
    jb      2f
11: movq    (%rsi), %rax
12: movq    8(%rsi), %rdx
13: movq    16(%rsi), %r8
14: movq    24(%rsi), %r9
15: movq    %rax, (%rdi)
16: movq    %rdx, 8(%rdi)
17: movq    %r8, 16(%rdi)
18: movq    %r9, 24(%rdi)
    addq    $32, %rsi
    addq    $32, %rdi
    subq    $32, %rcx
    jmp     1b
2:  cmpq    $8, %rcx
    jb      3f
21: movq    (%rsi), %rax
22: movq    %rax, (%rdi)
    addq    $8, %rsi
    addq    $8, %rdi
    subq    $8, %rcx
    jmp     2b
    /* Also from where words faulted: they may be good up to the end of the page. */
3:  testq   %rcx, %rcx
    jz      4f
31: movb    (%rsi), %al
32: movb    %al, (%rdi)
    incq    %rsi
    incq    %rdi
    decq    %rcx
    jmp     3b
4:  movq    %rcx, %rax
    ret
5:  andl    $7, %edx
    shrq    $3, %rcx
51: rep movsq
    movl    %edx, %ecx
    jmp     3b
6:  leaq    (%rdx, %rcx, 8), %rcx
    jmp     3b
    fixup   11b, 3b
    fixup   12b, 3b
    fixup   13b, 3b
    fixup   14b, 3b
    fixup   15b, 3b
    fixup   16b, 3b
    fixup   17b, 3b
    fixup   18b, 3b
    fixup   21b, 3b
    fixup   22b, 3b
    fixup   31b, 4b
    fixup   32b, 4b
    fixup   51b, 6b
    .size   user_copy, . - user_copy

/* int user_cmpxchg(uint32_t *at, uint32_t *expected, uint32_t desired): 0, -1 if it faulted */
    .globl  user_cmpxchg
    .type   user_cmpxchg, @function
    .balign 16
user_cmpxchg:
    movl    (%rsi), %eax
1:  lock cmpxchgl %edx, (%rdi)
    movl    %eax, (%rsi)
    xorl    %eax, %eax
    ret
2:  movl    $-1, %eax
    ret
    fixup   1b, 2b
    .size   user_cmpxchg, . - user_cmpxchg

/* bool load_if_mapped(const uint64_t *at, uint64_t *out) */
    .globl  load_if_mapped
    .type   load_if_mapped, @function
    .balign 16
load_if_mapped:
1:  movq    (%rdi), %rax
    movq    %rax, (%rsi)
    movl    $1, %eax
    ret
2:  xorl    %eax, %eax
    ret
    fixup   1b, 2b
    .size   load_if_mapped, . - load_if_mapped

/* ---- memory of the kernel ---- */

    .globl  memcpy
    .type   memcpy, @function
    .balign 16
memcpy:
    movq    %rdi, %rax
    cmpq    $SHORT_BYTES, %rdx
    ja      4f
1:  cmpq    $32, %rdx
    jb      2f
    movq    (%rsi), %rcx
    movq    8(%rsi), %r8
    movq    16(%rsi), %r9
    movq    24(%rsi), %r10
    movq    %rcx, (%rdi)
    movq    %r8, 8(%rdi)
    movq    %r9, 16(%rdi)
    movq    %r10, 24(%rdi)
    addq    $32, %rsi
    addq    $32, %rdi
    subq    $32, %rdx
    jmp     1b
2:  cmpq    $8, %rdx
    jb      3f
    movq    (%rsi), %rcx
    movq    %rcx, (%rdi)
    addq    $8, %rsi
    addq    $8, %rdi
    subq    $8, %rdx
    jmp     2b
3:  testq   %rdx, %rdx
    jz      5f
    movb    (%rsi), %cl
    movb    %cl, (%rdi)
    incq    %rsi
    incq    %rdi
    decq    %rdx
    jmp     3b
4:  movq    %rdx, %rcx
    andl    $7, %edx
    shrq    $3, %rcx
    rep movsq
    jmp     3b
5:  ret
    .size   memcpy, . - memcpy

    .globl  memset
    .type   memset, @function
    .balign 16
memset:
    movq    %rdi, %r8
    movzbl  %sil, %eax
    movabsq $0x0101010101010101, %rcx
    imulq   %rcx, %rax
    cmpq    $SHORT_BYTES, %rdx
    ja      4f
1:  cmpq    $32, %rdx
    jb      2f
    movq    %rax, (%rdi)
    movq    %rax, 8(%rdi)
    movq    %rax, 16(%rdi)
    movq    %rax, 24(%rdi)
    addq    $32, %rdi
    subq    $32, %rdx
    jmp     1b
2:  cmpq    $8, %rdx
    jb      3f
    movq    %rax, (%rdi)
    addq    $8, %rdi
    subq    $8, %rdx
    jmp     2b
3:  testq   %rdx, %rdx
    jz      5f
    movb    %al, (%rdi)
    incq    %rdi
    decq    %rdx
    jmp     3b
4:  movq    %rdx, %rcx
    andl    $7, %edx
    shrq    $3, %rcx
    rep stosq
    jmp     3b
5:  movq    %r8, %rax
    ret
    .size   memset, . - memset

    .section .note.GNU-stack, "", @progbits
