/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input processing of the N_TTY line discipline (termios(3), POSIX 11.1): what a byte from
 * the keyboard does.
 *
 * The order matters and is that of POSIX and Linux: mapping of the eighth bit and case, the
 * quoting character, flow control, signals, CR and NL, line editing in canonical mode, and
 * only then the byte is data.
 */
#include "tty/tty_priv.h"

#include "abi/poll.h"
#include "abi/signal.h"
#include "lib/string.h"

static bool is_char(const struct tty *t, uint8_t c, unsigned which)
{
    return c != 0 && c == t->settings.t.c_cc[which];
}

static bool local(const struct tty *t, uint32_t flag)
{
    return (t->settings.t.c_lflag & flag) != 0;
}

static bool in_flag(const struct tty *t, uint32_t flag)
{
    return (t->settings.t.c_iflag & flag) != 0;
}

static uint64_t used(const struct tty *t)
{
    return atomic_load_relaxed(&t->in.head) - atomic_load_relaxed(&t->in.tail);
}

/* In canonical mode without a complete line input is always taken: what does not fit is
 * dropped, else the end of the line could never arrive. */
bool ldisc_has_room(const struct tty *t)
{
    if (local(t, ICANON) &&
        atomic_load_relaxed(&t->in.canon_head) == atomic_load_relaxed(&t->in.tail))
        return true;
    return used(t) + 2 <= TTY_INPUT_BYTES;
}

static void bell(struct tty *t)
{
    if (in_flag(t, IMAXBEL))
        ldisc_echo_raw(t, '\a');
}

static void set_delim(struct tty *t, uint64_t pos, bool on)
{
    uint64_t bit = pos & (TTY_INPUT_BYTES - 1);

    if (on)
        t->in.delim[bit / 64] |= BIT(bit % 64);
    else
        t->in.delim[bit / 64] &= ~BIT(bit % 64);
}

static bool put(struct tty *t, uint8_t c, bool delim)
{
    uint64_t head = t->in.head;
    uint64_t keep = local(t, ICANON) && !delim ? 1 : 0;

    if (used(t) + keep >= TTY_INPUT_BYTES) {
        bell(t);
        return false;
    }
    t->in.buf[head & (TTY_INPUT_BYTES - 1)] = c;
    set_delim(t, head, delim);
    atomic_store_release(&t->in.head, head + 1);
    return true;
}

static void put_data(struct tty *t, uint8_t c)
{
    if (c == 0xff && in_flag(t, PARMRK) && !in_flag(t, ISTRIP))
        put(t, c, false);
    put(t, c, false);
}

static void echo_data(struct tty *t, uint8_t c)
{
    if (!local(t, ECHO))
        return;
    if (t->in.head == t->in.canon_head)
        t->in.line_column = t->column;
    if (c == '\n')
        ldisc_echo_raw(t, c);
    else
        ldisc_echo(t, c);
}

static void complete_line(struct tty *t, uint8_t c)
{
    if (!put(t, c, true))
        return;
    atomic_store_release(&t->in.canon_head, t->in.head);
}

void ldisc_flush_input_locked(struct tty *t)
{
    atomic_store_relaxed(&t->in.tail, t->in.head);
    atomic_store_relaxed(&t->in.canon_head, t->in.head);
    t->in.literal_next = false;
    t->driver->unthrottle(t);
    if (t->driver->packet)
        t->driver->packet(t, TIOCPKT_FLUSHREAD);
}

