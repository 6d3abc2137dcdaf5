/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to C, and the way of the other CPUs there.
 *
 * PVH and Multiboot2 both enter in 32-bit protected mode without paging, EBX pointing to a
 * description.  Page tables made here map the first 4 GiB as they are; kaslr_start() adds the image
 * and the direct map where they are to be.  They serve until machine_start() has made better ones,
 * and later for the first steps of each further CPU.
 */
#include "bare-metal/x86_64/layout.h"

/* A distance within the image, so that nothing of this needs to be relocated. */
#define PA(symbol) ((symbol) - header + KERNEL_LOAD)

#define MSR_EFER     0xc0000080
#define EFER_SCE     0x001
#define EFER_LME     0x100
#define EFER_NXE     0x800
#define CR0_PE       0x00000001
#define CR0_PG_WP    0x80010000
#define CR4_PAE      0x20
#define PTE_TABLE    0x003 /* present, writable */
#define PTE_LARGE    0x083

    .section .note.Xen, "a", @note
    .balign 4
    .long   4, 4, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz  "Xen"
    .long   PA(boot_pvh)

/* Multiboot2 specification 3.1: entry address, modules on page boundaries. */
    .section .boot.text, "ax"
    .balign 8
header:
    .long   0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
    .balign 8
    .short  3, 0
    .long   12, PA(boot_multiboot)
    .balign 8
    .short  6, 0
    .long   8
    .balign 8
    .short  0, 0
    .long   8
header_end:

    .code32
    .globl  boot_pvh
boot_pvh:
    movl    $BOOT_BY_PVH, %edi
    jmp     enter

    .globl  boot_multiboot
boot_multiboot:
    movl    $BOOT_BY_MULTIBOOT2, %edi
enter:
    cli
    cld
    movl    %ebx, %esi
    movl    $PA(boot_stack_end), %esp
    pushl   %esi
    pushl   %edi

    /* Long mode and no-execute, or nothing works here. */
    movl    $0x80000000, %eax
    cpuid
    cmpl    $0x80000001, %eax
    jb      no_long_mode
    movl    $0x80000001, %eax
    cpuid
    andl    $0x20100000, %edx
    cmpl    $0x20100000, %edx
    jne     no_long_mode

    /* 4 GiB in pages of 2 MiB, and the tables above them. */
    movl    $PA(boot_pd), %edi
    movl    $PTE_LARGE, %eax
1:  movl    %eax, (%edi)
    movl    $0, 4(%edi)
    addl    $8, %edi
    addl    $0x200000, %eax
    jnc     1b
    movl    $PA(boot_pdpt), %edi
    movl    $(PA(boot_pd) + PTE_TABLE), %eax
    movl    $4, %ecx
2:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $4096, %eax
    loop    2b
    movl    $PA(boot_pml4), %edi
    movl    $(PA(boot_pdpt) + PTE_TABLE), (%edi)

    popl    %edi
    popl    %esi
    call    long_mode
    ljmp    $SEL_KERNEL_CODE, $PA(boot_64)

/* Paging and 64-bit mode on; the caller jumps to a 64-bit code segment. */
long_mode:
    movl    %cr4, %eax
    orl     $CR4_PAE, %eax
    movl    %eax, %cr4
    movl    $PA(boot_pml4), %eax
    movl    %eax, %cr3
    movl    $MSR_EFER, %ecx
    rdmsr
    orl     $(EFER_SCE | EFER_LME | EFER_NXE), %eax
    wrmsr
    movl    %cr0, %eax
    orl     $CR0_PG_WP, %eax
    movl    %eax, %cr0
    lgdt    PA(boot_gdt_pointer)
    ret

/* A word on the first serial port and the end. */
no_long_mode:
    movl    $PA(no_long_mode_text), %esi
1:  movw    $0x3fd, %dx
    inb     %dx, %al
    testb   $0x20, %al
    jz      1b
    lodsb
    testb   %al, %al
    jz      2f
    movw    $0x3f8, %dx
    outb    %al, %dx
    jmp     1b
2:  movb    $125, %al
    movw    $0xf4, %dx
    outb    %al, %dx
3:  hlt
    jmp     3b

    .code64
boot_64:
    movw    $SEL_KERNEL_DATA, %ax
    movw    %ax, %ss
    movw    %ax, %ds
    movw    %ax, %es
    xorl    %eax, %eax
    movw    %ax, %fs
    movw    %ax, %gs
    leaq    boot_stack_end(%rip), %rsp
    xorl    %ebp, %ebp
    movl    %edi, %edi
    movl    %esi, %esi
    pushq   %rdi
    pushq   %rsi
    call    kaslr_start
    popq    %rsi
    popq    %rdi
    addq    %rax, %rsp
    leaq    boot_high(%rip), %rcx
    addq    %rax, %rcx
    jmp     *%rcx
boot_high:
    pushq   $0
    call    machine_start
    ud2

/*
 * Copied to a page below 1 MiB, where a CPU starts in real mode with CS pointing to it.  All it
 * uses is in that page, relative to CS or to where it has found itself to be.
 */
    .globl  ap_code, ap_code_end
    .code16
ap_code:
    cli
    cld
    movw    %cs, %ax
    movw    %ax, %ds
    movzwl  %ax, %ebx
    shll    $4, %ebx
    leal    (ap_32 - ap_code)(%ebx), %eax
    movl    %eax, (ap_far - ap_code)
    leal    (ap_gdt - ap_code)(%ebx), %eax
    movl    %eax, (ap_gdt_pointer - ap_code + 2)
    lgdtl   (ap_gdt_pointer - ap_code)
    movl    %cr0, %eax
    orl     $CR0_PE, %eax
    movl    %eax, %cr0
    ljmpl   *(ap_far - ap_code)
    .code32
ap_32:
    movw    $SEL_KERNEL_DATA, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movl    $PA(ap_stack_end), %esp
    movl    $PA(long_mode), %eax
    call    *%eax
    ljmp    $SEL_KERNEL_CODE, $PA(ap_64)
    .balign 4
ap_far:
    .long   0
    .short  0x18 /* 32-bit code in ap_gdt */
    .balign 8
ap_gdt:
    .quad   0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff
ap_gdt_pointer:
    .short  ap_gdt_pointer - ap_gdt - 1
    .long   0
ap_code_end:

    .code64
ap_64:
    jmp     *ap_boot_entry(%rip)
    .globl  ap_high
ap_high:
    movq    ap_boot_stack(%rip), %rsp
    movq    ap_boot_cr3(%rip), %rax
    movq    %rax, %cr3
    xorl    %ebp, %ebp
    movl    ap_boot_cpu(%rip), %edi
    pushq   $0
    call    ap_start
    ud2

    .balign 8
boot_gdt:
    .quad   0
    .quad   0x00af9b000000ffff /* 64-bit code */
    .quad   0x00cf93000000ffff /* data */
boot_gdt_pointer:
    .short  boot_gdt_pointer - boot_gdt - 1
    .long   PA(boot_gdt)
no_long_mode_text:
    .asciz  "cloudos: this processor has no 64-bit mode with no-execute pages\r\n"

    .bss
    .balign 4096
    .globl  boot_pml4, boot_pd
boot_pml4:
    .skip   4096
boot_pdpt:
    .skip   4096
boot_pd:
    .skip   4 * 4096
boot_stack:
    .skip   BOOT_STACK_BYTES
boot_stack_end:
    .skip   64
ap_stack_end:

    .section .note.GNU-stack, "", @progbits
