/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in a buffer of fixed size.  Always: len < size and buf[len] == 0. */
#include "lib/strbuf.h"

#include "lib/format.h"
#include "lib/string.h"

void strbuf_init(struct strbuf *sb, char *buf, size_t size)
{
    kassert(size > 0);
    *sb = (struct strbuf){.buf = buf, .size = size};
    buf[0] = '\0';
}

void strbuf_write(struct strbuf *sb, const void *data, size_t len)
{
    size_t room = sb->size - 1 - sb->len;

    if (len > room) {
        sb->truncated = true;
        len = room;
    }
    memcpy(sb->buf + sb->len, data, len);
    sb->len += len;
    sb->buf[sb->len] = '\0';
}

void strbuf_putc(struct strbuf *sb, char c)
{
    strbuf_write(sb, &c, 1);
}

void strbuf_puts(struct strbuf *sb, const char *s)
{
    strbuf_write(sb, s, strlen(s));
}

void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
    size_t room = sb->size - sb->len;
    size_t len = (size_t)kvsnprintf(sb->buf + sb->len, room, fmt, ap);

    if (len >= room) {
        sb->truncated = true;
        len = room - 1;
    }
    sb->len += len;
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    strbuf_vprintf(sb, fmt, ap);
    va_end(ap);
}
