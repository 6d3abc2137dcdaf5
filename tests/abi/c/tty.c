/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminals: editing, echo, raw reads, signals, job control, sizes, hang-up; all on ptys. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "child.h"

struct pair {
    int master, slave;
    char name[32];
};

static void pair_open(struct pair *p)
{
    unsigned number = 9999;
    int unlocked = 0;

    p->master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    CHECK(p->master >= 0 && ioctl(p->master, TIOCGPTN, &number) == 0);
    CHECK(ioctl(p->master, TIOCSPTLCK, &unlocked) == 0);
    snprintf(p->name, sizeof(p->name), "/dev/pts/%u", number);
    p->slave = open(p->name, O_RDWR | O_NOCTTY);
    CHECK(p->slave >= 0);
}

static int readable(int fd, int ms)
{
    struct pollfd f = {.fd = fd, .events = POLLIN};

    return poll(&f, 1, ms) == 1 && (f.revents & POLLIN);
}

/* Read until `want` has come; no more than that may be there. */
static int expect(int fd, const char *want)
{
    char buf[8192];
    size_t len = strlen(want), got = 0;

    while (got < len && readable(fd, 2000)) {
        ssize_t n = read(fd, buf + got, sizeof(buf) - 1 - got);

        if (n <= 0)
            break;
        got += (size_t)n;
    }
    buf[got] = '\0';
    if (got == len && memcmp(buf, want, len) == 0)
        return 1;
    printf("expected '%s', read '%s'\n", want, buf);
    return 0;
}

/* One read() gives exactly this. */
static int expect_read(int fd, const char *want)
{
    char buf[8192];
    ssize_t n = readable(fd, 2000) ? read(fd, buf, sizeof(buf)) : -2;

    if (n == (ssize_t)strlen(want) && memcmp(buf, want, (size_t)n) == 0)
        return 1;
    printf("expected '%s', read %zd: '%.*s'\n", want, n, n > 0 ? (int)n : 0, buf);
    return 0;
}

