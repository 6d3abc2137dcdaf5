/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What guest tasks run between guest code and the kernel: the start of a task, the signal
 * handler, the fast path of patched call sites, and the wait for the turn in between.
 *
 * Guest code can jump to any of these instructions with registers of its choice, and can
 * write the slots.  Nothing here may hence do more than guest code could by itself; the only
 * calls that the filter lets a guest task make are futex wait and wake, sched_yield, and
 * rt_sigreturn.
 *
 * No stack is used.  rbx is the slot; the slot of a signal is found by masking rsp.
 */
#include "abi.h"
#include "layout.h"

#define R8     (SLOT_REGS + 0)
#define R9     (SLOT_REGS + 8)
#define R10    (SLOT_REGS + 16)
#define R11    (SLOT_REGS + 24)
#define R12    (SLOT_REGS + 32)
#define R13    (SLOT_REGS + 40)
#define R14    (SLOT_REGS + 48)
#define R15    (SLOT_REGS + 56)
#define RDI    (SLOT_REGS + 64)
#define RSI    (SLOT_REGS + 72)
#define RBP    (SLOT_REGS + 80)
#define RBX    (SLOT_REGS + 88)
#define RDX    (SLOT_REGS + 96)
#define RAX    (SLOT_REGS + 104)
#define RCX    (SLOT_REGS + 112)
#define RSP    (SLOT_REGS + 120)
#define RIP    (SLOT_REGS + 128)
#define RFLAGS (SLOT_REGS + 136)

#define GUEST_ORDER_YIELDS 16 /* then the mapper has other things to do: sleep */

    .text
/*
 * A new guest task; rsp is its slot, signals are blocked, the filter is still the mapper's.
 * No branch here depends on memory that guest code can write.
 */
    .globl guest_start
guest_start:
    mov %rsp, %rbx
    lea SLOT_STACK(%rbx), %rdi
    xor %esi, %esi
    mov $NR_sigaltstack, %eax
    syscall
    mov $NR_seccomp, %eax
    mov $SECCOMP_SET_FILTER, %edi
    xor %esi, %esi
    lea guest_program(%rip), %rdx
    syscall
    test %rax, %rax
    jnz stub_exit
    jmp guest_wait

/* Signal handler: rdi number, rdx ucontext, rsp the frame.  The kick may come in between; while
 * it is handled all signals are blocked. */
    .balign 64
    .globl guest_signal
guest_signal:
    mov %rsp, %rbx
    and $-SLOT_SIZE, %rbx
    cmp $STUB_SIG_KICK, %edi
    je guest_kick
guest_signal_hand_over:
    rdfsbase %rax
    mov %rax, SLOT_FS(%rbx)
    rdgsbase %rax
    mov %rax, SLOT_GS(%rbx)
    mov %rsp, %rax
    sub %rbx, %rax
    mov %eax, SLOT_FRAME_OFFSET(%rbx)
    mov %edi, SLOT_KIND(%rbx)

/* Give the turn to the kernel, wait until it comes back, do what the kernel says. */
guest_hand_over:
    mov $TURN_KERNEL, %eax
    xchg %eax, SLOT_TURN(%rbx)
    cmpl $0, SLOT_KERNEL_SLEEPS(%rbx)
    jne guest_wake_kernel
guest_wait:
    mov $STUB_CONTROL, %r8
    mov CONTROL_YIELD(%r8), %r9d
    mov CONTROL_SPIN(%r8), %ecx
1:  mov SLOT_TURN(%rbx), %edx
    cmp $TURN_GUEST, %edx
    je guest_turn
    cmp $TURN_KERNEL, %edx
    jne 3f
    pause
    sub $1, %ecx
    jg 1b
2:  sub $1, %r9d
    jl guest_sleep
    mov $NR_sched_yield, %eax
    syscall
    mov SLOT_TURN(%rbx), %edx
    cmp $TURN_GUEST, %edx
    je guest_turn
    cmp $TURN_KERNEL, %edx
    je 2b
3:  cmp $TURN_ORDER, %edx
    jne guest_sleep

