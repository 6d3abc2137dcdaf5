/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two seccomp filters.
 *
 * Both send everything that does not come from the stub's own text to the signal handler:
 * that is how guest calls reach the kernel.  A guest task runs both, so the mapper's may
 * never answer worse than TRAP; in the mapper, which blocks all signals, TRAP is death.
 */
#include "abi.h"
#include "layout.h"

#define RET_TRAP  0x00030000
#define RET_ALLOW 0x7fff0000

/* Offsets in struct seccomp_data. */
#define DATA_NR      0
#define DATA_ARCH    4
#define DATA_IP_LOW  8
#define DATA_IP_HIGH 12
#define DATA_ARG(n)  (16 + 8 * (n))

/* struct sock_filter: code, jump if true, jump if false, operand.  A jump counts instructions,
 * 8 bytes each, from the next one. */
    .macro insn code, k
    .short \code
    .byte 0, 0
    .long \k
    .endm
    .macro jump_if code, k, target
    .short \code
    .byte (\target - .Lnext\@) / 8, 0
    .long \k
.Lnext\@:
    .endm
    .macro jump_unless code, k, target
    .short \code
    .byte 0, (\target - .Lnext\@) / 8
    .long \k
.Lnext\@:
    .endm
    .macro load offset
    insn 0x20, \offset
    .endm
    .macro ret value
    insn 0x06, \value
    .endm
    .macro jeq k, target
    jump_if 0x15, \k, \target
    .endm
    .macro jne k, target
    jump_unless 0x15, \k, \target
    .endm
    .macro jlt k, target
    jump_unless 0x35, \k, \target
    .endm
    .macro jge k, target
    jump_if 0x35, \k, \target
    .endm
    .macro from_stub_text trap
    load DATA_IP_HIGH
    jne (STUB_TEXT >> 32), \trap
    load DATA_IP_LOW
    jlt (STUB_TEXT & 0xffffffff), \trap
    jge ((STUB_TEXT + STUB_TEXT_SIZE) & 0xffffffff), \trap
    load DATA_ARCH
    jne AUDIT_ARCH_X86_64, \trap
    load DATA_NR
    .endm

    .text
    .balign 8
guest_filter:
    from_stub_text guest_filter_trap
    jeq NR_rt_sigreturn, guest_filter_allow
    jeq NR_sched_yield, guest_filter_allow
    jne NR_futex, guest_filter_trap
    load DATA_ARG(1)
    jeq FUTEX_WAIT, guest_filter_allow
    jeq FUTEX_WAKE, guest_filter_allow
guest_filter_trap:
    ret RET_TRAP
guest_filter_allow:
    ret RET_ALLOW
guest_filter_end:

mapper_filter:
    from_stub_text mapper_filter_trap
    jeq NR_rt_sigreturn, mapper_filter_allow
    jeq NR_futex, mapper_filter_allow
    jeq NR_sched_yield, mapper_filter_allow
    jeq NR_mmap, mapper_filter_mmap
    jeq NR_munmap, mapper_filter_allow
    jeq NR_mprotect, mapper_filter_allow
    jeq NR_pwrite64, mapper_filter_allow
    jeq NR_clone, mapper_filter_clone
    jeq NR_prctl, mapper_filter_prctl
    jeq NR_getpid, mapper_filter_allow
    jeq NR_getppid, mapper_filter_allow
    jeq NR_sigaltstack, mapper_filter_allow
    jeq NR_seccomp, mapper_filter_allow
    jeq NR_exit_group, mapper_filter_allow
    ret RET_TRAP
mapper_filter_mmap: /* files only, where the order says */
    load DATA_ARG(3)
    insn 0x54, 0x33 /* and: PRIVATE, SHARED, FIXED, ANONYMOUS */
    jeq (MAP_SHARED | MAP_FIXED), mapper_filter_allow
    ret RET_TRAP
mapper_filter_clone:
    load DATA_ARG(0)
    jeq STUB_CLONE_TASK, mapper_filter_allow
    jeq STUB_CLONE_STUB, mapper_filter_allow
    ret RET_TRAP
mapper_filter_prctl:
    load DATA_ARG(0)
    jeq PR_SET_PDEATHSIG, mapper_filter_allow
mapper_filter_trap:
    ret RET_TRAP
mapper_filter_allow:
    ret RET_ALLOW
mapper_filter_end:

/* struct sock_fprog */
    .globl guest_program, mapper_program
    .balign 8
guest_program:
    .quad (guest_filter_end - guest_filter) / 8
    .quad STUB_TEXT + (guest_filter - text_base)
mapper_program:
    .quad (mapper_filter_end - mapper_filter) / 8
    .quad STUB_TEXT + (mapper_filter - text_base)
