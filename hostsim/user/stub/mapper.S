/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapper: the first task of a stub and the only one whose filter lets it map memory.
 *
 * It shares its address space with hostile code, so nothing that code can write may steer
 * it: it has no stack, all signals are blocked, its state is in registers and its orders come
 * from the control page, which no task of the stub can write.  An order is a list of system
 * calls to make as they stand.  It reports through pwrite on a descriptor that only its own
 * filter allows, so a report cannot be forged.
 *
 * rbx control page, rbp kind of the entry, r12 number of the last order, r13 entry, r14 entries
 * left.
 */
#include "abi.h"
#include "layout.h"

    .text
    .globl mapper_start
mapper_start:
    mov $STUB_CONTROL, %rbx
    xor %r12d, %r12d

mapper_wait:
    mov CONTROL_MAPPER_SPIN(%rbx), %ecx
1:  cmp %r12d, CONTROL_SEQ(%rbx)
    jne mapper_order
    sub $1, %ecx
    jle 2f
    pause
    jmp 1b
2:  lea CONTROL_SEQ(%rbx), %rdi
    mov $FUTEX_WAIT, %esi
    mov %r12d, %edx
    xor %r10d, %r10d
    mov $NR_futex, %eax
    syscall
    cmp %r12d, CONTROL_SEQ(%rbx)
    je 2b

mapper_order:
    mov CONTROL_SEQ(%rbx), %r12d
    lea CONTROL_ENTRIES(%rbx), %r13
    mov CONTROL_COUNT(%rbx), %r14d
mapper_entry:
    sub $1, %r14d
    jl mapper_release
    mov ENTRY_KIND(%r13), %ebp /* a cloned child must not look: the page may have moved on */
    cmp $ENTRY_PUT_PID, %ebp
    je mapper_put_pid
    mov ENTRY_NR(%r13), %eax
    mov ENTRY_ARGS+0(%r13), %rdi
    mov ENTRY_ARGS+8(%r13), %rsi
    mov ENTRY_ARGS+16(%r13), %rdx
    mov ENTRY_ARGS+24(%r13), %r10
    mov ENTRY_ARGS+32(%r13), %r8
    mov ENTRY_ARGS+40(%r13), %r9
    syscall
    cmp $-4096, %rax
    ja mapper_failed
    test %rax, %rax
    jnz mapper_next
    cmp $ENTRY_TASK, %ebp
    je guest_start /* the child: rsp is its slot */
    cmp $ENTRY_STUB, %ebp
    je stub_start /* the child: r9 is its control page's offset */
mapper_next:
    add $CONTROL_ENTRY_SIZE, %r13
    jmp mapper_entry

mapper_put_pid:
    mov $NR_getpid, %eax
    syscall
    mov ENTRY_ARGS(%r13), %rdi
    mov %eax, (%rdi)
    jmp mapper_next

mapper_release:
    mov CONTROL_RELEASE(%rbx), %r15
    test %r15, %r15
    jz mapper_report
    mov $TURN_GUEST, %eax
    xchg %eax, SLOT_TURN(%r15)
    cmpl $0, SLOT_GUEST_SLEEPS(%r15)
    je mapper_report
    lea SLOT_TURN(%r15), %rdi
    mov $FUTEX_WAKE, %esi
    mov $2, %edx /* the kernel may sleep on the same word */
    mov $NR_futex, %eax
    syscall

mapper_report:
    lea CONTROL_SEQ(%rbx), %rsi
    jmp 1f
mapper_failed:
    neg %eax
    lea mapper_errors(%rip), %rsi
    and $127, %eax
    lea (%rsi,%rax,4), %rsi
1:  mov $STUB_FD_DONE, %edi
    mov $4, %edx
    mov CONTROL_DONE_OFFSET(%rbx), %r10
    mov $NR_pwrite64, %eax
    syscall
    cmpl $0, CONTROL_WAITING(%rbx)
    je mapper_wait
    lea CONTROL_DONE(%rbx), %rdi
    mov $FUTEX_WAKE, %esi
    mov $1, %edx
    mov $NR_futex, %eax
    syscall
    jmp mapper_wait

    .text
    .balign 4
mapper_errors:
    .set errno, 0
    .rept 128
    .long DONE_FAILED | errno
    .set errno, errno + 1
    .endr
