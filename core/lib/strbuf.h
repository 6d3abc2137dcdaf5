/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that grows in a buffer of fixed size.  What does not fit is cut off and remembered
 * in `truncated`; the text is terminated at any time.
 *
 * Owner:   the caller owns the buffer, which outlives the strbuf.
 * Context: any.
 * Locking: the caller's.
 * Errors:  the `truncated` flag.
 */
#ifndef CLOUDOS_LIB_STRBUF_H
#define CLOUDOS_LIB_STRBUF_H

#include "lib/base.h"

struct strbuf {
    char *buf;
    size_t size; /* of the buffer, at least 1 */
    size_t len;  /* without the terminator */
    bool truncated;
};

void strbuf_init(struct strbuf *sb, char *buf, size_t size);
void strbuf_putc(struct strbuf *sb, char c);
void strbuf_puts(struct strbuf *sb, const char *s);
void strbuf_write(struct strbuf *sb, const void *data, size_t len);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

#endif /* CLOUDOS_LIB_STRBUF_H */
