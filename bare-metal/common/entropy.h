/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bytes from what the machine could gather: ChaCha20 (RFC 8439 2.3) over a key that
 * each request replaces, so that what has been given out does not tell what was before.
 *
 * Owner:   common; machines without an instruction for it use this.
 * Context: any.
 * Locking: one lock of its own, interrupts masked.
 * Errors:  none; how unpredictable it is depends on what was added.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_ENTROPY_H
#define CLOUDOS_BARE_METAL_COMMON_ENTROPY_H

#include "lib/base.h"

/* Stir `len` bytes in. */
void entropy_add(const void *bytes, size_t len);
void entropy_fill(void *buf, size_t len);

#endif /* CLOUDOS_BARE_METAL_COMMON_ENTROPY_H */
