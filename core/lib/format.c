/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting.  The format string is read by format_spec(); each conversion then produces
 * its digits or bytes in `struct piece`, and format_piece() does all of the padding.
 */
#include "lib/format.h"

#include "hal/hal.h"
#include "lib/string.h"

#define DIGITS_MAX   22  /* UINT64_MAX in octal */
#define SYMBOL_BYTES 128 /* of a name with its file and line */

struct out {
    char *buf;
    size_t size;
    size_t len; /* without truncation */
};

struct spec {
    bool left, plus, space, alt, zero;
    int width;
    int precision; /* -1: none given */
    char length;   /* 'H' hh, 'h', 'l' (l, ll, z, t, j: all 64 bits), 0 int */
    char conv;
};

/* [pad] sign_or_prefix [zeros] body [pad] */
struct piece {
    const char *prefix;
    const char *body;
    size_t body_len;
    size_t zeros;
};

static void out_char(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void out_fill(struct out *o, char c, size_t count)
{
    while (count-- > 0)
        out_char(o, c);
}

static void out_bytes(struct out *o, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out_char(o, s[i]);
}

static void format_piece(struct out *o, const struct spec *sp, const struct piece *p)
{
    size_t prefix_len = strlen(p->prefix);
    size_t len = prefix_len + p->zeros + p->body_len;
    size_t pad = sp->width > 0 && (size_t)sp->width > len ? (size_t)sp->width - len : 0;

    if (!sp->left)
        out_fill(o, ' ', pad);
    out_bytes(o, p->prefix, prefix_len);
    out_fill(o, '0', p->zeros);
    out_bytes(o, p->body, p->body_len);
    if (sp->left)
        out_fill(o, ' ', pad);
}

static size_t digits_of(char *end, uint64_t value, unsigned base, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    size_t len = 0;

    for (; value != 0; value /= base)
        end[-(ptrdiff_t)++len] = digits[value % base];
    return len;
}

static void format_number(struct out *o, const struct spec *sp, uint64_t value,
                          unsigned base, const char *prefix)
{
    char buf[DIGITS_MAX];
    struct piece p = {.prefix = prefix};
    size_t min_digits = sp->precision >= 0 ? (size_t)sp->precision : 1;

    p.body_len = digits_of(buf + sizeof(buf), value, base, sp->conv == 'X');
    p.body = buf + sizeof(buf) - p.body_len;
    if (sp->conv == 'o' && sp->alt && min_digits <= p.body_len)
        min_digits = p.body_len + 1;
    if (min_digits > p.body_len)
        p.zeros = min_digits - p.body_len;
    if (sp->zero && !sp->left && sp->precision < 0 && sp->width > 0) {
        size_t len = strlen(prefix) + p.zeros + p.body_len;

        if ((size_t)sp->width > len)
            p.zeros += (size_t)sp->width - len;
    }
    format_piece(o, sp, &p);
}

static int64_t signed_arg(const struct spec *sp, va_list *ap)
{
    switch (sp->length) {
    case 'H':
        return (signed char)va_arg(*ap, int);
    case 'h':
        return (short)va_arg(*ap, int);
    case 'l':
        return va_arg(*ap, int64_t);
    default:
        return va_arg(*ap, int);
    }
}

static uint64_t unsigned_arg(const struct spec *sp, va_list *ap)
{
    switch (sp->length) {
    case 'H':
        return (unsigned char)va_arg(*ap, int);
    case 'h':
        return (unsigned short)va_arg(*ap, int);
    case 'l':
        return va_arg(*ap, uint64_t);
    default:
        return va_arg(*ap, unsigned);
    }
}

static void format_signed(struct out *o, const struct spec *sp, int64_t value)
{
    const char *sign = value < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";

    format_number(o, sp, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, sign);
}

static void format_string(struct out *o, const struct spec *sp, const char *s)
{
    struct piece p = {.prefix = "", .body = s != NULL ? s : "(null)"};

    p.body_len =
        sp->precision >= 0 ? strnlen(p.body, (size_t)sp->precision) : strlen(p.body);
    format_piece(o, sp, &p);
}

static void format_char(struct out *o, const struct spec *sp, char c)
{
    struct piece p = {.prefix = "", .body = &c, .body_len = 1};

    format_piece(o, sp, &p);
}

/* A number in the format string, or `*`. */
static const char *spec_number(const char *f, va_list *ap, int *out)
{
    int value = 0;

    if (*f == '*') {
        *out = va_arg(*ap, int);
        return f + 1;
    }
    for (; *f >= '0' && *f <= '9'; f++)
        value = value * 10 + (*f - '0');
    *out = value;
    return f;
}

static const char *spec_flags(const char *f, struct spec *sp)
{
    for (;; f++) {
        switch (*f) {
        case '-':
            sp->left = true;
            break;
        case '+':
            sp->plus = true;
            break;
        case ' ':
            sp->space = true;
            break;
        case '#':
            sp->alt = true;
            break;
        case '0':
            sp->zero = true;
            break;
        default:
            return f;
        }
    }
}

static const char *spec_length(const char *f, struct spec *sp)
{
    switch (*f) {
    case 'h':
        sp->length = f[1] == 'h' ? 'H' : 'h';
        return f + (f[1] == 'h' ? 2 : 1);
    case 'l':
        sp->length = 'l';
        return f + (f[1] == 'l' ? 2 : 1);
    case 'z':
    case 't':
    case 'j':
        sp->length = 'l';
        return f + 1;
    default:
        return f;
    }
}

/* Read what follows a `%`; returns the first character behind it. */
static const char *format_spec(const char *f, va_list *ap, struct spec *sp)
{
    *sp = (struct spec){.precision = -1};
    f = spec_flags(f, sp);
    f = spec_number(f, ap, &sp->width);
    if (sp->width < 0) {
        sp->left = true;
        sp->width = -sp->width;
    }
    if (*f == '.') {
        f = spec_number(f + 1, ap, &sp->precision);
        if (sp->precision < 0)
            sp->precision = -1;
    }
    f = spec_length(f, sp);
    sp->conv = *f;
    if (f[0] == 'p' && f[1] == 'S')
        sp->conv = *++f;
    return *f != '\0' ? f + 1 : f;
}

static void format_symbol(struct out *o, const struct spec *sp, const void *site)
{
    char name[SYMBOL_BYTES];
    size_t len = hal_symbol((uintptr_t)site, true, name, sizeof(name));

    if (len > 0)
        out_bytes(o, name, len);
    else
        format_number(o, sp, (uintptr_t)site, 16, "0x");
}

/* False: not a conversion that we know. */
static bool format_convert(struct out *o, const struct spec *sp, va_list *ap)
{
    uint64_t u;

    switch (sp->conv) {
    case 'd':
    case 'i':
        format_signed(o, sp, signed_arg(sp, ap));
        return true;
    case 'u':
        format_number(o, sp, unsigned_arg(sp, ap), 10, "");
        return true;
    case 'o':
        format_number(o, sp, unsigned_arg(sp, ap), 8, "");
        return true;
    case 'x':
    case 'X':
        u = unsigned_arg(sp, ap);
        format_number(o, sp, u, 16,
                      !sp->alt || u == 0 ? ""
                      : sp->conv == 'x'  ? "0x"
                                         : "0X");
        return true;
    case 'S':
        format_symbol(o, sp, va_arg(*ap, void *));
        return true;
    case 'p':
        format_number(o, sp, (uintptr_t)va_arg(*ap, void *), 16, "0x");
        return true;
    case 'c':
        format_char(o, sp, (char)va_arg(*ap, int));
        return true;
    case 's':
        format_string(o, sp, va_arg(*ap, const char *));
        return true;
    case '%':
        out_char(o, '%');
        return true;
    default:
        return false;
    }
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct out o = {.buf = buf, .size = size};
    va_list ap;

    va_copy(ap,
            args); /* a va_list parameter may be an array, whose address will not do */
    while (*fmt != '\0') {
        const char *start = fmt;
        struct spec sp;

        if (*fmt++ != '%') {
            out_char(&o, *start);
            continue;
        }
        fmt = format_spec(fmt, &ap, &sp);
        if (!format_convert(&o, &sp, &ap))
            out_bytes(&o, start, (size_t)(fmt - start));
    }
    va_end(ap);
    if (size > 0)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return (int)o.len;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = kvsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return len;
}