/* The mapper lives on this core: waking it from here costs no interrupt to another one.  The
 * order follows the turn, so the first call may come too early. */
    mov $GUEST_ORDER_YIELDS, %r9d
4:  lea CONTROL_SEQ(%r8), %rdi
    mov $FUTEX_WAKE, %esi
    mov $1, %edx
    mov $NR_futex, %eax
    syscall
    mov $NR_sched_yield, %eax
    syscall
    mov SLOT_TURN(%rbx), %edx
    cmp $TURN_GUEST, %edx
    je guest_turn
    cmp $TURN_ORDER, %edx
    jne guest_wait
    sub $1, %r9d
    jg 4b

guest_sleep:
    movl $1, SLOT_GUEST_SLEEPS(%rbx)
    mfence
5:  mov SLOT_TURN(%rbx), %edx
    cmp $TURN_GUEST, %edx
    je 6f
    lea SLOT_TURN(%rbx), %rdi
    mov $FUTEX_WAIT, %esi
    xor %r10d, %r10d
    mov $NR_futex, %eax
    syscall
/* Nothing but rdi, which the host shows to the kernel, says from here on what the task does: so
 * the kernel can tell a task that may serve another program (slot_rests() in slot.c). */
    .globl guest_rest
guest_rest:
    lea -SLOT_TURN(%rdi), %rbx
    jmp 5b
6:  movl $0, SLOT_GUEST_SLEEPS(%rbx)

guest_turn:
    mov SLOT_COMMAND(%rbx), %ecx
    test $(COMMAND_FS | COMMAND_GS), %ecx
    jnz guest_bases
1:  and $COMMAND_MASK, %ecx
    cmp $COMMAND_REGS, %ecx
    je guest_regs
    cmp $COMMAND_FRAME, %ecx
    je guest_frame
    cmp $COMMAND_VECTOR, %ecx
    je guest_vector
    cmp $COMMAND_SAVE_FPU, %ecx
    je guest_save_fpu
    jmp guest_return

guest_wake_kernel:
    lea SLOT_TURN(%rbx), %rdi
    mov $FUTEX_WAKE, %esi
    mov $1, %edx
    mov $NR_futex, %eax
    syscall
    jmp guest_wait

guest_bases:
    test $COMMAND_FS, %ecx
    jz 2f
    mov SLOT_SET_FS(%rbx), %rax
    wrfsbase %rax
2:  test $COMMAND_GS, %ecx
    jz 1b
    mov SLOT_SET_GS(%rbx), %rax
    wrgsbase %rax
    jmp 1b

guest_save_fpu:
    mov SLOT_XSAVE_MASK(%rbx), %eax
    mov SLOT_XSAVE_MASK+4(%rbx), %edx
    xsave64 SLOT_XSAVE(%rbx)
    movl $KIND_FPU, SLOT_KIND(%rbx)
    jmp guest_hand_over

/* The host gave the handler an initial vector state; the program's is in the frame. */
guest_vector:
    mov SLOT_FRAME_OFFSET(%rbx), %eax
    mov FRAME_FPSTATE(%rbx,%rax), %rcx
    mov SLOT_XSAVE_MASK(%rbx), %eax
    mov SLOT_XSAVE_MASK+4(%rbx), %edx
    xrstor64 (%rcx)
    jmp guest_regs

guest_kicked:
    movl $0, SLOT_KICKED(%rbx)
    movl $KIND_KICKED, SLOT_KIND(%rbx)
    jmp guest_hand_over

/*
 * Ways out.  A kick between the look at SLOT_KICKED and the last instruction would be lost:
 * guest_kick sends the task back to the beginning of the way out, so each must be repeatable.
 */
guest_frame:
guest_frame_begin:
    cmpl $0, SLOT_KICKED(%rbx)
    jne guest_kicked
    lea (SLOT_FRAME + 8)(%rbx), %rsp
    mov $NR_rt_sigreturn, %eax
    syscall
guest_frame_end:
    ud2

