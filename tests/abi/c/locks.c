/* SPDX-License-Identifier: BSD-2-Clause */
/* File locks: of processes (POSIX), of open files (OFD, flock), waiting, deadlock, splitting. */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "child.h"

static int lock_call(int fd, int cmd, short type, off_t start, off_t len)
{
    struct flock l = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};

    return fcntl(fd, cmd, &l);
}

static int set(int fd, short type, off_t start, off_t len)
{
    return lock_call(fd, F_SETLK, type, start, len);
}

/* Run in another process: does a lock of `type` there succeed? Its own locks end with it. */
static int other_can(short type, off_t start, off_t len)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        int fd = open("f", O_RDWR);

        _exit(set(fd, type, start, len) == 0       ? 1
              : errno == EAGAIN || errno == EACCES ? 0
                                                   : 2);
    }
    return WEXITSTATUS(child_wait(pid));
}

static int file(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);

    CHECK(fd >= 0);
    return fd;
}

static void process_locks(void)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 15, .l_len = 1};
    int fd = file(), readonly, fds[2];

    CHECK(set(fd, F_WRLCK, 10, 10) == 0);
    CHECK(set(fd, F_WRLCK, 10, 10) == 0); /* one's own is no conflict */
    CHECK(other_can(F_RDLCK, 0, 10) == 1 && other_can(F_RDLCK, 20, 0) == 1);
    CHECK(other_can(F_RDLCK, 0, 11) == 0 && other_can(F_WRLCK, 19, 1) == 0);
    CHECK(other_can(F_WRLCK, 0, 0) == 0);
    if (child_fork() == 0) {
        CHECK(fcntl(fd, F_GETLK, &l) == 0);
        _exit(l.l_type == F_WRLCK && l.l_pid == getppid() && l.l_start == 10 &&
                      l.l_len == 10
                  ? 0
                  : 1);
    }
    CHECK(child_wait(-1) == 0);
    CHECK(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_UNLCK); /* nobody else's */
    CHECK(set(fd, F_RDLCK, 10, 10) == 0);                      /* down-grade */
    CHECK(other_can(F_RDLCK, 10, 10) == 1 && other_can(F_WRLCK, 10, 10) == 0);
    CHECK(set(fd, F_UNLCK, 12, 3) == 0); /* a hole in the middle */
    CHECK(other_can(F_WRLCK, 12, 3) == 1 && other_can(F_WRLCK, 11, 1) == 0 &&
          other_can(F_WRLCK, 15, 1) == 0);
    CHECK(set(fd, F_UNLCK, 0, 0) == 0 && other_can(F_WRLCK, 0, 0) == 1);
    CHECK(set(fd, F_WRLCK, 100, -50) == 0 && other_can(F_WRLCK, 50, 1) == 0 &&
          other_can(F_WRLCK, 100, 1) == 1);
    CHECK_ERRNO(set(fd, F_WRLCK, 10, -11), EINVAL);
    CHECK_ERRNO(set(fd, F_WRLCK, -1, 1), EINVAL);
    CHECK_ERRNO(set(fd, 77, 0, 1), EINVAL);
    CHECK_ERRNO(fcntl(fd, F_SETLK, 16), EFAULT);
    CHECK_ERRNO(set(fd, F_WRLCK, INT64_MAX, 2), EOVERFLOW);
    readonly = open("f", O_RDONLY);
    CHECK_ERRNO(set(readonly, F_WRLCK, 0, 1), EBADF);
    CHECK(set(readonly, F_RDLCK, 0, 1) == 0);
    CHECK(pipe(fds) == 0);
    close(open("f", O_RDONLY)); /* closing any descriptor of the file drops all */
    CHECK(other_can(F_WRLCK, 0, 0) == 1);
}

