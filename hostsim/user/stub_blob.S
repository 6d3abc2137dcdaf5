/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub program, an ELF file, as data; STUB_FILE names it. */
    .section .rodata
    .balign 4096
    .globl native_stub_begin, native_stub_end
native_stub_begin:
    .incbin STUB_FILE
native_stub_end:

    .section .note.GNU-stack, "", @progbits
