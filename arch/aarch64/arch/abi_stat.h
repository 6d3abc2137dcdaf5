/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct stat as aarch64 programs know it: the generic layout.
 *
 * Owner:   arch/aarch64; every arch/<isa> has `struct abi_stat` and what fills it.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ARCH_ABI_STAT_H
#define CLOUDOS_ARCH_ABI_STAT_H

#include "abi/stat_generic.h"

#endif /* CLOUDOS_ARCH_ABI_STAT_H */
