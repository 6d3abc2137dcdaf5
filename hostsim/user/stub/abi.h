/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few numbers of the host's x86-64 ABI that the stub's assembly needs.
 *
 * Owner:   hostsim/user/stub.
 * Context: assembly.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_STUB_ABI_H
#define CLOUDOS_HOSTSIM_USER_STUB_ABI_H

#define NR_mmap           9
#define NR_mprotect       10
#define NR_munmap         11
#define NR_close          3
#define NR_rt_sigaction   13
#define NR_rt_sigprocmask 14
#define NR_rt_sigreturn   15
#define NR_pwrite64       18
#define NR_sched_yield    24
#define NR_getpid         39
#define NR_clone          56
#define NR_exit_group     231
#define NR_getppid        110
#define NR_sigaltstack    131
#define NR_prctl          157
#define NR_futex          202
#define NR_seccomp        317

#define PROT_READ           1
#define PROT_EXEC           4
#define MAP_SHARED          1
#define MAP_PRIVATE         2
#define MAP_FIXED           0x10
#define FUTEX_WAIT          0
#define FUTEX_WAKE          1
#define PR_SET_PDEATHSIG    1
#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_SET_FILTER  1
#define SIGKILL             9
#define AUDIT_ARCH_X86_64   0xc000003e

/* struct rt_sigframe: return address, struct ucontext, siginfo. */
#define FRAME_RIP_FROM_UCONTEXT (40 + 128)
#define FRAME_FPSTATE           (8 + 40 + 184)

#endif /* CLOUDOS_HOSTSIM_USER_STUB_ABI_H */
