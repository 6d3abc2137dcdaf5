/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output processing of the N_TTY line discipline: OPOST and its friends (termios(3)), and
 * echo, which goes through the same processing.
 *
 * The column is tracked here because erasing a tab and ONOCR need it.  out_lock is held.
 */
#include "tty/tty_priv.h"

#include "lib/string.h"

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

static bool is_utf8_tail(const struct tty *t, uint8_t c)
{
    return (t->settings.t.c_iflag & IUTF8) && (c & 0xc0) == 0x80;
}

static uint8_t to_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static size_t output_newline(struct tty *t, uint32_t oflag, uint8_t out[8])
{
    if (oflag & (ONLCR | ONLRET))
        t->column = 0;
    if (oflag & ONLCR) {
        out[0] = '\r';
        out[1] = '\n';
        return 2;
    }
    out[0] = '\n';
    return 1;
}

static size_t output_return(struct tty *t, uint32_t oflag, uint8_t out[8])
{
    if ((oflag & ONOCR) && t->column == 0)
        return 0;
    out[0] = '\r';
    if (oflag & OCRNL) {
        out[0] = '\n';
        if (!(oflag & ONLRET))
            return 1;
    }
    t->column = 0;
    return 1;
}

static size_t output_tab(struct tty *t, uint32_t oflag, uint8_t out[8])
{
    size_t spaces = 8 - (t->column & 7);

    t->column += (uint32_t)spaces;
    if ((oflag & TABDLY) == XTABS) {
        memset(out, ' ', spaces);
        return spaces;
    }
    out[0] = '\t';
    return 1;
}

/* What `c` becomes; at most 8 bytes. */
static size_t output_char(struct tty *t, uint8_t c, uint8_t out[8])
{
    uint32_t oflag = t->settings.t.c_oflag;

    if (!(oflag & OPOST)) {
        out[0] = c;
        return 1;
    }
    switch (c) {
    case '\n':
        return output_newline(t, oflag, out);
    case '\r':
        return output_return(t, oflag, out);
    case '\t':
        return output_tab(t, oflag, out);
    case '\b':
        if (t->column > 0)
            t->column--;
        break;
    default:
        if (is_control(c))
            break;
        if (oflag & OLCUC)
            c = to_upper(c);
        if (!is_utf8_tail(t, c))
            t->column++;
        break;
    }
    out[0] = c;
    return 1;
}

size_t ldisc_output(struct tty *t, const uint8_t *buf, size_t len)
{
    uint8_t out[TTY_CHUNK_BYTES];
    size_t room = t->driver->room(t, false);
    size_t used = 0, filled = 0;

    while (used < len && room - filled >= 8) {
        if (filled + 8 > sizeof(out)) {
            t->driver->write(t, out, filled);
            room -= filled;
            filled = 0;
        }
        filled += output_char(t, buf[used++], out + filled);
    }
    if (filled)
        t->driver->write(t, out, filled);
    return used;
}

void ldisc_echo_raw(struct tty *t, uint8_t c)
{
    uint8_t out[8];
    size_t n = output_char(t, c, out);

    /* A reader of the other side that does not keep up misses echo, never output. */
    if (n && t->driver->room(t, true) >= n)
        t->driver->write(t, out, n);
}

void ldisc_echo(struct tty *t, uint8_t c)
{
    if ((t->settings.t.c_lflag & ECHOCTL) && is_control(c) && c != '\t') {
        ldisc_echo_raw(t, '^');
        c ^= 0x40;
    }
    ldisc_echo_raw(t, c);
}

void ldisc_echo_text(struct tty *t, const char *s)
{
    while (*s)
        ldisc_echo_raw(t, (uint8_t)*s++);
}
