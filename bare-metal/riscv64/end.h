/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this machine ends: a test device that takes a status, else the firmware.
 *
 * Owner:   bare-metal/riscv64.
 * Context: boot; machine_end() (common/machine.h) any.
 * Locking: none; constant after boot.
 * Errors:  without the device a status is lost.
 */
#ifndef CLOUDOS_BARE_METAL_RISCV64_END_H
#define CLOUDOS_BARE_METAL_RISCV64_END_H

#include "bare-metal/common/fdt.h"

void machine_end_find(const struct fdt *f);

#endif /* CLOUDOS_BARE_METAL_RISCV64_END_H */
