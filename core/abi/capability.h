/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability numbers and the structures of capget(2).
 *
 * Owner:   abi; from capabilities(7).
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_CAPABILITY_H
#define CLOUDOS_ABI_CAPABILITY_H

#include <stdint.h>

#define CAP_CHOWN              0
#define CAP_DAC_OVERRIDE       1
#define CAP_DAC_READ_SEARCH    2
#define CAP_FOWNER             3
#define CAP_FSETID             4
#define CAP_KILL               5
#define CAP_SETGID             6
#define CAP_SETUID             7
#define CAP_SETPCAP            8
#define CAP_LINUX_IMMUTABLE    9
#define CAP_NET_BIND_SERVICE   10
#define CAP_NET_BROADCAST      11
#define CAP_NET_ADMIN          12
#define CAP_NET_RAW            13
#define CAP_IPC_LOCK           14
#define CAP_IPC_OWNER          15
#define CAP_SYS_MODULE         16
#define CAP_SYS_RAWIO          17
#define CAP_SYS_CHROOT         18
#define CAP_SYS_PTRACE         19
#define CAP_SYS_PACCT          20
#define CAP_SYS_ADMIN          21
#define CAP_SYS_BOOT           22
#define CAP_SYS_NICE           23
#define CAP_SYS_RESOURCE       24
#define CAP_SYS_TIME           25
#define CAP_SYS_TTY_CONFIG     26
#define CAP_MKNOD              27
#define CAP_LEASE              28
#define CAP_AUDIT_WRITE        29
#define CAP_AUDIT_CONTROL      30
#define CAP_SETFCAP            31
#define CAP_MAC_OVERRIDE       32
#define CAP_MAC_ADMIN          33
#define CAP_SYSLOG             34
#define CAP_WAKE_ALARM         35
#define CAP_BLOCK_SUSPEND      36
#define CAP_AUDIT_READ         37
#define CAP_PERFMON            38
#define CAP_BPF                39
#define CAP_CHECKPOINT_RESTORE 40
#define CAP_LAST_CAP           40

#define CAP_BIT(cap) (UINT64_C(1) << (cap))
#define CAP_ALL      (CAP_BIT(CAP_LAST_CAP + 1) - 1)
/* What a process loses when its fsuid leaves 0 (capabilities(7)). */
#define CAP_FS_SET                                                                       \
    (CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_DAC_READ_SEARCH) |     \
     CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_LINUX_IMMUTABLE) |          \
     CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_MAC_OVERRIDE))

#define ABI_CAP_VERSION_1 0x19980330u
#define ABI_CAP_VERSION_2 0x20071026u
#define ABI_CAP_VERSION_3 0x20080522u

struct abi_cap_header {
    uint32_t version;
    int32_t pid;
};

struct abi_cap_data {
    uint32_t effective, permitted, inheritable;
};

#define SECBIT_NOROOT               0x01u
#define SECBIT_NO_SETUID_FIXUP      0x04u
#define SECBIT_KEEP_CAPS            0x10u
#define SECBIT_NO_CAP_AMBIENT_RAISE 0x40u

#endif /* CLOUDOS_ABI_CAPABILITY_H */
