/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes and FIFOs: atomic writes, ends that go away, capacity, blocking, polling, much data. */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"

#define PAGE 4096

static void *volatile nowhere = (void *)16;

static int poll_events(int fd, int events)
{
    struct pollfd p = {.fd = fd, .events = (short)events};

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void basics(void)
{
    int fds[2], n = -1;
    struct stat st;
    char buf[16];

    CHECK_ERRNO(pipe2(fds, O_APPEND), EINVAL);
    CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(fcntl(fds[0], F_GETFD) == FD_CLOEXEC && fcntl(fds[1], F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fds[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == (O_RDONLY | O_NONBLOCK));
    CHECK((fcntl(fds[1], F_GETFL) & O_ACCMODE) == O_WRONLY);
    CHECK_ERRNO(read(fds[0], buf, 1), EAGAIN);
    CHECK(read(fds[0], buf, 0) == 0 && write(fds[1], buf, 0) == 0);
    CHECK_ERRNO(read(fds[1], buf, 1), EBADF);
    CHECK_ERRNO(write(fds[0], buf, 1), EBADF);
    CHECK(write(fds[1], "abc", 3) == 3 && write(fds[1], "def", 3) == 3);
    CHECK(ioctl(fds[0], FIONREAD, &n) == 0 && n == 6);
    CHECK(read(fds[0], buf, 4) == 4 && memcmp(buf, "abcd", 4) == 0);
    CHECK(read(fds[0], buf, 16) == 2 && memcmp(buf, "ef", 2) == 0);
    CHECK(fstat(fds[0], &st) == 0 && S_ISFIFO(st.st_mode));
    CHECK_ERRNO(ftruncate(fds[1], 0), EINVAL);
    CHECK_ERRNO(fsync(fds[1]), EINVAL);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0) == MAP_FAILED ? -1
                                                                                  : 0,
                ENODEV);
    CHECK(close(fds[1]) == 0);
    CHECK(read(fds[0], buf, 16) == 0); /* no writer: the end, though non-blocking */
}

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
    (void)signo;
    signals++;
}

static void broken(void)
{
    int fds[2], status;

    CHECK(pipe(fds) == 0);
    close(fds[0]);
    signal(SIGPIPE, on_signal);
    CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
    CHECK(signals == 1);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
    if (child_fork() == 0) {
        signal(SIGPIPE, SIG_DFL);
        _exit(write(fds[1], "x", 1) == 1);
    }
    status = child_wait(-1);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    /* a writer that sleeps learns of it */
    CHECK(pipe(fds) == 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        close(fds[1]);
        usleep(50000);
        _exit(0);
    }
    close(fds[0]);
    static char big[200000];
    ssize_t n = write(fds[1], big, sizeof(big));
    CHECK(n == 65536 || (n == -1 && errno == EPIPE));
    CHECK(child_wait(pid) == 0);
}

static void nonblocking(void)
{
    int fds[2], total = 0;
    char buf[PAGE] = {0}, small[100];
    static char big[100000];
    ssize_t n;

    CHECK(pipe2(fds, O_NONBLOCK) == 0 && fcntl(fds[1], F_GETPIPE_SZ) == 65536);
    while ((n = write(fds[1], buf, PAGE)) > 0)
        total += (int)n;
    CHECK(n == -1 && errno == EAGAIN && total == 65536);
    CHECK(!(poll_events(fds[1], POLLOUT) & POLLOUT));
    CHECK(read(fds[0], small, 100) == 100);
    CHECK_ERRNO(write(fds[1], buf, PAGE), EAGAIN); /* all of it or nothing */
    CHECK(read(fds[0], buf, PAGE - 100) == PAGE - 100);
    CHECK(poll_events(fds[1], POLLOUT) & POLLOUT);
    n = write(fds[1], big, sizeof(big)); /* more than PIPE_BUF: what fits */
    CHECK(n == PAGE);
    total = 0;
    while ((n = read(fds[0], big, sizeof(big))) > 0)
        total += (int)n;
    CHECK(total == 65536 && errno == EAGAIN);
}

static void capacity(void)
{
    int fds[2];
    static char data[300000], back[300000];

    CHECK(pipe2(fds, O_NONBLOCK) == 0);
    CHECK(fcntl(fds[0], F_SETPIPE_SZ, 200000) >= 200000);
    int size = fcntl(fds[1], F_GETPIPE_SZ);
    CHECK(size == 262144);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7 + (i >> 8));
    CHECK(write(fds[1], data, sizeof(data)) == size);
    CHECK_ERRNO(fcntl(fds[1], F_SETPIPE_SZ, PAGE), EBUSY);
    CHECK(read(fds[0], back, sizeof(back)) == size &&
          memcmp(data, back, (size_t)size) == 0);
    CHECK(write(fds[1], data, 3000) == 3000);
    CHECK(fcntl(fds[1], F_SETPIPE_SZ, 1) == PAGE);
    CHECK(read(fds[0], back, sizeof(back)) == 3000 && memcmp(data, back, 3000) == 0);
    CHECK_ERRNO(fcntl(fds[1], F_SETPIPE_SZ, 0x80000001), EINVAL);
    CHECK_ERRNO(fcntl(open("/dev/null", O_RDWR), F_GETPIPE_SZ), EBADF);
    CHECK(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    CHECK_ERRNO(fcntl(fds[1], F_SETPIPE_SZ, 1 << 22), EPERM);
}

