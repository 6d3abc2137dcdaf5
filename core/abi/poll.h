/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll(2), select(2) and epoll(7).
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_POLL_H
#define CLOUDOS_ABI_POLL_H

#include <stdint.h>

#include "arch/abi_epoll.h"

/* POLL* and EPOLL* have the same values. */
#define EPOLLIN        0x00000001u
#define EPOLLPRI       0x00000002u
#define EPOLLOUT       0x00000004u
#define EPOLLERR       0x00000008u
#define EPOLLHUP       0x00000010u
#define EPOLLNVAL      0x00000020u
#define EPOLLRDNORM    0x00000040u
#define EPOLLRDBAND    0x00000080u
#define EPOLLWRNORM    0x00000100u
#define EPOLLWRBAND    0x00000200u
#define EPOLLMSG       0x00000400u
#define EPOLLRDHUP     0x00002000u
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET        (1u << 31)

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

struct abi_pollfd {
    int32_t fd;
    int16_t events, revents;
};

/* select(2): sets of 1024 descriptors or fewer, in words of 64. */
#define ABI_FD_SETSIZE 1024

#endif /* CLOUDOS_ABI_POLL_H */
