/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32C (Castagnoli), RFC 3720 B.4: reflected polynomial 0x82f63b78.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_LIB_CRC_H
#define CLOUDOS_LIB_CRC_H

#include "lib/base.h"

/* The checksum of `data` appended to what `crc` is the checksum of; 0 to begin with. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif /* CLOUDOS_LIB_CRC_H */