guest_return:
guest_return_begin:
    cmpl $0, SLOT_KICKED(%rbx)
    jne guest_kicked
    mov SLOT_FRAME_OFFSET(%rbx), %eax
    lea 8(%rbx,%rax), %rsp /* what `ret` from a handler leaves */
    mov $NR_rt_sigreturn, %eax
    syscall
guest_return_end:
    ud2

    .balign 64
guest_regs:
guest_regs_begin:
    rdgsbase %rbx
    cmpl $0, SLOT_KICKED(%rbx)
    jne guest_kicked
    lea RFLAGS(%rbx), %rsp
    mov R8(%rbx), %r8
    mov R9(%rbx), %r9
    mov R10(%rbx), %r10
    mov R11(%rbx), %r11
    mov R12(%rbx), %r12
    mov R13(%rbx), %r13
    mov R14(%rbx), %r14
    mov R15(%rbx), %r15
    mov RDI(%rbx), %rdi
    mov RSI(%rbx), %rsi
    mov RBP(%rbx), %rbp
    mov RDX(%rbx), %rdx
    mov SLOT_RESULT(%rbx), %rax
    mov RCX(%rbx), %rcx
    mov RBX(%rbx), %rbx
    popfq
    mov %gs:RSP, %rsp
    jmp *%gs:RIP
guest_regs_end:

/*
 * The kick.  In guest code: hand over.  In the stub or a trampoline: the task is about to
 * hand over anyway, or about to leave; leave a note and repeat the way out from its start.
 */
guest_kick:
    mov FRAME_RIP_FROM_UCONTEXT(%rdx), %rax
    mov %rax, %rcx
    sub $STUB_LOW, %rcx
    cmp $STUB_LOW_SIZE, %rcx
    jb 3f
    mov $STUB_TEXT, %r8
    sub %r8, %rax
    cmp $STUB_TEXT_SIZE, %rax
    jae guest_signal_hand_over
    lea -(guest_regs_begin - text_base)(%rax), %rcx
    cmp $(guest_regs_end - guest_regs_begin), %rcx
    jae 1f
    lea guest_regs_begin(%rip), %r8
    jmp 2f
1:  lea -(guest_frame_begin - text_base)(%rax), %rcx
    cmp $(guest_frame_end - guest_frame_begin), %rcx
    jae 4f
    lea guest_frame_begin(%rip), %r8
    jmp 2f
4:  lea -(guest_return_begin - text_base)(%rax), %rcx
    cmp $(guest_return_end - guest_return_begin), %rcx
    jae 3f
    lea guest_return_begin(%rip), %r8
2:  mov %r8, FRAME_RIP_FROM_UCONTEXT(%rdx)
3:  movl $1, SLOT_KICKED(%rbx)
    lea 8(%rsp), %rsp
    mov $NR_rt_sigreturn, %eax
    syscall
    ud2

/*
 * A patched call site came through its trampoline: rcx return address, rax number, GS base
 * the slot; everything else is the guest's, the red zone below rsp included.
 */
    .balign 64
    .globl fast_entry
fast_entry:
    mov %rsp, %gs:RSP
    rdgsbase %rsp
    lea (RFLAGS + 8)(%rsp), %rsp
    pushfq
    mov %rbx, %gs:RBX
    rdgsbase %rbx
    mov %r8, R8(%rbx)
    mov %r9, R9(%rbx)
    mov %r10, R10(%rbx)
    mov %r12, R12(%rbx)
    mov %r13, R13(%rbx)
    mov %r14, R14(%rbx)
    mov %r15, R15(%rbx)
    mov %rdi, RDI(%rbx)
    mov %rsi, RSI(%rbx)
    mov %rbp, RBP(%rbx)
    mov %rdx, RDX(%rbx)
    mov %rax, RAX(%rbx)
    mov %rcx, RCX(%rbx)
    mov %rcx, RIP(%rbx)
    mov RFLAGS(%rbx), %rax
    mov %rax, R11(%rbx)
    rdfsbase %rax
    mov %rax, SLOT_FS(%rbx)
    mov %rbx, SLOT_GS(%rbx)
    movl $KIND_CALL, SLOT_KIND(%rbx)
    jmp guest_hand_over
