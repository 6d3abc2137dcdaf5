/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of the stub program: how an exec'd process becomes the zygote.
 *
 * The program is executed at a low address, maps its own image at STUB_TEXT, continues there
 * and unmaps everything else: the low copy, the stack, the vdso.  From then on it has no
 * writable memory at all; this file and mapper.S use registers only.  It then waits for
 * orders like any mapper (mapper.S); the only ones it gets are to clone a stub.
 */
#include "abi.h"
#include "layout.h"

    .text
    .globl text_base
text_base:
    .quad STUB_MAGIC
    .quad fast_entry - text_base
    .quad guest_rest - text_base

    .globl stub_boot
stub_boot:
    mov $STUB_TEXT, %rdi
    mov $STUB_TEXT_SIZE, %esi
    mov $(PROT_READ | PROT_EXEC), %edx
    mov $(MAP_PRIVATE | MAP_FIXED), %r10d
    mov $STUB_FD_IMAGE, %r8d
    mov $STUB_IMAGE_OFFSET, %r9d
    mov $NR_mmap, %eax
    syscall
    mov $STUB_TEXT, %rcx
    cmp %rcx, %rax
    jne stub_exit
    add $(boot_high - text_base), %rcx
    jmp *%rcx

boot_high:
    mov $0x10000, %edi
    mov $STUB_TEXT, %rsi
    sub %rdi, %rsi
    mov $NR_munmap, %eax
    syscall
    /* A host that seals its vdso refuses this one; what stays is above STUB_FLOOR and the
     * filters let no call out of it. */
    mov $(STUB_TEXT + STUB_TEXT_SIZE), %rdi
    mov $STUB_CEILING, %rsi
    sub %rdi, %rsi
    mov $NR_munmap, %eax
    syscall
    mov $STUB_FD_IMAGE, %edi
    mov $NR_close, %eax
    syscall

    mov $NR_rt_sigprocmask, %eax
    xor %edi, %edi /* SIG_BLOCK */
    lea all_signals(%rip), %rsi
    xor %edx, %edx
    mov $8, %r10d
    syscall
    lea handled_signals(%rip), %rbx
1:  movzbl (%rbx), %edi
    test %edi, %edi
    jz 2f
    lea guest_action(%rip), %rsi
    lea kick_action(%rip), %rax
    cmp $STUB_SIG_KICK, %edi
    cmove %rax, %rsi
    mov $NR_rt_sigaction, %eax
    xor %edx, %edx
    mov $8, %r10d
    syscall
    test %rax, %rax
    jnz stub_exit
    inc %rbx
    jmp 1b

2:  mov $PR_SET_NO_NEW_PRIVS, %edi
    mov $1, %esi
    xor %edx, %edx
    xor %r10d, %r10d
    xor %r8d, %r8d
    mov $NR_prctl, %eax
    syscall
    mov $NR_seccomp, %eax
    mov $SECCOMP_SET_FILTER, %edi
    xor %esi, %esi
    lea mapper_program(%rip), %rdx
    syscall
    test %rax, %rax
    jnz stub_exit
    xor %r9d, %r9d /* the zygote's control page is the first of the file */
    jmp stub_start

/*
 * A new process, the zygote or a stub.  r9: file offset of its control page.  It dies with
 * the kernel; the parent is looked at after asking for that, so there is no gap.
 */
    .globl stub_start
stub_start:
    mov $STUB_CONTROL, %rdi
    mov $CONTROL_PAGE, %esi
    mov $PROT_READ, %edx
    mov $(MAP_SHARED | MAP_FIXED), %r10d
    mov $STUB_FD_CONTROL, %r8d
    mov $NR_mmap, %eax
    syscall
    mov $STUB_CONTROL, %rbx
    cmp %rbx, %rax
    jne stub_exit
    mov $NR_prctl, %eax
    mov $PR_SET_PDEATHSIG, %edi
    mov $SIGKILL, %esi
    syscall
    test %rax, %rax
    jnz stub_exit
    mov $NR_getppid, %eax
    syscall
    cmp CONTROL_KERNEL_PID(%rbx), %eax
    jne stub_exit
    jmp mapper_start

    .globl stub_exit
stub_exit:
    mov $NR_exit_group, %eax
    mov $125, %edi
    syscall
    ud2

    .text
    .balign 8
all_signals:
    .quad -1
/* struct sigaction as the kernel takes it: handler, flags, restorer, mask.  The restorer is
 * never used but x86-64 wants one.  Nothing is blocked, so that a task can leave its handler
 * without a call; only the kick's own handler is not interrupted. */
guest_action:
    .quad STUB_TEXT + (guest_signal - text_base)
    .quad 0x4c000004 /* SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_NODEFER */
    .quad STUB_TEXT + (stub_exit - text_base)
    .quad 0
kick_action:
    .quad STUB_TEXT + (guest_signal - text_base)
    .quad 0x0c000004
    .quad STUB_TEXT + (stub_exit - text_base)
    .quad -1
handled_signals: /* SIGILL TRAP BUS FPE kick SEGV SYS */
    .byte 4, 5, 7, 8, STUB_SIG_KICK, 11, 31, 0
