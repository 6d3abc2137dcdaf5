/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Editing the line that is not complete yet: erase a character, a word, the line; print it
 * again.  lock and out_lock are held.
 */
#include "tty/tty_priv.h"

static uint8_t byte_at(const struct tty *t, uint64_t pos)
{
    return t->in.buf[pos & (TTY_INPUT_BYTES - 1)];
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

static bool is_word_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_' || c >= 0x80;
}

static bool is_tail(const struct tty *t, uint8_t c)
{
    return (t->settings.t.c_iflag & IUTF8) && (c & 0xc0) == 0x80;
}

/* Where the last character of the edited line begins. */
static uint64_t last_char(const struct tty *t)
{
    uint64_t pos = t->in.head - 1;

    while (pos > t->in.canon_head && is_tail(t, byte_at(t, pos)))
        pos--;
    return pos;
}

/* Column after echoing the edited line up to `end`. */
static uint32_t column_at(const struct tty *t, uint64_t end)
{
    uint32_t col = t->in.line_column;

    for (uint64_t pos = t->in.canon_head; pos < end; pos++) {
        uint8_t c = byte_at(t, pos);

        if (c == '\t')
            col = (col | 7) + 1;
        else if (is_control(c))
            col += t->settings.t.c_lflag & ECHOCTL ? 2 : 0;
        else if (!is_tail(t, c))
            col++;
    }
    return col;
}

static void rub_out(struct tty *t, uint64_t begin)
{
    uint8_t c = byte_at(t, begin);

    if (c == '\t') {
        uint32_t columns = column_at(t, begin + 1) - column_at(t, begin);

        while (columns-- > 0)
            ldisc_echo_raw(t, '\b');
        return;
    }
    if (!is_control(c)) {
        ldisc_echo_text(t, "\b \b");
    } else if (t->settings.t.c_lflag & ECHOCTL) {
        ldisc_echo_text(t, "\b \b\b \b");
    }
}

/* Kill without a terminal that can rub out: forget the line and start a new one. */
static void kill_line(struct tty *t)
{
    uint32_t lflag = t->settings.t.c_lflag;

    atomic_store_relaxed(&t->in.head, t->in.canon_head);
    if (!(lflag & ECHO))
        return;
    ldisc_echo(t, t->settings.t.c_cc[VKILL]);
    if (lflag & ECHOK)
        ldisc_echo_raw(t, '\n');
}

void ldisc_erase(struct tty *t, enum ldisc_erase what)
{
    uint32_t lflag = t->settings.t.c_lflag;
    bool in_word = false;

    if (t->in.head == t->in.canon_head)
        return;
    if (what == LDISC_ERASE_LINE &&
        (lflag & (ECHO | ECHOK | ECHOKE | ECHOE)) != (ECHO | ECHOK | ECHOKE | ECHOE)) {
        kill_line(t);
        return;
    }
    while (t->in.head > t->in.canon_head) {
        uint64_t begin = last_char(t);

        if (what == LDISC_ERASE_WORD) {
            if (is_word_char(byte_at(t, begin)))
                in_word = true;
            else if (in_word)
                break;
        }
        if (!(lflag & ECHO))
            ; /* nothing was shown */
        else if (what == LDISC_ERASE_CHAR && !(lflag & ECHOE))
            ldisc_echo(t, t->settings.t.c_cc[VERASE]);
        else
            rub_out(t, begin);
        atomic_store_relaxed(&t->in.head, begin);
        if (what == LDISC_ERASE_CHAR)
            break;
    }
}

void ldisc_reprint(struct tty *t)
{
    ldisc_echo(t, t->settings.t.c_cc[VREPRINT]);
    ldisc_echo_raw(t, '\n');
    t->in.line_column = t->column;
    for (uint64_t pos = t->in.canon_head; pos < t->in.head; pos++)
        ldisc_echo(t, byte_at(t, pos));
}
