/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as a Linux program sees them (signal(7), sigaction(2)); the 64-bit layout that
 * x86-64, AArch64 and RISC-V share.  struct sigaction differs: arch/abi_signal.h.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_SIGNAL_H
#define CLOUDOS_ABI_SIGNAL_H

#include <stdint.h>

#include "arch/abi_signal.h"

/* Hosted code keeps the host's names, which have the same values. */
#if __STDC_HOSTED__
#include <signal.h>
#else
#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPWR    30
#define SIGSYS    31

#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* si_code: who sent it.  Values above 0 come from the kernel only. */
#define SI_USER     0
#define SI_KERNEL   0x80
#define SI_QUEUE    (-1)
#define SI_TIMER    (-2)
#define SI_MESGQ    (-3)
#define SI_ASYNCIO  (-4)
#define SI_SIGIO    (-5)
#define SI_TKILL    (-6)

#define ILL_ILLOPC  1
#define ILL_ILLOPN  2
#define ILL_PRVOPC  5
#define FPE_INTDIV  1
#define FPE_INTOVF  2
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define TRAP_BRKPT  1
#define TRAP_TRACE  2
#define POLL_IN     1
#define POLL_OUT    2
#define POLL_MSG    3
#define POLL_ERR    4
#define POLL_PRI    5
#define POLL_HUP    6

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

#define SS_ONSTACK 1
#define SS_DISABLE 2
#endif

/* What a C library hides or spells in its own way. */
#define ABI_SIGNAL_COUNT   64 /* 1..64 */
#define ABI_SIGRTMIN       32
#define ABI_SIG_DFL        0u
#define ABI_SIG_IGN        1u
#define ABI_SA_RESTORER    0x04000000u
#define ABI_SA_UNSUPPORTED 0x00000400u
#define ABI_SS_AUTODISARM  (1u << 31)
#define ABI_SIGSET_BYTES   8u
#define ABI_SIGINFO_BYTES  128u

/* The bit of a signal in a mask of 64. */
#define ABI_SIGMASK(signo) (UINT64_C(1) << ((signo)-1))

/* siginfo_t. */
struct abi_siginfo {
    int32_t signo, error, code, pad;
    union {
        struct {
            int32_t pid;
            uint32_t uid;
            uint64_t value; /* union sigval; of the rt forms */
        } rt;               /* kill, tkill, sigqueue, mq */
        struct {
            int32_t id, overrun;
            uint64_t value;
        } timer;
        struct {
            int32_t pid;
            uint32_t uid;
            int32_t status, pad;
            int64_t utime, stime; /* clock ticks */
        } child;
        struct {
            uint64_t addr;
            int16_t addr_lsb;
        } fault;
        struct {
            int64_t band;
            int32_t fd;
        } poll;
        struct {
            uint64_t call_addr;
            int32_t nr;
            uint32_t arch;
        } sys;
        uint8_t raw[112];
    };
};
_Static_assert(sizeof(struct abi_siginfo) == ABI_SIGINFO_BYTES, "siginfo_t is 128 bytes");

/* stack_t. */
struct abi_stack {
    uint64_t sp;
    int32_t flags; /* SS_* */
    int32_t pad;
    uint64_t size;
};
_Static_assert(sizeof(struct abi_stack) == 24, "stack_t is 24 bytes");

#endif /* CLOUDOS_ABI_SIGNAL_H */
