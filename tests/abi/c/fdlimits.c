/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors: their limits, duplicates, closing in ranges, flags, very many, nonsense numbers. */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"

static int open_null(void)
{
    int fd = open("/dev/null", O_RDWR);

    CHECK(fd >= 0);
    return fd;
}

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void set_limit(rlim_t soft)
{
    struct rlimit limit;

    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = soft;
    if (limit.rlim_max < soft)
        limit.rlim_max = soft;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void numbers(void)
{
    static const int bad[] = {-1, -2, INT_MIN, INT_MAX, 99, 1 << 20};
    struct stat st;
    char c;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int fd = bad[i];

        CHECK_ERRNO(syscall(SYS_read, fd, &c, 1), EBADF);
        CHECK_ERRNO(syscall(SYS_write, fd, &c, 1), EBADF);
        CHECK_ERRNO(syscall(SYS_close, fd), EBADF);
        CHECK_ERRNO(syscall(SYS_dup, fd), EBADF);
        CHECK_ERRNO(syscall(SYS_fstat, fd, &st), EBADF);
        CHECK_ERRNO(syscall(SYS_fcntl, fd, F_GETFD), EBADF);
        CHECK_ERRNO(syscall(SYS_ioctl, fd, FIONREAD, &c), EBADF);
        CHECK_ERRNO(syscall(SYS_lseek, fd, 0, SEEK_SET), EBADF);
        CHECK_ERRNO(syscall(SYS_ftruncate, fd, 0l), EBADF);
        CHECK_ERRNO(syscall(SYS_fchdir, fd), EBADF);
        CHECK_ERRNO(dup2(0, fd == 99 ? -1 : fd), EBADF);
        CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED &&
              errno == EBADF);
    }
    /* only 32 bits of a descriptor count */
    int fd = open_null();
    CHECK(syscall(SYS_fcntl, (1ul << 32) + (unsigned long)fd, F_GETFD) == 0);
}

/* From here on descriptors are given out without gaps. */
static void fill_gaps(void)
{
    close_range(50, UINT_MAX, 0); /* what was inherited */
    while (open_null() < 50)
        ;
}

static void lowest_first(void)
{
    fill_gaps();

    int a = open_null(), b = open_null(), c = open_null();

    CHECK(b == a + 1 && c == b + 1);
    close(a);
    close(b);
    CHECK(dup(c) == a && open_null() == b && open_null() == c + 1);
    CHECK(fcntl(c, F_DUPFD, 500) == 500 && fcntl(c, F_DUPFD, 500) == 501);
    CHECK(fcntl(c, F_DUPFD_CLOEXEC, 0) == c + 2 && fcntl(c + 2, F_GETFD) == FD_CLOEXEC);
}

