/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf-style formatting into a buffer: %d %i %u %x %X %o %c %s %p %% with the flags
 * `-0+ #`, width, precision (also `*`) and the lengths hh h l ll z t j.  No floating
 * point and no %n; what is not understood is copied.  %pS is the name of the code that a return
 * address belongs to (hal_symbol()), else the address.
 *
 * Owner:   the caller's buffer.
 * Context: any.
 * Locking: none.
 * Errors:  none; returns the length without truncation, as snprintf does.
 */
#ifndef CLOUDOS_LIB_FORMAT_H
#define CLOUDOS_LIB_FORMAT_H

#include "lib/base.h"

int ksnprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

#endif /* CLOUDOS_LIB_FORMAT_H */
