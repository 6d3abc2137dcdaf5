/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clone(2) and clone3(2): flags and arguments.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_SCHED_CLONE_H
#define CLOUDOS_ABI_SCHED_CLONE_H

#include <stdint.h>

#define ABI_CLONE_SIGNAL_MASK    UINT64_C(0x000000ff)
#define ABI_CLONE_VM             UINT64_C(0x00000100)
#define ABI_CLONE_FS             UINT64_C(0x00000200)
#define ABI_CLONE_FILES          UINT64_C(0x00000400)
#define ABI_CLONE_SIGHAND        UINT64_C(0x00000800)
#define ABI_CLONE_PIDFD          UINT64_C(0x00001000)
#define ABI_CLONE_PTRACE         UINT64_C(0x00002000)
#define ABI_CLONE_VFORK          UINT64_C(0x00004000)
#define ABI_CLONE_PARENT         UINT64_C(0x00008000)
#define ABI_CLONE_THREAD         UINT64_C(0x00010000)
#define ABI_CLONE_NEWNS          UINT64_C(0x00020000)
#define ABI_CLONE_SYSVSEM        UINT64_C(0x00040000)
#define ABI_CLONE_SETTLS         UINT64_C(0x00080000)
#define ABI_CLONE_PARENT_SETTID  UINT64_C(0x00100000)
#define ABI_CLONE_CHILD_CLEARTID UINT64_C(0x00200000)
#define ABI_CLONE_DETACHED       UINT64_C(0x00400000)
#define ABI_CLONE_UNTRACED       UINT64_C(0x00800000)
#define ABI_CLONE_CHILD_SETTID   UINT64_C(0x01000000)
#define ABI_CLONE_NEWCGROUP      UINT64_C(0x02000000)
#define ABI_CLONE_NEWUTS         UINT64_C(0x04000000)
#define ABI_CLONE_NEWIPC         UINT64_C(0x08000000)
#define ABI_CLONE_NEWUSER        UINT64_C(0x10000000)
#define ABI_CLONE_NEWPID         UINT64_C(0x20000000)
#define ABI_CLONE_NEWNET         UINT64_C(0x40000000)
#define ABI_CLONE_IO             UINT64_C(0x80000000)
#define ABI_CLONE_CLEAR_SIGHAND  UINT64_C(0x100000000)
#define ABI_CLONE_INTO_CGROUP    UINT64_C(0x200000000)

/* struct clone_args of clone3(2); later fields must be zero. */
struct abi_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
    uint64_t stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};
#define ABI_CLONE_ARGS_V0 64u /* bytes: up to and including tls */
#define ABI_CLONE_ARGS_V2 88u
_Static_assert(sizeof(struct abi_clone_args) == ABI_CLONE_ARGS_V2, "struct clone_args");

#endif /* CLOUDOS_ABI_SCHED_CLONE_H */