static void type(int fd, const char *text)
{
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void termios_change(int fd, tcflag_t lflag_off, tcflag_t oflag_off)
{
    struct termios t;

    CHECK(tcgetattr(fd, &t) == 0);
    t.c_lflag &= ~lflag_off;
    t.c_oflag &= ~oflag_off;
    CHECK(tcsetattr(fd, TCSANOW, &t) == 0);
}

static void opening(void)
{
    struct pair p, q;
    struct termios t;
    struct stat st;
    unsigned n;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    char name[32];

    CHECK(ioctl(master, TIOCGPTN, &n) == 0);
    snprintf(name, sizeof(name), "/dev/pts/%u", n);
    CHECK_ERRNO(open(name, O_RDWR | O_NOCTTY), EIO); /* locked */
    close(master);
    CHECK(stat(name, &st) == -1 && errno == ENOENT);
    pair_open(&p);
    pair_open(&q);
    CHECK(strcmp(p.name, q.name) != 0 && isatty(p.slave) && isatty(p.master));
    CHECK(stat(p.name, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 136);
    CHECK(fstat(p.slave, &st) == 0 && major(st.st_rdev) == 136);
    CHECK(tcgetattr(p.slave, &t) == 0);
    CHECK((t.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) ==
          (ICANON | ECHO | ISIG | IEXTEN));
    CHECK((t.c_iflag & ICRNL) && (t.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR));
    CHECK(t.c_cc[VINTR] == 3 && t.c_cc[VEOF] == 4 && t.c_cc[VERASE] == 127 &&
          t.c_cc[VMIN] == 1);
    CHECK(cfgetospeed(&t) == B38400);
    CHECK_ERRNO(tcgetattr(open("/dev/null", O_RDWR), &t), ENOTTY);
    CHECK_ERRNO(lseek(p.slave, 0, SEEK_CUR), ESPIPE);
    CHECK_ERRNO(ioctl(p.slave, TIOCGWINSZ, 16), EFAULT);
    CHECK(tcdrain(p.slave) == 0);
    for (int i = 0; i < 20; i++) {
        struct pair r;

        pair_open(&r);
    }
}

static void canonical(void)
{
    struct pair p;
    char buf[8];
    int n;

    pair_open(&p);
    type(p.master, "ab\177c");
    CHECK(!readable(p.slave, 30)); /* the line is not complete */
    type(p.master, "\r");          /* ICRNL */
    CHECK(expect(p.master, "ab\b \bc\r\n"));
    CHECK(expect_read(p.slave, "ac\n"));
    type(p.master, "one\ntwo\n");
    CHECK(expect(p.master, "one\r\ntwo\r\n"));
    CHECK(expect_read(p.slave, "one\n"));
    CHECK(read(p.slave, buf, 2) == 2 && memcmp(buf, "tw", 2) == 0);
    CHECK(ioctl(p.slave, FIONREAD, &n) == 0 && n == 2);
    CHECK(expect_read(p.slave, "o\n"));
    termios_change(p.slave, ECHO, 0);
    type(p.master, "wrong\025right\n"); /* ^U */
    CHECK(expect_read(p.slave, "right\n"));
    type(p.master, "some more words\027\027text\n"); /* ^W twice */
    CHECK(expect_read(p.slave, "some text\n"));
    type(p.master, "\026\003\026\177\n"); /* ^V takes the next as it is */
    CHECK(expect_read(p.slave, "\003\177\n"));
    type(p.master, "\177\177x\n"); /* nothing to erase */
    CHECK(expect_read(p.slave, "x\n"));
    type(p.master, "part\004"); /* ^D gives what there is... */
    CHECK(expect_read(p.slave, "part"));
    type(p.master, "\004"); /* ...or the end */
    CHECK(readable(p.slave, 1000) && read(p.slave, buf, 8) == 0);
    type(p.master, "again\n");
    CHECK(expect_read(p.slave, "again\n"));
    CHECK(!readable(p.master, 30)); /* no echo */
}

static void echo_and_output(void)
{
    struct pair p;

    pair_open(&p);
    type(p.slave, "line\n");
    CHECK(expect(p.master, "line\r\n"));
    termios_change(p.slave, 0, ONLCR);
    type(p.slave, "line\n");
    CHECK(expect(p.master, "line\n"));
    termios_change(p.slave, 0, OPOST);
    type(p.slave, "a\tb\n");
    CHECK(expect(p.master, "a\tb\n"));
    type(p.master, "\001x\n"); /* ECHOCTL */
    CHECK(expect(p.master, "^Ax\n") || !"control characters");
    type(p.master, "ab\025"); /* ECHOKE wipes the line */
    CHECK(expect(p.master, "ab\b \b\b \b"));
    type(p.master, "\002\177"); /* a control character took two places */
    CHECK(expect(p.master, "^B\b \b\b \b"));
    termios_change(p.slave, ECHO, 0);
    type(p.master, "\n"); /* ECHONL is off */
    CHECK(!readable(p.master, 30));
}

/* Lines above what the queue holds: cut, ended, and the next is whole. */
static void long_line(void)
{
    static char text[6001], buf[8192];
    struct pair p;
    ssize_t n;

    pair_open(&p);
    termios_change(p.slave, ECHO, 0);
    memset(text, 'x', sizeof(text) - 1);
    for (int at = 0; at < 6000; at += 500)
        CHECK(write(p.master, text + at, 500) == 500);
    type(p.master, "\n");
    CHECK(readable(p.slave, 2000));
    n = read(p.slave, buf, sizeof(buf));
    CHECK(n == 4096 && buf[4094] == 'x' && buf[4095] == '\n');
    type(p.master, "next\n");
    CHECK(expect_read(p.slave, "next\n"));
}

static void raw_mode(int fd, int min, int time)
{
    struct termios t;

    CHECK(tcgetattr(fd, &t) == 0);
    cfmakeraw(&t);
    t.c_cc[VMIN] = (cc_t)min;
    t.c_cc[VTIME] = (cc_t)time;
    CHECK(tcsetattr(fd, TCSANOW, &t) == 0);
    memset(&t, 0, sizeof(t));
    CHECK(tcgetattr(fd, &t) == 0 && t.c_cc[VMIN] == min && !(t.c_lflag & ICANON));
}

static void type_later(int fd, const char *text, useconds_t after)
{
    if (child_fork() == 0) {
        usleep(after);
        _exit(write(fd, text, strlen(text)) < 0);
    }
}

static void raw_reads(void)
{
    struct pair p;
    char buf[16];
    double start;

    pair_open(&p);
    raw_mode(p.slave, 1, 0);
    type(p.master, "\003a\r");
    CHECK(expect(p.slave, "\003a\r") && !readable(p.master, 20));
    raw_mode(p.slave, 0, 0);
    CHECK(read(p.slave, buf, 16) == 0);
    raw_mode(p.slave, 0, 2);
    start = seconds_now();
    CHECK(read(p.slave, buf, 16) == 0 && seconds_now() - start > 0.15);
    type_later(p.master, "q", 30000);
    CHECK(read(p.slave, buf, 16) == 1 && buf[0] == 'q');
    raw_mode(p.slave, 3, 0);
    type(p.master, "12");
    type_later(p.master, "34", 80000);
    start = seconds_now();
    CHECK(read(p.slave, buf, 16) == 4 && memcmp(buf, "1234", 4) == 0);
    CHECK(seconds_now() - start > 0.04);
    raw_mode(p.slave, 5, 2);
    type_later(p.master, "ab", 300000); /* the time starts with the first byte */
    start = seconds_now();
    CHECK(read(p.slave, buf, 16) == 2 && seconds_now() - start > 0.4);
    raw_mode(p.slave, 1, 0);
    CHECK(fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    CHECK_ERRNO(read(p.slave, buf, 16), EAGAIN);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static void locked_settings(void)
{
    struct pair p;
    struct termios t;
    uint32_t lock[9]; /* struct termios of the kernel: 36 bytes */

    pair_open(&p);
    memset(lock, 0xff, sizeof(lock));
    CHECK(ioctl(p.slave, TIOCGLCKTRMIOS, lock) == 0);
    for (int i = 0; i < 9; i++)
        CHECK(lock[i] == 0);
    lock[3] = ECHO;
    ((uint8_t *)lock)[17 + VINTR] = 1;
    CHECK(ioctl(p.slave, TIOCSLCKTRMIOS, lock) == 0);
    CHECK(tcgetattr(p.slave, &t) == 0);
    t.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    t.c_cc[VINTR] = 7;
    t.c_cc[VQUIT] = 8;
    CHECK(tcsetattr(p.slave, TCSANOW, &t) == 0 && tcgetattr(p.slave, &t) == 0);
    CHECK((t.c_lflag & ECHO) && !(t.c_lflag & ICANON));
    CHECK(t.c_cc[VINTR] == 3 && t.c_cc[VQUIT] == 8);
    CHECK_ERRNO(ioctl(p.slave, TIOCSLCKTRMIOS, NULL), EFAULT);
    CHECK(setuid(1) == 0);
    CHECK_ERRNO(ioctl(p.slave, TIOCSLCKTRMIOS, lock), EPERM);
}

static void queues(void)
{
    struct pair p;
    struct termios t;
    char buf[16];
    int n = -1;

    pair_open(&p);
    raw_mode(p.slave, 1, 0);
    type(p.master, "hello");
    CHECK(readable(p.slave, 1000) && ioctl(p.slave, FIONREAD, &n) == 0 && n == 5);
    CHECK(tcflush(p.slave, TCIFLUSH) == 0 && !readable(p.slave, 20));
    type(p.master, "more");
    CHECK(readable(p.slave, 1000));
    CHECK(tcgetattr(p.slave, &t) == 0 && tcsetattr(p.slave, TCSAFLUSH, &t) == 0);
    CHECK(!readable(p.slave, 20));
    CHECK_ERRNO(tcflush(p.slave, 77), EINVAL);
    type(p.master, "kept");
    CHECK(readable(p.slave, 1000) && tcsetattr(p.slave, TCSADRAIN, &t) == 0);
    CHECK(expect_read(p.slave, "kept"));
    n = 1;
    CHECK(ioctl(p.master, TIOCPKT, &n) == 0);
    type(p.slave, "data");
    CHECK(readable(p.master, 1000) && read(p.master, buf, 16) == 5 && buf[0] == 0 &&
          memcmp(buf + 1, "data", 4) == 0);
    CHECK(tcflush(p.slave, TCOFLUSH) == 0);
    CHECK(read(p.master, buf, 16) == 1 && (buf[0] & TIOCPKT_FLUSHWRITE));
}

static void flow_control(void)
{
    struct pair p;

    pair_open(&p);
    type(p.master, "\023"); /* ^S */
    usleep(20000);
    CHECK(fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    CHECK_ERRNO(write(p.slave, "held", 4), EAGAIN);
    CHECK(!readable(p.master, 30));
    type(p.master, "\021"); /* ^Q */
    usleep(20000);
    type(p.slave, "held");
    CHECK(expect(p.master, "held"));
    CHECK(tcflow(p.slave, TCOOFF) == 0);
    CHECK_ERRNO(write(p.slave, "x", 1), EAGAIN);
    CHECK(tcflow(p.slave, TCOON) == 0 && write(p.slave, "x", 1) == 1);
}

/* Become the leader of a session on p's slave, with the default actions. */
static void session_start(struct pair *p)
{
    CHECK(setsid() == getpid() && ioctl(p->slave, TIOCSCTTY, 0) == 0);
    CHECK(tcgetpgrp(p->slave) == getpid() && tcgetsid(p->slave) == getpid());
    signal(SIGHUP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN); /* so that it can take the terminal back */
}

/* A child in a group of its own that runs `fn` when it gets a byte through `go`. */
static pid_t job_start(void (*fn)(int tty), int tty, int foreground)
{
    int go[2];
    pid_t pid;

    CHECK(pipe(go) == 0);
    pid = child_fork();
    if (pid == 0) {
        char c;

        signal(SIGHUP, SIG_DFL);
        signal(SIGTTOU, SIG_DFL);
        if (read(go[0], &c, 1) != 1)
            _exit(99);
        fn(tty);
        _exit(0);
    }
    CHECK(setpgid(pid, pid) == 0);
    if (foreground)
        CHECK(tcsetpgrp(tty, pid) == 0 && tcgetpgrp(tty) == pid);
    CHECK(write(go[1], "", 1) == 1);
    close(go[0]);
    close(go[1]);
    return pid;
}

static void job_pause(int tty)
{
    (void)tty;
    for (;;)
        pause();
}

static void job_read(int tty)
{
    char buf[16];

    _exit(read(tty, buf, 16) == 3 ? 7 : 8);
}

static void job_write(int tty)
{
    _exit(write(tty, "out", 3) == 3 ? 7 : 8);
}

static void in_session_signals(void)
{
    struct pair p;
    int status;
    pid_t pid;

    pair_open(&p);
    session_start(&p);
    pid = job_start(job_pause, p.slave, 1);
    type(p.master, "\003");
    CHECK(WTERMSIG(child_wait(pid)) == SIGINT);
    CHECK(expect(p.master, "^C"));
    pid = job_start(job_pause, p.slave, 1);
    type(p.master, "\034");
    status = child_wait(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
    pid = job_start(job_pause, p.slave, 1);
    type(p.master, "typed\032"); /* ^Z; what was typed goes */
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(WSTOPSIG(status) == SIGTSTP);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    type(p.master, "\003");
    CHECK(WTERMSIG(child_wait(pid)) == SIGINT);
    CHECK(tcsetpgrp(p.slave, getpid()) == 0);
    type(p.master, "x\n");
    CHECK(expect_read(p.slave, "x\n")); /* nothing of "typed" */
    termios_change(p.slave, ISIG, 0);
    type(p.master, "\003\n");
    CHECK(expect_read(p.slave, "\003\n"));
}

static void in_session_background(void)
{
    struct pair p;
    int status;
    pid_t pid;

    pair_open(&p);
    session_start(&p);
    termios_change(p.slave, ECHO, 0);
    pid = job_start(job_read, p.slave, 0);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(WSTOPSIG(status) == SIGTTIN);
    CHECK(tcsetpgrp(p.slave, pid) == 0 && kill(pid, SIGCONT) == 0);
    type(p.master, "ab\n");
    status = child_wait(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(tcsetpgrp(p.slave, getpid()) == 0);
    pid = job_start(job_write, p.slave, 0); /* may write... */
    CHECK(WEXITSTATUS(child_wait(pid)) == 7 && expect(p.master, "out"));
    struct termios t;
    CHECK(tcgetattr(p.slave, &t) == 0);
    t.c_lflag |= TOSTOP; /* ...now it may not */
    CHECK(tcsetattr(p.slave, TCSANOW, &t) == 0);
    pid = job_start(job_write, p.slave, 0);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(WSTOPSIG(status) == SIGTTOU && !readable(p.master, 20));
    CHECK(kill(pid, SIGKILL) == 0 && WTERMSIG(child_wait(pid)) == SIGKILL);
}

static void job_set_foreground(int tty)
{
    tcsetpgrp(tty, getpid());
    _exit(tcgetpgrp(tty) == getpid() ? 7 : 8);
}

static void job_read_ignoring(int tty)
{
    char c;

    signal(SIGTTIN, SIG_IGN);
    _exit(read(tty, &c, 1) == -1 && errno == EIO ? 7 : 8);
}

static void in_session_rules(void)
{
    struct pair p, other;
    int status, fd;
    pid_t pid;

    CHECK(setsid() == getpid());
    CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
    pair_open(&p);
    CHECK_ERRNO(tcgetpgrp(p.slave), ENOTTY);
    CHECK((fd = open(p.name, O_RDWR)) >= 0); /* a leader without one: this becomes it */
    CHECK(tcgetsid(p.slave) == getpid() && (fd = open("/dev/tty", O_RDWR)) >= 0);
    type(fd, "via tty");
    CHECK(expect(p.master, "via tty"));
    pair_open(&other);
    CHECK_ERRNO(ioctl(other.slave, TIOCSCTTY, 0), EPERM); /* has one already */
    CHECK_ERRNO(tcgetpgrp(other.slave), ENOTTY);
    CHECK_ERRNO(tcsetpgrp(p.slave, 1), EPERM);
    CHECK_ERRNO(tcsetpgrp(p.slave, 99999999), ESRCH);
    CHECK_ERRNO(tcsetpgrp(p.slave, -5), EINVAL);
    pid = job_start(job_set_foreground, p.slave, 0);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(WSTOPSIG(status) == SIGTTOU);
    CHECK(kill(pid, SIGKILL) == 0 && child_wait(pid) >= 0);
    pid = job_start(job_read_ignoring, p.slave, 0);
    CHECK(WEXITSTATUS(child_wait(pid)) == 7);
    pid = child_fork();
    if (pid == 0) /* no leader: it may not take a terminal */
        _exit(ioctl(other.slave, TIOCSCTTY, 0) == -1 && errno == EPERM ? 0 : 1);
    CHECK(child_wait(pid) == 0);
    signal(SIGHUP, SIG_IGN);
    CHECK(ioctl(fd, TIOCNOTTY, 0) == 0);
    CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_ERRNO(tcgetpgrp(p.slave), ENOTTY);
}

static volatile sig_atomic_t winches;

static void on_winch(int signo)
{
    (void)signo;
    winches++;
}

static void in_session_size(void)
{
    struct winsize size = {.ws_row = 40, .ws_col = 100}, got = {0};
    struct pair p;

    pair_open(&p);
    session_start(&p);
    signal(SIGWINCH, on_winch);
    CHECK(ioctl(p.slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 0 && got.ws_col == 0);
    CHECK(ioctl(p.master, TIOCSWINSZ, &size) == 0);
    CHECK(ioctl(p.slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 40 && got.ws_col == 100);
    CHECK(winches == 1);
    CHECK(ioctl(p.slave, TIOCSWINSZ, &size) == 0 &&
          winches == 1); /* the same: no signal */
    size.ws_row = 41;
    CHECK(ioctl(p.slave, TIOCSWINSZ, &size) == 0 && winches == 2);
    CHECK(ioctl(p.master, TIOCGWINSZ, &got) == 0 && got.ws_row == 41);
}

static volatile sig_atomic_t hangups, continues;

static void on_hangup(int signo)
{
    if (signo == SIGHUP)
        hangups++;
    else
        continues++;
}

static void in_session_hangup(void)
{
    struct pollfd f;
    struct pair p;
    char c;
    pid_t pid;

    pair_open(&p);
    session_start(&p);
    pid = job_start(job_pause, p.slave, 1);
    signal(SIGHUP, on_hangup);
    signal(SIGCONT, on_hangup);
    /* the job holds a copy of the master: it is not the last */
    close(p.master);
    CHECK(hangups == 0);
    CHECK(kill(pid, SIGKILL) == 0 && child_wait(pid) >= 0);
    for (int i = 0; i < 1000 && !(hangups && continues); i++)
        usleep(1000);
    CHECK(hangups == 1 && continues == 1);
    CHECK(read(p.slave, &c, 1) == 0);
    CHECK_ERRNO(write(p.slave, "x", 1), EIO);
    CHECK_ERRNO(ioctl(p.slave, TIOCGWINSZ, &c), EIO);
    f = (struct pollfd){.fd = p.slave, .events = POLLIN};
    CHECK(poll(&f, 1, 0) == 1 && (f.revents & (POLLHUP | POLLIN)) == (POLLHUP | POLLIN));
    CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
}

/* The other way: no slave is left. */
static void slave_closes(void)
{
    struct pollfd f;
    struct pair p;
    char buf[16];

    pair_open(&p);
    type(p.slave, "last words");
    close(p.slave);
    CHECK(expect(p.master, "last words"));
    CHECK_ERRNO(read(p.master, buf, 16), EIO);
    f = (struct pollfd){.fd = p.master, .events = POLLIN};
    CHECK(poll(&f, 1, 0) == 1 && (f.revents & POLLHUP));
    CHECK((p.slave = open(p.name, O_RDWR | O_NOCTTY)) >= 0);
    type(p.slave, "back");
    CHECK(expect(p.master, "back"));
}

static int report_fd;

static void on_report(int signo)
{
    char c = (char)signo;

    _exit(write(report_fd, &c, 1) != 1);
}

static void job_report(int tty)
{
    prctl(PR_SET_PDEATHSIG, 0); /* the leader's end shall reach it as SIGHUP */
    signal(SIGHUP, on_report);
    if (write(report_fd, "R", 1) != 1)
        _exit(1);
    job_pause(tty);
}

/* When the leader ends, its foreground group hears of it and nobody has that terminal. */
static void leader_exit(void)
{
    struct pair p;
    int fds[2];
    char c;
    pid_t leader;

    pair_open(&p);
    CHECK(pipe(fds) == 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    leader = child_fork();
    if (leader == 0) {
        report_fd = fds[1];
        session_start(&p);
        pid_t job = job_start(job_report, p.slave, 1);
        while (tcgetpgrp(p.slave) != job)
            usleep(1000);
        usleep(100000);
        _exit(0);
    }
    close(fds[1]);
    CHECK(read(fds[0], &c, 1) == 1 && c == 'R');
    CHECK(read(fds[0], &c, 1) == 1 && c == SIGHUP);
    CHECK(child_wait(leader) == 0);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    CHECK(tcgetsid(p.slave) == -1);
}

/* Stopped jobs of a leader that ends would stop for ever: SIGHUP and SIGCONT. */
static void orphaned_group(void)
{
    int fds[2], status;
    char c;
    pid_t leader;

    CHECK(pipe(fds) == 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    leader = child_fork();
    if (leader == 0) {
        setsid();
        report_fd = fds[1];
        pid_t job = fork();
        if (job == 0) {
            setpgid(0, 0);
            signal(SIGHUP, on_report);
            raise(SIGSTOP);
            job_pause(0);
        }
        waitpid(job, &status, WUNTRACED);
        _exit(0);
    }
    close(fds[1]);
    CHECK(child_wait(leader) == 0);
    struct pollfd f = {.fd = fds[0], .events = POLLIN};
    CHECK(poll(&f, 1, 5000) == 1 && read(fds[0], &c, 1) == 1 && c == SIGHUP);
    CHECK(child_wait(-1) == 0);
}

static void job_signals(void)
{
    child_check(in_session_signals);
}

static void job_background(void)
{
    child_check(in_session_background);
}

static void job_rules(void)
{
    child_check(in_session_rules);
}

static void window_size(void)
{
    child_check(in_session_size);
}

static void hangup(void)
{
    child_check(in_session_hangup);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(opening);
    CASE(canonical);
    CASE(echo_and_output);
    CASE(long_line);
    CASE(raw_reads);
    CASE(locked_settings);
    CASE(queues);
    CASE(flow_control);
    CASE(job_signals);
    CASE(job_background);
    CASE(job_rules);
    CASE(window_size);
    CASE(hangup);
    CASE(slave_closes);
    CASE(leader_exit);
    CASE(orphaned_group);
    return check_done("tty");
}
