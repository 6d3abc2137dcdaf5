/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct epoll_event, with the natural alignment of its members.
 *
 * Owner:   arch/aarch64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_ABI_EPOLL_H
#define CLOUDOS_ARCH_ABI_EPOLL_H

#include <stdint.h>

struct abi_epoll_event {
    uint32_t events;
    uint64_t data;
};

#endif /* CLOUDOS_ARCH_ABI_EPOLL_H */
