/* SPDX-License-Identifier: BSD-2-Clause */
/* Pseudo-terminals: closing either side, packet mode, back-pressure, settings. */
#include "fixture.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "abi/signal.h"

static int64_t request(struct file *f, uint32_t cmd, const void *arg)
{
    return f->ops->ioctl(f, cmd, (uint64_t)(uintptr_t)arg);
}

static void a_master_without_a_slave_hangs_up(void **state)
{
    struct pair p;
    char c;

    (void)state;
    pair_open(&p);
    put_bytes(p.slave, "last", 4);
    file_put(p.slave);
    p.slave = NULL;
    assert_true(file_poll(p.master, NULL) & EPOLLHUP);
    expect_read(p.master, "last"); /* what was written is still there */
    assert_int_equal(get_bytes(p.master, &c, 1), -EIO);
    assert_int_equal(put_bytes(p.master, "x", 1), -EIO);
    p.slave = pair_open_slave(&p);
    assert_false(file_poll(p.master, NULL) & EPOLLHUP);
    assert_int_equal(get_bytes(p.master, &c, 1), -EAGAIN);
    pair_close(&p);
}

static void a_slave_without_a_master_is_hung_up(void **state)
{
    struct pair p;
    char c;

    (void)state;
    pair_open(&p);
    put_bytes(p.master, "never read\r", 11);
    p.tty->session = 10;
    file_put(p.master);
    p.master = NULL;
    assert_int_equal(job_last.signo, SIGCONT); /* after SIGHUP */
    assert_int_equal(job_last.count, 2);
    assert_int_equal(get_bytes(p.slave, &c, 1), 0);
    assert_int_equal(put_bytes(p.slave, "x", 1), -EIO);
    assert_int_equal(request(p.slave, TCGETS, NULL), -EIO);
    assert_true(file_poll(p.slave, NULL) & EPOLLHUP);
    pair_close(&p);
}

static void a_locked_slave_cannot_be_opened(void **state)
{
    struct tty *t;
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(pty_slave_get(p.tty->rdev, &t), -EIO);
    assert_int_equal(request(p.master, TIOCSPTLCK, &(int){0}), 0);
    assert_int_equal(pty_slave_get(p.tty->rdev, &t), 0);
    assert_ptr_equal(t, p.tty);
    tty_put(t);
    pair_close(&p);
    assert_int_equal(pty_slave_get(TTY_RDEV(136, 0), &t), -ENXIO);
}

static void numbers_are_reused_when_both_sides_are_gone(void **state)
{
    struct pair a, b, c;

    (void)state;
    pair_open(&a);
    pair_open(&b);
    assert_int_not_equal(a.pty->index, b.pty->index);
    uint32_t number = a.pty->index;
    pair_close(&a);
    pair_open(&c);
    assert_int_equal(c.pty->index, number);
    pair_close(&b);
    pair_close(&c);
}

static void a_writer_waits_for_the_reader_and_echo_has_room(void **state)
{
    static char block[20000];
    struct pair p;
    int64_t n;

    (void)state;
    pair_open(&p);
    memset(block, 'o', sizeof(block));
    n = put_bytes(p.slave, block, sizeof(block));
    assert_in_range(n, 10000, PTY_RING_BYTES - 1);
    assert_false(file_poll(p.slave, NULL) & EPOLLOUT);
    assert_int_equal(put_bytes(p.slave, "x", 1), -EAGAIN);
    put_bytes(p.master, "typed", 5);
    assert_int_equal(get_bytes(p.master, block, sizeof(block)), n + 5);
    assert_memory_equal(block + n, "typed", 5);
    assert_true(file_poll(p.slave, NULL) & EPOLLOUT);
    pair_close(&p);
}