void ldisc_settings_changed_locked(struct tty *t, const struct abi_termios *old)
{
    const struct abi_termios *now = &t->settings.t;

    if ((old->c_lflag ^ now->c_lflag) & ICANON) {
        memset(t->in.delim, 0, sizeof(t->in.delim));
        /* What was typed before canonical mode counts as one line. */
        if ((now->c_lflag & ICANON) && t->in.head != t->in.tail)
            set_delim(t, t->in.head - 1, true);
        atomic_store_relaxed(&t->in.canon_head, t->in.head);
        t->in.literal_next = false;
    }
    if (!(now->c_iflag & IXON) && (old->c_iflag & IXON))
        tty_flow_start_locked(t);
    wait_wake(&t->read_wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

/* The echo comes before the signal, so that it precedes what the program's end makes the shell
 * write. */
static void signal_char(struct tty *t, int signo, uint8_t c)
{
    if (!local(t, NOFLSH)) {
        t->driver->flush_output(t);
        if (t->driver->packet)
            t->driver->packet(t, TIOCPKT_FLUSHWRITE);
        ldisc_flush_input_locked(t);
    }
    if (in_flag(t, IXON))
        tty_flow_start_locked(t);
    if (local(t, ECHO))
        ldisc_echo(t, c);
    tty_job_signal_foreground(t, signo);
}

static bool try_signal(struct tty *t, uint8_t c)
{
    int signo = 0;

    if (!local(t, ISIG))
        return false;
    if (is_char(t, c, VINTR))
        signo = SIGINT;
    else if (is_char(t, c, VQUIT))
        signo = SIGQUIT;
    else if (is_char(t, c, VSUSP))
        signo = SIGTSTP;
    if (signo == 0)
        return false;
    signal_char(t, signo, c);
    return true;
}

static bool try_flow(struct tty *t, uint8_t c)
{
    bool start, stop;

    if (!in_flag(t, IXON))
        return false;
    start = is_char(t, c, VSTART);
    stop = is_char(t, c, VSTOP);
    if (start || stop) {
        /* One character for both toggles. */
        if (stop && !(start && t->stopped))
            tty_flow_stop_locked(t);
        else
            tty_flow_start_locked(t);
        return true;
    }
    if (t->stopped && in_flag(t, IXANY))
        tty_flow_start_locked(t);
    return false;
}

/* Characters that edit; true: `c` was one. */
static bool try_edit(struct tty *t, uint8_t c)
{
    bool extended = local(t, IEXTEN);

    if (is_char(t, c, VERASE)) {
        ldisc_erase(t, LDISC_ERASE_CHAR);
    } else if (is_char(t, c, VKILL)) {
        ldisc_erase(t, LDISC_ERASE_LINE);
    } else if (extended && is_char(t, c, VWERASE)) {
        ldisc_erase(t, LDISC_ERASE_WORD);
    } else if (extended && is_char(t, c, VLNEXT)) {
        t->in.literal_next = true;
        if (local(t, ECHO) && local(t, ECHOCTL))
            ldisc_echo_text(t, "^\b");
    } else if (extended && local(t, ECHO) && is_char(t, c, VREPRINT)) {
        ldisc_reprint(t);
    } else {
        return false;
    }
    return true;
}

/* Characters that end a line. */
static bool try_line_end(struct tty *t, uint8_t c)
{
    if (c == '\n') {
        if (local(t, ECHO | ECHONL))
            ldisc_echo_raw(t, '\n');
    } else if (is_char(t, c, VEOF)) {
        c = 0;
    } else if (is_char(t, c, VEOL) || (local(t, IEXTEN) && is_char(t, c, VEOL2))) {
        echo_data(t, c);
    } else {
        return false;
    }
    complete_line(t, c);
    return true;
}

static void receive_char(struct tty *t, uint8_t c)
{
    if (in_flag(t, ISTRIP))
        c &= 0x7f;
    if (in_flag(t, IUCLC) && local(t, IEXTEN) && c >= 'A' && c <= 'Z')
        c = (uint8_t)(c - 'A' + 'a');
    if (t->in.literal_next) {
        t->in.literal_next = false;
        echo_data(t, c);
        put_data(t, c);
        return;
    }
    if (try_flow(t, c) || try_signal(t, c))
        return;
    if (c == '\r') {
        if (in_flag(t, IGNCR))
            return;
        if (in_flag(t, ICRNL))
            c = '\n';
    } else if (c == '\n' && in_flag(t, INLCR)) {
        c = '\r';
    }
    if (local(t, ICANON) && (try_edit(t, c) || try_line_end(t, c)))
        return;
    echo_data(t, c);
    put_data(t, c);
}

size_t ldisc_receive(struct tty *t, const uint8_t *buf, size_t len)
{
    size_t i = 0;

    mutex_lock(&t->out_lock);
    while (i < len && ldisc_has_room(t))
        receive_char(t, buf[i++]);
    mutex_unlock(&t->out_lock);
    if (ldisc_readable(t, 1))
        wait_wake(&t->read_wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
    return i;
}