static void duplicates(void)
{
    int fd = open_null(), tty;

    CHECK(dup2(fd, fd) == fd);
    CHECK_ERRNO(syscall(SYS_dup3, fd, fd, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_dup3, fd, 40, O_APPEND), EINVAL);
    CHECK_ERRNO(dup2(77, 77), EBADF);
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(dup2(fd, 40) == 40 &&
          fcntl(40, F_GETFD) == 0); /* the flag is the descriptor's own */
    CHECK(dup2(fd, fd) == fd && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(dup3(fd, 41, O_CLOEXEC) == 41 && fcntl(41, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(40, F_SETFL, O_APPEND) == 0 &&
          (fcntl(fd, F_GETFL) & O_APPEND)); /* shared */
    set_limit(60);
    CHECK(dup2(fd, 59) == 59);
    CHECK_ERRNO(dup2(fd, 60), EBADF);
    CHECK_ERRNO(fcntl(fd, F_DUPFD, 60), EINVAL);
    CHECK_ERRNO(fcntl(fd, F_DUPFD, -1), EINVAL);
    CHECK_ERRNO(fcntl(fd, F_DUPFD, 59), EMFILE);
    CHECK(fcntl(fd, F_DUPFD, 58) == 58);
    int fds[2];
    CHECK(pipe(fds) == 0);
    close(fds[1]);
    CHECK(dup2(fd, fds[0]) == fds[0]); /* closes what was there */
    tty = open("/dev/null", O_WRONLY);
    CHECK_ERRNO(read(tty, fds, 1), EBADF);
}

static void exhaustion(void)
{
    int fd, count = 0, last = -1, fds[2];

    set_limit(50);
    while ((fd = open("/dev/null", O_RDWR)) >= 0) {
        last = fd;
        count++;
    }
    CHECK(errno == EMFILE && last == 49 && count <= 50);
    CHECK_ERRNO(dup(0), EMFILE);
    CHECK_ERRNO(pipe(fds), EMFILE);
    CHECK_ERRNO(epoll_create1(0), EMFILE);
    CHECK_ERRNO(open("new", O_CREAT | O_RDWR, 0600), EMFILE);
    CHECK_ERRNO(syscall(SYS_memfd_create, "x", 0), EMFILE);
    close(last);
    CHECK_ERRNO(pipe(fds), EMFILE); /* needs two: takes none */
    CHECK(open_null() == last);
    set_limit(20); /* those above stay open */
    CHECK(is_open(49) && write(49, "x", 1) == 1);
    close(10);
    CHECK(open_null() == 10);
    CHECK_ERRNO(dup(0), EMFILE);
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(is_open(49) && dup(0) == -1 && errno == EMFILE ? 0 : 1);
    CHECK(child_wait(pid) == 0);
    struct rlimit limit = {10, 5};
    CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
    limit = (struct rlimit){1ul << 40, 1ul << 40};
    CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM); /* above what the system can */
}

static void ranges(void)
{
    int fd = open_null();

    for (int i = 100; i < 120; i++)
        CHECK(dup2(fd, i) == i);
    CHECK(close_range(105, 110, 0) == 0);
    for (int i = 100; i < 120; i++)
        CHECK(is_open(i) == (i < 105 || i > 110));
    CHECK(close_range(115, UINT_MAX, 0) == 0 && is_open(114) && !is_open(115));
    CHECK(close_range(100, 101, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(fcntl(100, F_GETFD) == FD_CLOEXEC && fcntl(102, F_GETFD) == 0);
    CHECK_ERRNO(close_range(10, 9, 0), EINVAL);
    CHECK_ERRNO(close_range(100, 101, 64), EINVAL);
    CHECK(close_range(5000, 6000, 0) == 0 && close_range(UINT_MAX, UINT_MAX, 0) == 0);
    CHECK(is_open(fd));
}

static void *unshare_thread(void *arg)
{
    int fd = *(int *)arg;

    CHECK(close_range((unsigned)fd, (unsigned)fd, CLOSE_RANGE_UNSHARE) == 0);
    CHECK(!is_open(fd));
    CHECK(open_null() == fd);
    close(fd);
    return NULL;
}

/* A descriptor, a directory and a mask of its own, and /proc says so. */
static void *apart_thread(void *arg)
{
    char path[64];
    int fd = *(int *)arg, own;

    CHECK(unshare(CLONE_FILES | CLONE_FS) == 0);
    CHECK(is_open(fd) && (own = dup2(fd, 200)) == 200 && close(fd) == 0);
    CHECK(chdir("/") == 0);
    umask(077);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/fd/200", syscall(SYS_gettid));
    CHECK(access(path, F_OK) == 0);
    CHECK(access("/proc/self/fd/200", F_OK) != 0);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/cwd", syscall(SYS_gettid));
    char target[64] = "";
    CHECK(readlink(path, target, sizeof(target) - 1) == 1 && target[0] == '/');
    CHECK(unshare(CLONE_FILES) == 0); /* alone already */
    return NULL;
}

static void apart(void)
{
    pthread_t thread;
    char before[256], after[256];
    int fd = open_null();
    mode_t mask = umask(022);

    CHECK(getcwd(before, sizeof(before)) == before && strcmp(before, "/") != 0);
    CHECK(pthread_create(&thread, NULL, apart_thread, &fd) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(is_open(fd) && !is_open(200));
    CHECK(getcwd(after, sizeof(after)) == after && strcmp(before, after) == 0);
    CHECK(umask(mask) == 022);
    close(fd);
}

static void *exec_thread(void *arg)
{
    int fd = *(int *)arg;

    CHECK(unshare(CLONE_FILES) == 0 && dup2(fd, 201) == 201 && close(fd) == 0);
    execl("/proc/self/exe", "fdlimits", "--exec", NULL);
    return NULL;
}

/* The thread that executes a program takes its own table along. */
static void exec_apart(void)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        pthread_t thread;
        int fd = 202;

        if (dup2(open_null(), fd) != fd ||
            pthread_create(&thread, NULL, exec_thread, &fd))
            _exit(1);
        pause();
    }
    CHECK(WEXITSTATUS(child_wait(pid)) == 42);
}

/* Threads that open and close while others look: what they find is whole or not there. */
static void *closer_thread(void *arg)
{
    for (int i = 0; i < 3000; i++) {
        if (dup2(2, 210) != 210)
            break;
        close(210);
    }
    __atomic_store_n((int *)arg, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void close_race(void)
{
    pthread_t thread;
    int over = 0;

    CHECK(pthread_create(&thread, NULL, closer_thread, &over) == 0);
    while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE))
        CHECK(fcntl(210, F_GETFL) >= 0 || errno == EBADF);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* A thread that unshares its table does not take descriptors from the others. */
static void unsharing(void)
{
    pthread_t thread;
    int fd = open_null();

    CHECK(pthread_create(&thread, NULL, unshare_thread, &fd) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(is_open(fd) && fcntl(fd, F_GETFL) >= 0);
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(close(fd) != 0);
    CHECK(child_wait(pid) == 0 && !is_open(fd)); /* a shared table */
    CHECK(unshare(CLONE_FILES) == 0);
}

static void flags(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);

    CHECK(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, 0xff) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK_ERRNO(fcntl(fd, 9999), EINVAL);
    CHECK_ERRNO(fcntl(fd, F_SETLEASE, 77), EINVAL);
    CHECK(fcntl(fd, F_SETFL, O_APPEND | O_CREAT | O_TRUNC | O_WRONLY) == 0);
    CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT | O_TRUNC)) ==
          (O_RDWR | O_APPEND));
    int on = 1;
    CHECK(ioctl(fd, FIONBIO, &on) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK));
    on = 0;
    CHECK(ioctl(fd, FIONBIO, &on) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    CHECK(ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(ioctl(fd, FIONCLEX) == 0 && fcntl(fd, F_GETFD) == 0);
    CHECK_ERRNO(ioctl(fd, 0x12345678, &on), ENOTTY);
    CHECK_ERRNO(ioctl(fd, FIONBIO, 16), EFAULT);
    CHECK(fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_GETOWN) == getpid());
    CHECK_ERRNO(fcntl(fd, F_SETSIG, 100), EINVAL);
}