static void packet_mode_tells_what_happened(void **state)
{
    struct pair p;
    char buf[16];

    (void)state;
    pair_open(&p);
    p.tty->pgrp = job_caller.pgid;
    assert_int_equal(request(p.master, TIOCPKT, &(int){1}), 0);
    put_bytes(p.slave, "hi", 2);
    assert_int_equal(get_bytes(p.master, buf, sizeof(buf)), 3);
    assert_memory_equal(buf, "\0hi", 3);
    request(p.slave, TCXONC, (void *)(uintptr_t)TCOOFF);
    assert_true(file_poll(p.master, NULL) & EPOLLPRI);
    assert_int_equal(get_bytes(p.master, buf, sizeof(buf)), 1);
    assert_int_equal(buf[0], TIOCPKT_STOP);
    request(p.slave, TCXONC, (void *)(uintptr_t)TCOON);
    assert_int_equal(get_bytes(p.master, buf, sizeof(buf)), 1);
    assert_int_equal(buf[0], TIOCPKT_START);
    request(p.slave, TCFLSH, (void *)(uintptr_t)TCIOFLUSH);
    assert_int_equal(get_bytes(p.master, buf, sizeof(buf)), 1);
    assert_int_equal(buf[0], TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
    pair_close(&p);
}

static void size_changes_signal_the_foreground_once(void **state)
{
    struct abi_winsize w = {.ws_row = 24, .ws_col = 80}, got;
    struct pair p;

    (void)state;
    pair_open(&p);
    p.tty->pgrp = 42;
    assert_int_equal(request(p.master, TIOCSWINSZ, &w), 0);
    assert_int_equal(job_last.signo, SIGWINCH);
    assert_int_equal(request(p.master, TIOCSWINSZ, &w), 0);
    assert_int_equal(job_last.count, 1);
    assert_int_equal(request(p.slave, TIOCGWINSZ, &got), 0);
    assert_memory_equal(&w, &got, sizeof(w));
    pair_close(&p);
}

static void settings_round_trip_and_bad_addresses_fault(void **state)
{
    struct abi_termios s;
    struct pair p;
    int n = 0;

    (void)state;
    pair_open(&p);
    assert_int_equal(request(p.slave, TCGETS, &s), 0);
    assert_true(s.c_lflag & ICANON);
    s.c_lflag &= ~(ICANON | ECHO);
    assert_int_equal(request(p.slave, TCSETSF, &s), 0);
    put_bytes(p.master, "x", 1);
    assert_int_equal(request(p.slave, FIONREAD, &n), 0);
    assert_int_equal(n, 1);
    expect_read(p.slave, "x");
    assert_int_equal(request(p.slave, TCGETS, (void *)8), -EFAULT);
    assert_int_equal(request(p.slave, TCSETS, (void *)8), -EFAULT);
    assert_int_equal(request(p.slave, 0x1234, NULL), -ENOTTY);
    assert_int_equal(request(p.slave, TCFLSH, (void *)7), -EINVAL);
    pair_close(&p);
}

/* ---- job control ---- */

static void the_first_open_by_a_leader_makes_it_the_controlling_terminal(void **state)
{
    struct pair p;
    int32_t id = 0;

    (void)state;
    pair_open(&p);
    assert_ptr_equal(job_session_tty, p.tty);
    assert_int_equal(request(p.slave, TIOCGSID, &id), 0);
    assert_int_equal(id, 10);
    assert_int_equal(request(p.slave, TIOCGPGRP, &id), 0);
    assert_int_equal(id, 10);
    assert_int_equal(request(p.slave, TIOCSPGRP, &(int32_t){7}), 0);
    assert_int_equal(tty_foreground(p.tty), 7);
    pair_close(&p);
}

static void the_background_is_stopped_or_refused(void **state)
{
    struct pair p;
    char c;

    (void)state;
    pair_open(&p);
    p.tty->pgrp = 7;
    assert_int_equal(get_bytes(p.slave, &c, 1), -ERESTARTSYS);
    assert_int_equal(job_last.signo, SIGTTIN);
    assert_int_equal(job_last.pgid, 10);
    assert_int_equal(put_bytes(p.slave, "x", 1), 1); /* without TOSTOP */
    p.tty->settings.t.c_lflag |= TOSTOP;
    assert_int_equal(put_bytes(p.slave, "x", 1), -ERESTARTSYS);
    assert_int_equal(job_last.signo, SIGTTOU);
    job_ignores = true;
    assert_int_equal(get_bytes(p.slave, &c, 1), -EIO);
    assert_int_equal(put_bytes(p.slave, "x", 1), 1);
    job_ignores = false;
    job_orphaned = true;
    assert_int_equal(get_bytes(p.slave, &c, 1), -EIO);
    assert_int_equal(put_bytes(p.slave, "x", 1), -EIO);
    pair_close(&p);
}

static void foreground_must_be_of_the_session(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(request(p.slave, TIOCSPGRP, &(int32_t){-1}), -EINVAL);
    assert_int_equal(request(p.slave, TIOCSPGRP, &(int32_t){1001}), -EPERM);
    assert_int_equal(request(p.slave, TIOCSPGRP, &(int32_t){9999}), -ESRCH);
    job_caller.leader = false;
    assert_int_equal(request(p.slave, TIOCNOTTY, NULL), -EPERM);
    job_caller.leader = true;
    assert_int_equal(request(p.slave, TIOCNOTTY, NULL), 0);
    assert_null(job_session_tty);
    assert_int_equal(request(p.slave, TIOCGPGRP, &(int32_t){0}), -ENOTTY);
    assert_int_equal(request(p.slave, TIOCSCTTY, NULL), 0);
    assert_ptr_equal(job_session_tty, p.tty);
    pair_close(&p);
}

static void the_leaders_exit_hangs_up_and_signals_the_foreground(void **state)
{
    struct pair p;
    char c;

    (void)state;
    pair_open(&p);
    p.tty->pgrp = 7;
    job_reset();
    tty_session_leader_exit(p.tty, 10);
    assert_int_equal(job_last.pgid, 7);
    assert_int_equal(job_last.count, 2);
    assert_int_equal(get_bytes(p.slave, &c, 1), 0);
    assert_true(file_poll(p.master, NULL) & EPOLLHUP);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_master_without_a_slave_hangs_up),
        cmocka_unit_test(a_slave_without_a_master_is_hung_up),
        cmocka_unit_test(a_locked_slave_cannot_be_opened),
        cmocka_unit_test(numbers_are_reused_when_both_sides_are_gone),
        cmocka_unit_test(a_writer_waits_for_the_reader_and_echo_has_room),
        cmocka_unit_test(packet_mode_tells_what_happened),
        cmocka_unit_test(size_changes_signal_the_foreground_once),
        cmocka_unit_test(settings_round_trip_and_bad_addresses_fault),
        cmocka_unit_test(the_first_open_by_a_leader_makes_it_the_controlling_terminal),
        cmocka_unit_test(the_background_is_stopped_or_refused),
        cmocka_unit_test(foreground_must_be_of_the_session),
        cmocka_unit_test(the_leaders_exit_hangs_up_and_signals_the_foreground),
    };

    return cmocka_run_group_tests(tests, fixture_boot, NULL);
}
