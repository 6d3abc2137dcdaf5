/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One host instruction each, by x87_thunk_*[(opcode - D8) * 64 + ...]:
 *   reg:   opcode C0+n; ret                              void (void)
 *   flags: the same with EFLAGS loaded and stored        uint64_t (uint64_t)
 *   mem:   opcode /digit on (%rdi)                       void (void *)
 */
#define THUNK_REG_BYTES   4
#define THUNK_FLAGS_BYTES 8
#define THUNK_MEM_BYTES   4

    .text
    .globl x87_thunk_reg, x87_thunk_flags, x87_thunk_mem
    .type x87_thunk_reg, @function
    .type x87_thunk_flags, @function
    .type x87_thunk_mem, @function

    .balign 16
x87_thunk_reg:
    .set opcode, 0xd8
    .rept 8
    .set modrm, 0xc0
    .rept 64
    .byte opcode, modrm
    ret
    .balign THUNK_REG_BYTES, 0xcc
    .set modrm, modrm + 1
    .endr
    .set opcode, opcode + 1
    .endr
    .size x87_thunk_reg, . - x87_thunk_reg

    .balign 16
x87_thunk_flags:
    .set opcode, 0xd8
    .rept 8
    .set modrm, 0xc0
    .rept 64
    push %rdi
    popfq
    .byte opcode, modrm
    pushfq
    pop %rax
    ret
    .balign THUNK_FLAGS_BYTES, 0xcc
    .set modrm, modrm + 1
    .endr
    .set opcode, opcode + 1
    .endr
    .size x87_thunk_flags, . - x87_thunk_flags

    .balign 16
x87_thunk_mem:
    .set opcode, 0xd8
    .rept 8
    .set modrm, 0x07
    .rept 8
    .byte opcode, modrm
    ret
    .balign THUNK_MEM_BYTES, 0xcc
    .set modrm, modrm + 8
    .endr
    .set opcode, opcode + 1
    .endr
    .size x87_thunk_mem, . - x87_thunk_mem

    .section .note.GNU-stack, "", @progbits
