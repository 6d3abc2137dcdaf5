/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct sigaction as rt_sigaction(2) passes it.  It has room for a restorer, which C libraries
 * do not use: a handler returns through the code that abi/user.h gives to the core.
 *
 * Owner:   arch/aarch64; every arch/<isa> has these names.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_ABI_SIGNAL_H
#define CLOUDOS_ARCH_ABI_SIGNAL_H

#include <stdint.h>

struct abi_sigaction {
    uint64_t handler; /* user address, ABI_SIG_DFL or ABI_SIG_IGN */
    uint64_t flags;   /* SA_* */
    uint64_t restorer;
    uint64_t mask;
};

#define ABI_SIGACTION_BYTES 32u /* what programs pass of it */

#endif /* CLOUDOS_ARCH_ABI_SIGNAL_H */