static void inheritance(void)
{
    int fd = file(), fds[2], status;
    char c;

    CHECK(set(fd, F_WRLCK, 0, 0) == 0);
    CHECK(pipe(fds) == 0);
    pid_t pid = child_fork();
    if (pid == 0) /* not inherited: it conflicts with its parent's */
        _exit(set(fd, F_WRLCK, 0, 0) == -1 ? 0 : 1);
    CHECK(child_wait(pid) == 0 && other_can(F_WRLCK, 0, 0) == 0);
    CHECK(set(fd, F_UNLCK, 0, 0) == 0);
    pid = child_fork();
    if (pid == 0) {
        set(fd, F_WRLCK, 0, 0);
        if (write(fds[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    CHECK(read(fds[0], &c, 1) == 1 && set(fd, F_WRLCK, 0, 0) == -1);
    kill(pid, SIGKILL);
    status = child_wait(pid);
    CHECK(WIFSIGNALED(status) && set(fd, F_WRLCK, 0, 0) == 0); /* died: unlocked */
}

static void on_signal(int signo)
{
    (void)signo;
}

static void waiting(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    int fd = file(), fds[2];
    char c;

    CHECK(pipe(fds) == 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        set(fd, F_WRLCK, 0, 10);
        if (write(fds[1], "x", 1) != 1)
            _exit(1);
        usleep(80000);
        set(fd, F_UNLCK, 0, 10);
        usleep(50000);
        _exit(0);
    }
    CHECK(read(fds[0], &c, 1) == 1);
    CHECK_ERRNO(set(fd, F_WRLCK, 0, 1), EAGAIN);
    CHECK(lock_call(fd, F_SETLKW, F_WRLCK, 0, 1) == 0); /* waits */
    CHECK(child_wait(pid) == 0);
    CHECK(set(fd, F_UNLCK, 0, 0) == 0);
    pid = child_fork();
    if (pid == 0) {
        set(fd, F_WRLCK, 0, 10);
        if (write(fds[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    CHECK(read(fds[0], &c, 1) == 1);
    sigaction(SIGALRM, &sa, NULL);
    ualarm(30000, 0);
    CHECK_ERRNO(lock_call(fd, F_SETLKW, F_WRLCK, 0, 1), EINTR);
    kill(pid, SIGKILL);
    CHECK(lock_call(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
    CHECK(child_wait(pid) > 0);
}

/* Two that wait for each other: one is told. */
static void deadlock(void)
{
    int fd = file(), ready[2];
    char c;
    pid_t pid;

    CHECK(pipe(ready) == 0 && set(fd, F_WRLCK, 0, 1) == 0);
    pid = child_fork();
    if (pid == 0) {
        set(fd, F_WRLCK, 1, 1);
        if (write(ready[1], "x", 1) != 1)
            _exit(3);
        int result = lock_call(fd, F_SETLKW, F_WRLCK, 0, 1);
        _exit(result == 0 ? 0 : errno == EDEADLK ? 1 : 2);
    }
    CHECK(read(ready[0], &c, 1) == 1);
    usleep(50000); /* until it waits */
    int result = lock_call(fd, F_SETLKW, F_WRLCK, 1, 1);
    CHECK(result == -1 && errno == EDEADLK);
    CHECK(set(fd, F_UNLCK, 0, 1) == 0);
    CHECK(child_wait(pid) == 0);
}

/* Locks of open files: inherited, shared by duplicates, in conflict within a process. */
static void open_file_locks(void)
{
    int a = file(), b = open("f", O_RDWR);
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    CHECK(lock_call(a, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
    CHECK_ERRNO(lock_call(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
    CHECK(lock_call(b, F_OFD_SETLK, F_WRLCK, 10, 10) == 0);
    CHECK_ERRNO(set(a, F_WRLCK, 0, 1), EAGAIN); /* a process's lock conflicts as well */
    CHECK(fcntl(b, F_OFD_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_pid == -1);
    l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_pid = 5};
    CHECK_ERRNO(fcntl(a, F_OFD_SETLK, &l), EINVAL);
    pid_t pid = child_fork();
    if (pid == 0) /* the same open file: it may unlock */
        _exit(lock_call(a, F_OFD_SETLK, F_UNLCK, 0, 5));
    CHECK(child_wait(pid) == 0 && lock_call(b, F_OFD_SETLK, F_WRLCK, 0, 5) == 0);
    int again = dup(a);
    close(a);
    CHECK_ERRNO(lock_call(b, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN); /* the copy holds it */
    close(again);
    CHECK(lock_call(b, F_OFD_SETLK, F_WRLCK, 5, 1) == 0);
}

static void whole_file_locks(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    int a = file(), b = open("f", O_RDONLY), c = open("f", O_RDONLY);

    CHECK(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH) == 0);
    CHECK_ERRNO(flock(c, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(flock(b, LOCK_UN) == 0 && flock(a, LOCK_EX | LOCK_NB) == 0); /* upgrade */
    CHECK_ERRNO(flock(c, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK(set(a, F_WRLCK, 0, 0) == 0); /* the two kinds do not know each other */
    sigaction(SIGALRM, &sa, NULL);
    ualarm(30000, 0);
    CHECK_ERRNO(flock(c, LOCK_SH), EINTR);
    pid_t pid = child_fork();
    if (pid == 0) {
        usleep(50000);
        _exit(flock(a, LOCK_UN)); /* the child shares the open file */
    }
    CHECK(flock(c, LOCK_EX) == 0);
    CHECK(child_wait(pid) == 0);
    CHECK_ERRNO(flock(a, 77), EINVAL);
    CHECK_ERRNO(flock(-1, LOCK_EX), EBADF);
    close(c);
    CHECK(flock(a, LOCK_EX | LOCK_NB) == 0); /* closed: unlocked */
}

/* A counter in a file, kept by locks alone. */
static void counter(void)
{
    enum { PROCESSES = 4, ROUNDS = 150 };
    int fd = file(), value = 0;

    CHECK(pwrite(fd, &value, sizeof(value), 0) == sizeof(value));
    for (int p = 0; p < PROCESSES; p++)
        if (child_fork() == 0) {
            fd = open("f", O_RDWR);
            for (int i = 0; i < ROUNDS; i++) {
                int ofd = i % 2;

                if (lock_call(fd, ofd ? F_OFD_SETLKW : F_SETLKW, F_WRLCK, 0, 4))
                    _exit(1);
                if (pread(fd, &value, sizeof(value), 0) != sizeof(value))
                    _exit(2);
                value++;
                if (pwrite(fd, &value, sizeof(value), 0) != sizeof(value))
                    _exit(3);
                if (lock_call(fd, ofd ? F_OFD_SETLK : F_SETLK, F_UNLCK, 0, 4))
                    _exit(4);
            }
            _exit(0);
        }
    for (int p = 0; p < PROCESSES; p++)
        CHECK(child_wait(-1) == 0);
    CHECK(pread(fd, &value, sizeof(value), 0) == sizeof(value) &&
          value == PROCESSES * ROUNDS);
}

/* Thousands of separate locks, then all gone at once. */
static void many_locks(void)
{
    int fd = file();

    for (off_t i = 0; i < 2000; i++)
        CHECK(set(fd, F_WRLCK, i * 2, 1) == 0);
    CHECK(other_can(F_WRLCK, 1, 1) == 1 && other_can(F_WRLCK, 2000, 1) == 0);
    CHECK(set(fd, F_WRLCK, 0, 4000) == 0 && other_can(F_WRLCK, 1, 1) == 0); /* merged */
    CHECK(set(fd, F_UNLCK, 0, 0) == 0 && other_can(F_WRLCK, 0, 0) == 1);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(process_locks);
    CASE(inheritance);
    CASE(waiting);
    CASE(deadlock);
    CASE(open_file_locks);
    CASE(whole_file_locks);
    CASE(counter);
    CASE(many_locks);
    return check_done("locks");
}
