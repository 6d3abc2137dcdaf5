/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children: wait4(2), waitid(2), and the wait status.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_WAIT_H
#define CLOUDOS_ABI_WAIT_H

#if __STDC_HOSTED__
#include <sys/wait.h>
#else
#define WNOHANG    0x00000001
#define WUNTRACED  0x00000002
#define WSTOPPED   WUNTRACED
#define WEXITED    0x00000004
#define WCONTINUED 0x00000008
#define WNOWAIT    0x01000000
#endif

#define ABI_WNOTHREAD 0x20000000
#define ABI_WALL      0x40000000
#define ABI_WCLONE    0x80000000u

#define ABI_P_ALL   0
#define ABI_P_PID   1
#define ABI_P_PGID  2
#define ABI_P_PIDFD 3

/* The wait status. */
#define ABI_STATUS_EXIT(code)  (((code)&0xff) << 8)
#define ABI_STATUS_SIGNAL(sig) ((sig)&0x7f)
#define ABI_STATUS_CORE        0x80
#define ABI_STATUS_STOP(sig)   (((sig) << 8) | 0x7f)
#define ABI_STATUS_CONTINUED   0xffff

#endif /* CLOUDOS_ABI_WAIT_H */
