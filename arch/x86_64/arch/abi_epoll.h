/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct epoll_event: x86-64 packs it, as i386 laid it out.
 *
 * Owner:   arch/x86_64.
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
} __attribute__((packed));

#endif /* CLOUDOS_ARCH_ABI_EPOLL_H */
