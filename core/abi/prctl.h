/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prctl(2) options, securebits and the arch_prctl(2) codes that the core knows of.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_PRCTL_H
#define CLOUDOS_ABI_PRCTL_H

#if __STDC_HOSTED__
#include <sys/prctl.h>
#else
#define PR_SET_PDEATHSIG       1
#define PR_GET_PDEATHSIG       2
#define PR_GET_DUMPABLE        3
#define PR_SET_DUMPABLE        4
#define PR_GET_KEEPCAPS        7
#define PR_SET_KEEPCAPS        8
#define PR_GET_TIMING          13
#define PR_SET_TIMING          14
#define PR_SET_NAME            15
#define PR_GET_NAME            16
#define PR_GET_SECCOMP         21
#define PR_SET_SECCOMP         22
#define PR_CAPBSET_READ        23
#define PR_CAPBSET_DROP        24
#define PR_GET_TSC             25
#define PR_SET_TSC             26
#define PR_GET_SECUREBITS      27
#define PR_SET_SECUREBITS      28
#define PR_SET_TIMERSLACK      29
#define PR_GET_TIMERSLACK      30
#define PR_SET_MM              35
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS    38
#define PR_GET_NO_NEW_PRIVS    39
#define PR_GET_TID_ADDRESS     40
#define PR_SET_THP_DISABLE     41
#define PR_GET_THP_DISABLE     42
#define PR_CAP_AMBIENT         47
#define PR_SET_VMA             0x53564d41

#define PR_CAP_AMBIENT_IS_SET    1
#define PR_CAP_AMBIENT_RAISE     2
#define PR_CAP_AMBIENT_LOWER     3
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

#define ABI_SECBIT_NOROOT                 0x01u
#define ABI_SECBIT_NOROOT_LOCKED          0x02u
#define ABI_SECBIT_NO_SETUID_FIXUP        0x04u
#define ABI_SECBIT_NO_SETUID_FIXUP_LOCKED 0x08u
#define ABI_SECBIT_KEEP_CAPS              0x10u
#define ABI_SECBIT_KEEP_CAPS_LOCKED       0x20u
#define ABI_SECBIT_NO_AMBIENT             0x40u
#define ABI_SECBIT_NO_AMBIENT_LOCKED      0x80u
#define ABI_SECBIT_ALL                    0xffu
#define ABI_SECBIT_LOCKS                  0xaau

#endif /* CLOUDOS_ABI_PRCTL_H */