/* Many writers whose records fit PIPE_BUF: each arrives in one piece. */
static void atomic_records(void)
{
    enum { WRITERS = 6, RECORDS = 200, SIZE = 1000 };
    static char all[WRITERS * RECORDS * SIZE];
    int fds[2], counts[WRITERS] = {0};
    size_t got = 0;
    ssize_t n;

    CHECK(pipe(fds) == 0);
    for (int w = 0; w < WRITERS; w++)
        if (child_fork() == 0) {
            char record[SIZE];

            memset(record, 'A' + w, SIZE);
            for (int i = 0; i < RECORDS; i++)
                if (write(fds[1], record, SIZE) != SIZE)
                    _exit(1);
            _exit(0);
        }
    close(fds[1]);
    for (;;) {
        size_t want = got % 3000 + 77;

        n = read(fds[0], all + got, want < sizeof(all) - got ? want : sizeof(all) - got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    CHECK(got == sizeof(all));
    for (size_t at = 0; at + SIZE <= got; at += SIZE) {
        int w = all[at] - 'A';

        if (w < 0 || w >= WRITERS || memcmp(all + at, all + at + 1, SIZE - 1) != 0) {
            CHECK(!"a record is torn");
            break;
        }
        counts[w]++;
    }
    for (int w = 0; w < WRITERS; w++)
        CHECK(counts[w] == RECORDS && child_wait(-1) == 0);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* 8 MiB in pieces of every size, each byte looked at. */
static void much_data(void)
{
    enum { TOTAL = 8 << 20, MOST = 150000 };
    char *buf = malloc(MOST);
    uint32_t rng = 7, sizes = 99;
    size_t at = 0, bad = 0;
    int fds[2];
    ssize_t n;

    CHECK(pipe(fds) == 0);
    if (child_fork() == 0) {
        close(fds[0]);
        for (size_t done = 0; done < TOTAL;) {
            size_t want = next_random(&rng) % MOST + 1;

            if (want > TOTAL - done)
                want = TOTAL - done;
            for (size_t i = 0; i < want; i++)
                buf[i] = (char)((done + i) * 31 >> 3);
            if (write(fds[1], buf, want) != (ssize_t)want)
                _exit(1);
            done += want;
        }
        _exit(0);
    }
    close(fds[1]);
    while ((n = read(fds[0], buf, next_random(&sizes) % MOST + 1)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            bad += buf[i] != (char)((at + (size_t)i) * 31 >> 3);
        at += (size_t)n;
    }
    CHECK(n == 0 && at == TOTAL && bad == 0 && child_wait(-1) == 0);
}

static void poll_states(void)
{
    int fds[2];
    char c;

    CHECK(pipe(fds) == 0);
    CHECK(poll_events(fds[0], POLLIN) == 0 && poll_events(fds[1], POLLOUT) == POLLOUT);
    CHECK(write(fds[1], "x", 1) == 1);
    CHECK(poll_events(fds[0], POLLIN | POLLRDNORM) == (POLLIN | POLLRDNORM));
    close(fds[1]);
    CHECK(poll_events(fds[0], POLLIN) == (POLLIN | POLLHUP));
    CHECK(read(fds[0], &c, 1) == 1 && poll_events(fds[0], POLLIN) == POLLHUP);
    close(fds[0]);
    CHECK(pipe(fds) == 0);
    close(fds[0]);
    CHECK(poll_events(fds[1], POLLOUT) == (POLLOUT | POLLERR));
    CHECK(poll_events(fds[1], 0) == POLLERR);
}

static void interrupted(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    static char big[100000];
    char c;
    int fds[2];
    pid_t pid = getpid();

    sigaction(SIGUSR1, &sa, NULL);
    CHECK(pipe(fds) == 0);
    for (int i = 0; i < 2; i++) {
        pid_t killer = child_fork();

        if (killer == 0) {
            usleep(50000);
            kill(pid, SIGUSR1);
            _exit(0);
        }
        if (i == 0)
            CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
        else
            CHECK(write(fds[1], big, sizeof(big)) ==
                  65536); /* the part that was written */
        CHECK(child_wait(killer) == 0 && signals == i + 1);
    }
}

static void fifo_opening(void)
{
    int r, w;
    char c;

    CHECK(mkfifo("p", 0600) == 0);
    CHECK_ERRNO(mkfifo("p", 0600), EEXIST);
    CHECK_ERRNO(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
    CHECK((r = open("p", O_RDONLY | O_NONBLOCK)) >= 0);
    CHECK(read(r, &c, 1) == 0); /* no writer yet */
    CHECK(poll_events(r, POLLIN) == 0);
    CHECK((w = open("p", O_WRONLY | O_NONBLOCK)) >= 0);
    CHECK_ERRNO(read(r, &c, 1), EAGAIN);
    CHECK(write(w, "z", 1) == 1 && read(r, &c, 1) == 1 && c == 'z');
    close(w);
    CHECK(read(r, &c, 1) == 0 && poll_events(r, POLLIN) == POLLHUP);
    CHECK((w = open("p", O_WRONLY)) >= 0); /* and again */
    CHECK_ERRNO(read(r, &c, 1), EAGAIN);
    close(w);
    close(r);
    CHECK((r = open("p", O_RDWR)) >= 0); /* never waits */
    CHECK(write(r, "y", 1) == 1 && read(r, &c, 1) == 1 && c == 'y');
    CHECK_ERRNO(lseek(r, 0, SEEK_SET), ESPIPE);
    close(r);
}

static void fifo_meeting(void)
{
    char buf[8] = {0};
    double start;
    int r;

    CHECK(mkfifo("p", 0600) == 0);
    if (child_fork() == 0) {
        usleep(60000);
        int w = open("p", O_WRONLY);
        _exit(write(w, "hello", 5) != 5);
    }
    start = seconds_now();
    CHECK((r = open("p", O_RDONLY)) >= 0);
    CHECK(seconds_now() - start > 0.03);
    CHECK(read(r, buf, 5) == 5 && memcmp(buf, "hello", 5) == 0 && read(r, buf, 1) == 0);
    CHECK(child_wait(-1) == 0);
    close(r);
    /* a signal ends the wait for the other side */
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGALRM, &sa, NULL);
    ualarm(50000, 0);
    CHECK_ERRNO(open("p", O_RDONLY), EINTR);
    CHECK(unlink("p") == 0);
}

static void bad_buffers(void)
{
    char *p =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char buf[8];
    int fds[2];

    munmap(p + PAGE, PAGE);
    CHECK(pipe2(fds, O_NONBLOCK) == 0);
    CHECK_ERRNO(write(fds[1], nowhere, 10), EFAULT);
    CHECK_ERRNO(read(fds[0], buf, 8), EAGAIN); /* nothing got in */
    CHECK(write(fds[1], "data", 4) == 4);
    CHECK_ERRNO(read(fds[0], nowhere, 4), EFAULT);
    CHECK(read(fds[0], buf, 8) == 4 &&
          memcmp(buf, "data", 4) == 0); /* nothing was lost */
    CHECK(write(fds[1], p, PAGE) == PAGE && read(fds[0], p, PAGE) == PAGE);
}

/* O_DIRECT: each write is a packet. */
static void packets(void)
{
    int fds[2];
    char buf[100];

    CHECK(pipe2(fds, O_DIRECT | O_NONBLOCK) == 0);
    CHECK(write(fds[1], "one", 3) == 3 && write(fds[1], "second", 6) == 6);
    CHECK(read(fds[0], buf, sizeof(buf)) == 3);
    CHECK(read(fds[0], buf, 2) == 2); /* the rest of the packet is gone */
    CHECK_ERRNO(read(fds[0], buf, sizeof(buf)), EAGAIN);
}

/* A ring of processes hands a byte around: each has to be woken each time. */
static void ring(void)
{
    enum { HOPS = 8, ROUNDS = 300 };
    int fds[HOPS][2];
    char c = 0;

    for (int i = 0; i < HOPS; i++)
        CHECK(pipe(fds[i]) == 0);
    for (int i = 0; i < HOPS - 1; i++)
        if (child_fork() == 0) {
            for (int r = 0; r < ROUNDS; r++) {
                if (read(fds[i][0], &c, 1) != 1)
                    _exit(1);
                c++;
                if (write(fds[i + 1][1], &c, 1) != 1)
                    _exit(2);
            }
            _exit(0);
        }
    for (int r = 0; r < ROUNDS; r++) {
        c = (char)r;
        if (write(fds[0][1], &c, 1) != 1 || read(fds[HOPS - 1][0], &c, 1) != 1 ||
            c != (char)(r + HOPS - 1)) {
            CHECK(!"the byte came back wrong");
            break;
        }
    }
    for (int i = 0; i < HOPS - 1; i++)
        CHECK(child_wait(-1) == 0);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(basics);
    CASE(broken);
    CASE(nonblocking);
    CASE(capacity);
    CASE(atomic_records);
    CASE(much_data);
    CASE(poll_states);
    CASE(interrupted);
    CASE(fifo_opening);
    CASE(fifo_meeting);
    CASE(bad_buffers);
    CASE(packets);
    CASE(ring);
    return check_done("pipes");
}
