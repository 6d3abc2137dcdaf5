/* SPDX-License-Identifier: BSD-2-Clause */
/* The third argument of ioctl(2) and fcntl(2), whose meaning is up to the command. */
#include "syscall/strace_priv.h"

#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/termios.h"
#include "vm/ucopy.h"

static void put_termios(struct strbuf *sb, const struct abi_termios *s)
{
    strbuf_printf(sb, "{c_iflag=%#x, c_oflag=%#x, c_cflag=%#x, c_lflag=%#x", s->c_iflag,
                  s->c_oflag, s->c_cflag, s->c_lflag);
    strbuf_printf(sb, " %sopost %sisig %sicanon %secho ...}",
                  s->c_oflag & OPOST ? "" : "-", s->c_lflag & ISIG ? "" : "-",
                  s->c_lflag & ICANON ? "" : "-", s->c_lflag & ECHO ? "" : "-");
}

bool strace_put_ioctl(const struct strace_call *c, uint64_t va)
{
    struct abi_termios s;
    struct abi_winsize w;
    int32_t v;

    if (c->after && c->result < 0)
        return false;
    switch ((uint32_t)c->a[1]) {
    case TCGETS:
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        if (copy_from_user(&s, va, sizeof(s)))
            return false;
        put_termios(c->sb, &s);
        return true;
    case TIOCGWINSZ:
    case TIOCSWINSZ:
        if (copy_from_user(&w, va, sizeof(w)))
            return false;
        strbuf_printf(c->sb, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}",
                      w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel);
        return true;
    case TIOCGPGRP:
    case TIOCSPGRP:
    case TIOCGSID:
    case TIOCGPTN:
    case TIOCSPTLCK:
    case FIONREAD:
    case FIONBIO:
    case TIOCOUTQ:
        if (copy_from_user(&v, va, sizeof(v)))
            return false;
        strbuf_printf(c->sb, "[%d]", v);
        return true;
    default:
        return false;
    }
}

static bool put_lock(struct strbuf *sb, uint64_t va)
{
    struct abi_flock l;

    if (copy_from_user(&l, va, sizeof(l)))
        return false;
    strbuf_puts(sb, "{l_type=");
    strace_put_enum(sb, SYS_SET_LOCK_TYPE, (uint16_t)l.l_type);
    strbuf_puts(sb, ", l_whence=");
    strace_put_enum(sb, SYS_SET_WHENCE, (uint16_t)l.l_whence);
    strbuf_printf(sb, ", l_start=%lld, l_len=%lld}", (long long)l.l_start,
                  (long long)l.l_len);
    return true;
}

bool strace_put_fcntl(const struct strace_call *c, uint64_t arg)
{
    switch ((uint32_t)c->a[1]) {
    case F_SETFD:
        strace_put_flags(c->sb, SYS_SET_FD_FLAGS, (uint32_t)arg);
        return true;
    case F_SETFL:
        strace_put_open_flags(c->sb, (uint32_t)arg);
        return true;
    case F_SETSIG:
        strace_put_signal(c->sb, (uint32_t)arg);
        return true;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return put_lock(c->sb, arg);
    default:
        return false;
    }
}
