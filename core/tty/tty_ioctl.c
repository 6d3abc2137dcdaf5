/* SPDX-License-Identifier: BSD-2-Clause */
/* ioctl_tty(2): settings, window size, queues, flow control. */
#include "tty/tty_priv.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "vm/ucopy.h"

/* ---- settings ---- */

static const uint32_t low_bauds[16] = {0,   50,   75,   110,  134,  150,  200,   300,
                                       600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
static const uint32_t high_bauds[16] = {
    0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
    1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

static uint32_t baud_of(uint32_t cflag, uint32_t other)
{
    uint32_t code = cflag & CBAUD;

    if (code == BOTHER)
        return other;
    return code & BOTHER ? high_bauds[code & 15] : low_bauds[code & 15];
}

static bool has_usual_flow(const struct abi_termios *s)
{
    return (s->c_iflag & IXON) && s->c_cc[VSTOP] == 0x13 && s->c_cc[VSTART] == 0x11;
}

static uint32_t keep_bits(uint32_t now, uint32_t old, uint32_t locked)
{
    return (now & ~locked) | (old & locked);
}

/* TIOCSLCKTRMIOS: what is locked keeps its old value. */
static void keep_locked(struct abi_termios *now, const struct abi_termios *old,
                        const struct abi_termios *locked)
{
    now->c_iflag = keep_bits(now->c_iflag, old->c_iflag, locked->c_iflag);
    now->c_oflag = keep_bits(now->c_oflag, old->c_oflag, locked->c_oflag);
    now->c_cflag = keep_bits(now->c_cflag, old->c_cflag, locked->c_cflag);
    now->c_lflag = keep_bits(now->c_lflag, old->c_lflag, locked->c_lflag);
    for (size_t i = 0; i < ARRAY_SIZE(now->c_cc); i++) {
        if (locked->c_cc[i])
            now->c_cc[i] = old->c_cc[i];
    }
}

static void apply_settings(struct tty *t, const struct abi_termios2 *s, bool flush)
{
    struct abi_termios old;
    uint8_t event = 0;

    mutex_lock(&t->lock);
    if (flush)
        ldisc_flush_input_locked(t);
    mutex_lock(&t->out_lock);
    old = t->settings.t;
    t->settings = *s;
    keep_locked(&t->settings.t, &old, &t->locked);
    t->settings.t.c_line = ABI_N_TTY;
    t->settings.t.c_cflag = (t->settings.t.c_cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
    t->settings.c_ispeed = baud_of(t->settings.t.c_cflag, s->c_ispeed);
    t->settings.c_ospeed = baud_of(t->settings.t.c_cflag, s->c_ospeed);
    mutex_unlock(&t->out_lock);
    ldisc_settings_changed_locked(t, &old);
    if (has_usual_flow(&old) != has_usual_flow(&t->settings.t))
        event = has_usual_flow(&old) ? TIOCPKT_NOSTOP : TIOCPKT_DOSTOP;
    if (event && t->driver->packet)
        t->driver->packet(t, event);
    mutex_unlock(&t->lock);
}

static int get_termio(struct abi_termios2 *s, uint64_t arg)
{
    struct abi_termio old;

    if (copy_from_user(&old, arg, sizeof(old)))
        return -EFAULT;
    s->t.c_iflag = (s->t.c_iflag & 0xffff0000u) | old.c_iflag;
    s->t.c_oflag = (s->t.c_oflag & 0xffff0000u) | old.c_oflag;
    s->t.c_cflag = (s->t.c_cflag & 0xffff0000u) | old.c_cflag;
    s->t.c_lflag = (s->t.c_lflag & 0xffff0000u) | old.c_lflag;
    memcpy(s->t.c_cc, old.c_cc, sizeof(old.c_cc));
    return 0;
}

static int put_termio(const struct abi_termios2 *s, uint64_t arg)
{
    struct abi_termio old = {
        .c_iflag = (uint16_t)s->t.c_iflag,
        .c_oflag = (uint16_t)s->t.c_oflag,
        .c_cflag = (uint16_t)s->t.c_cflag,
        .c_lflag = (uint16_t)s->t.c_lflag,
        .c_line = s->t.c_line,
    };

    memcpy(old.c_cc, s->t.c_cc, sizeof(old.c_cc));
    return copy_to_user(arg, &old, sizeof(old));
}

static int64_t set_settings(struct tty *t, uint32_t cmd, uint64_t arg)
{
    struct abi_termios2 s;
    bool flush = cmd == TCSETSF || cmd == TCSETSF2 || cmd == TCSETAF;
    int err = tty_job_check(t, SIGTTOU);

    if (err)
        return err;
    mutex_lock(&t->lock);
    s = t->settings;
    mutex_unlock(&t->lock);
    if (cmd == TCSETA || cmd == TCSETAW || cmd == TCSETAF)
        err = get_termio(&s, arg);
    else if (cmd == TCSETS || cmd == TCSETSW || cmd == TCSETSF)
        err = copy_from_user(&s.t, arg, sizeof(s.t));
    else
        err = copy_from_user(&s, arg, sizeof(s));
    if (err)
        return err;
    /* Output leaves at once, so that the W and F forms have nothing to wait for. */
    apply_settings(t, &s, flush);
    return 0;
}

static int64_t get_settings(struct tty *t, uint32_t cmd, uint64_t arg)
{
    struct abi_termios2 s;

    mutex_lock(&t->lock);
    s = t->settings;
    mutex_unlock(&t->lock);
    if (cmd == TCGETA)
        return put_termio(&s, arg);
    return copy_to_user(arg, &s, cmd == TCGETS ? sizeof(s.t) : sizeof(s));
}

static int64_t lock_settings(struct tty *t, uint64_t arg)
{
    struct tty_caller who;
    struct abi_termios s;

    tty_job_caller(&who);
    if (!who.admin)
        return -EPERM;
    if (copy_from_user(&s, arg, sizeof(s)))
        return -EFAULT;
    mutex_lock(&t->lock);
    t->locked = s;
    mutex_unlock(&t->lock);
    return 0;
}

static int64_t get_locked(struct tty *t, uint64_t arg)
{
    struct abi_termios s;

    mutex_lock(&t->lock);
    s = t->locked;
    mutex_unlock(&t->lock);
    return copy_to_user(arg, &s, sizeof(s));
}

static int64_t set_winsize(struct tty *t, uint64_t arg)
{
    struct abi_winsize w;

    if (copy_from_user(&w, arg, sizeof(w)))
        return -EFAULT;
    mutex_lock(&t->lock);
    tty_resize_locked(t, &w);
    mutex_unlock(&t->lock);
    return 0;
}

static int64_t get_winsize(struct tty *t, uint64_t arg)
{
    struct abi_winsize w;

    mutex_lock(&t->lock);
    w = t->winsize;
    mutex_unlock(&t->lock);
    return copy_to_user(arg, &w, sizeof(w));
}

int64_t tty_mode_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg)
{
    switch (cmd) {
    case TCGETS:
    case TCGETS2:
    case TCGETA:
        return get_settings(t, cmd, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return set_settings(t, cmd, arg);
    case TIOCGLCKTRMIOS:
        return get_locked(t, arg);
    case TIOCSLCKTRMIOS:
        return lock_settings(t, arg);
    case TIOCGWINSZ:
        return get_winsize(t, arg);
    case TIOCSWINSZ:
        return set_winsize(t, arg);
    default:
        return tty_job_ioctl(t, f, cmd, arg);
    }
}

/* ---- queues and flow ---- */

static int64_t flush_queues(struct tty *t, uint64_t which)
{
    int err = tty_job_check(t, SIGTTOU);

    if (err)
        return err;
    if (which > TCIOFLUSH)
        return -EINVAL;
    mutex_lock(&t->lock);
    if (which != TCOFLUSH)
        ldisc_flush_input_locked(t);
    if (which != TCIFLUSH) {
        mutex_lock(&t->out_lock);
        t->driver->flush_output(t);
        mutex_unlock(&t->out_lock);
        if (t->driver->packet)
            t->driver->packet(t, TIOCPKT_FLUSHWRITE);
    }
    mutex_unlock(&t->lock);
    wait_wake(&t->write_wait, UINT32_MAX, UINT32_MAX);
    return 0;
}

static int64_t flow_control(struct tty *t, uint64_t what)
{
    int err = tty_job_check(t, SIGTTOU);
    uint8_t c;

    if (err)
        return err;
    if (what > TCION)
        return -EINVAL;
    mutex_lock(&t->lock);
    if (what == TCOOFF) {
        tty_flow_stop_locked(t);
    } else if (what == TCOON) {
        tty_flow_start_locked(t);
    } else {
        c = t->settings.t.c_cc[what == TCIOFF ? VSTOP : VSTART];
        mutex_lock(&t->out_lock);
        if (c && t->driver->room(t, true))
            t->driver->write(t, &c, 1);
        mutex_unlock(&t->out_lock);
    }
    mutex_unlock(&t->lock);
    return 0;
}

/* As if somebody had typed the byte. */
static int64_t fake_input(struct tty *t, uint64_t arg)
{
    struct tty_caller who;
    uint8_t c;

    tty_job_caller(&who);
    if (who.tty != t && !who.admin)
        return -EPERM;
    if (copy_from_user(&c, arg, 1))
        return -EFAULT;
    mutex_lock(&t->lock);
    (void)ldisc_receive(t, &c, 1);
    mutex_unlock(&t->lock);
    return 0;
}

static int64_t put_int(uint64_t arg, int32_t v)
{
    return copy_to_user(arg, &v, sizeof(v));
}

static int64_t queue_ioctl(struct tty *t, uint32_t cmd, uint64_t arg)
{
    int64_t n;

    mutex_lock(&t->lock);
    if (cmd == FIONREAD) {
        n = (int64_t)ldisc_input_bytes_locked(t);
    } else {
        mutex_lock(&t->out_lock);
        n = (int64_t)t->driver->queued(t);
        mutex_unlock(&t->out_lock);
    }
    mutex_unlock(&t->lock);
    return put_int(arg, (int32_t)n);
}

static int64_t set_exclusive(struct tty *t, bool on)
{
    mutex_lock(&t->lock);
    t->exclusive = on;
    mutex_unlock(&t->lock);
    return 0;
}

static int64_t set_discipline(uint64_t arg)
{
    int32_t n;

    if (copy_from_user(&n, arg, sizeof(n)))
        return -EFAULT;
    return n == ABI_N_TTY ? 0 : -EINVAL;
}

static int64_t hangup_ioctl(struct tty *t)
{
    struct tty_caller who;

    tty_job_caller(&who);
    if (!who.admin)
        return -EPERM;
    tty_hangup(t);
    return 0;
}

int64_t tty_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
    struct tty_file *tf = f->priv;
    struct tty *t = tf->tty;

    if (tty_file_hung(tf))
        return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
    switch (cmd) {
    case FIONREAD:
    case TIOCOUTQ:
        return queue_ioctl(t, cmd, arg);
    case TCFLSH:
        return flush_queues(t, arg);
    case TCXONC:
        return flow_control(t, arg);
    case TCSBRK:
    case TCSBRKP:
    case TIOCSBRK:
    case TIOCCBRK:
        return tty_job_check(t, SIGTTOU); /* there is no line to hold low */
    case TIOCSTI:
        return fake_input(t, arg);
    case TIOCEXCL:
    case TIOCNXCL:
        return set_exclusive(t, cmd == TIOCEXCL);
    case TIOCGEXCL:
        return put_int(arg, t->exclusive);
    case TIOCGETD:
        return put_int(arg, ABI_N_TTY);
    case TIOCSETD:
        return set_discipline(arg);
    case TIOCGDEV:
        return put_int(arg, (int32_t)t->rdev);
    case TIOCVHANGUP:
        return hangup_ioctl(t);
    default:
        return tty_mode_ioctl(t, f, cmd, arg);
    }
}
