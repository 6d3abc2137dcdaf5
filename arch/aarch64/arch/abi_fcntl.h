/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The open(2) flags whose values differ between instruction sets; abi/fcntl.h has the rest.
 *
 * Owner:   arch/aarch64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_ABI_FCNTL_H
#define CLOUDOS_ARCH_ABI_FCNTL_H

#define O_DIRECT    00200000
#define O_LARGEFILE 00400000
#define O_DIRECTORY 00040000
#define O_NOFOLLOW  00100000

#endif /* CLOUDOS_ARCH_ABI_FCNTL_H */