/* 10,000 at once: the last works as the first. */
static void very_many(void)
{
    enum { MANY = 10000 };
    struct pollfd *polls = calloc(MANY, sizeof(*polls));
    struct stat a, b;
    int first, fd = -1;

    set_limit(MANY + 200);
    fill_gaps();
    first = open("f", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < MANY; i++) {
        fd = i % 2 ? dup(first) : open("f", O_RDWR);
        if (fd < 0) {
            CHECK(!"a descriptor");
            return;
        }
        polls[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    CHECK(fd == first + MANY);
    CHECK(write(fd, "last", 4) == 4 && fstat(first, &a) == 0 && fstat(fd, &b) == 0);
    CHECK(a.st_size == 4 && a.st_ino == b.st_ino);
    CHECK(poll(polls, MANY, 0) == MANY);
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(is_open(fd) && close_range((unsigned)first, UINT_MAX, 0) == 0 &&
                      !is_open(fd)
                  ? 0
                  : 1);
    CHECK(child_wait(pid) == 0 && is_open(fd));
    for (int i = 0; i < MANY; i++)
        if (close(polls[i].fd)) {
            CHECK(!"closing");
            return;
        }
    CHECK(open_null() == first + 1);
    set_limit(10);
    CHECK_ERRNO(poll(polls, 11, 0), EINVAL);
}

static void *open_and_close(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        int fd = open("/dev/null", O_RDWR), copy = dup(fd);

        if (fd < 0 || copy < 0 || write(copy, "x", 1) != 1 || close(fd) || close(copy)) {
            __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
            break;
        }
    }
    return NULL;
}

/* Threads that fight over one table. */
static void many_threads(void)
{
    pthread_t threads[6];
    int failed = 0;

    for (int i = 0; i < 6; i++)
        CHECK(pthread_create(&threads[i], NULL, open_and_close, &failed) == 0);
    for (int i = 0; i < 6; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(failed == 0);
}

static int pipe_fds[2];

static void *blocked_reader(void *arg)
{
    char c;

    return read(pipe_fds[0], &c, 1) == 1 && c == *(char *)arg ? NULL : arg;
}

/* A call that is under way keeps its file when another thread closes the descriptor. */
static void close_under_read(void)
{
    pthread_t thread;
    void *result = NULL;

    CHECK(pipe(pipe_fds) == 0);
    CHECK(pthread_create(&thread, NULL, blocked_reader, "k") == 0);
    usleep(50000);
    CHECK(close(pipe_fds[0]) == 0);
    CHECK(write(pipe_fds[1], "k", 1) == 1);
    CHECK(pthread_join(thread, &result) == 0 && result == NULL);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(write(pipe_fds[1], "k", 1), EPIPE);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--exec") == 0)
        return is_open(201) && !is_open(202) ? 42 : 1;
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(numbers);
    CASE(lowest_first);
    CASE(duplicates);
    CASE(exhaustion);
    CASE(ranges);
    CASE(unsharing);
    CASE(apart);
    CASE(exec_apart);
    CASE(close_race);
    CASE(flags);
    CASE(very_many);
    CASE(many_threads);
    CASE(close_under_read);
    return check_done("fdlimits");
}
