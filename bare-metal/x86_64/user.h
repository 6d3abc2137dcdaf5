/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that user programs may have.
 *
 * Owner:   bare-metal/x86_64.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_USER_H
#define CLOUDOS_BARE_METAL_X86_64_USER_H

#define USER_MIN UINT64_C(0x10000)
/* The last page is left out: SYSCALL at its end would return to a non-canonical address. */
#define USER_MAX UINT64_C(0x00007ffffffff000)

#endif /* CLOUDOS_BARE_METAL_X86_64_USER_H */
