/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for many things: poll, select, epoll, eventfd, timerfd, signalfd. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void test_poll(void)
{
    int fds[2];
    struct pollfd p;
    double start;

    CHECK(pipe(fds) == 0);
    p = (struct pollfd){.fd = fds[0], .events = POLLIN};
    start = now();
    CHECK(poll(&p, 1, 30) == 0 && now() - start > 0.025);
    CHECK(write(fds[1], "x", 1) == 1);
    CHECK(poll(&p, 1, -1) == 1 && p.revents == POLLIN);
    close(fds[1]);
    CHECK(poll(&p, 1, -1) == 1 && p.revents == (POLLIN | POLLHUP));
    close(fds[0]);
    CHECK(poll(&p, 1, -1) == 1 && p.revents == POLLNVAL);
    p.fd = -1;
    CHECK(poll(&p, 1, 0) == 0);
}

static void test_poll_wakes(void)
{
    int fds[2];
    struct pollfd p;
    pid_t pid;

    CHECK(pipe(fds) == 0);
    pid = fork();
    if (pid == 0) {
        usleep(20000);
        _exit(write(fds[1], "x", 1) != 1);
    }
    p = (struct pollfd){.fd = fds[0], .events = POLLIN};
    CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
}

static void test_select(void)
{
    int fds[2];
    fd_set r, w;
    struct timeval tv = {.tv_usec = 10000};

    CHECK(pipe(fds) == 0);
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(fds[0], &r);
    FD_SET(fds[1], &w);
    CHECK(select(fds[1] + 1, &r, &w, NULL, &tv) == 1);
    CHECK(!FD_ISSET(fds[0], &r) && FD_ISSET(fds[1], &w));
    FD_SET(fds[0], &r);
    tv = (struct timeval){.tv_usec = 10000};
    CHECK(select(fds[0] + 1, &r, NULL, NULL, &tv) == 0 && tv.tv_usec == 0);
    close(fds[0]);
    close(fds[1]);
    FD_ZERO(&r);
    FD_SET(200, &r);
    CHECK_ERRNO(select(201, &r, NULL, NULL, &tv), EBADF);
    CHECK_ERRNO(select(-1, NULL, NULL, NULL, &tv), EINVAL);
}

static int epoll_count(int ep, struct epoll_event *e)
{
    return epoll_wait(ep, e, 8, 0);
}

static void test_epoll(void)
{
    int fds[2], ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = 0x1122334455667788}, out[8];
    char c;

    CHECK(ep >= 0 && pipe(fds) == 0);
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &e) == 0);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &e), EEXIST);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_DEL, fds[1], &e), ENOENT);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e), EINVAL);
    CHECK(epoll_count(ep, out) == 0);
    CHECK(write(fds[1], "ab", 2) == 2);
    CHECK(epoll_count(ep, out) == 1 && out[0].data.u64 == 0x1122334455667788);
    CHECK(epoll_count(ep, out) == 1); /* level */
    e.events = EPOLLIN | EPOLLET;
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, fds[0], &e) == 0);
    CHECK(epoll_count(ep, out) == 1 && epoll_count(ep, out) == 0); /* edge */
    CHECK(write(fds[1], "c", 1) == 1 && epoll_count(ep, out) == 1);
    e.events = EPOLLIN | EPOLLONESHOT;
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, fds[0], &e) == 0);
    CHECK(epoll_count(ep, out) == 1);
    CHECK(write(fds[1], "d", 1) == 1 && epoll_count(ep, out) == 0);
    CHECK(read(fds[0], &c, 1) == 1);
    close(fds[0]);
    CHECK(epoll_count(ep, out) == 0); /* closing removes it */
    int outer = epoll_create1(0);
    e = (struct epoll_event){.events = EPOLLIN};
    CHECK(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e) == 0);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, outer, &e), ELOOP);
    close(fds[1]);
    close(ep);
    close(outer);
}

static void test_eventfd(void)
{
    int fd = eventfd(3, EFD_NONBLOCK);
    uint64_t v;

    CHECK(read(fd, &v, 8) == 8 && v == 3);
    CHECK_ERRNO(read(fd, &v, 8), EAGAIN);
    v = 5;
    CHECK(write(fd, &v, 8) == 8 && write(fd, &v, 8) == 8);
    CHECK(read(fd, &v, 8) == 8 && v == 10);
    CHECK_ERRNO(read(fd, &v, 4), EINVAL);
    close(fd);
    fd = eventfd(2, EFD_SEMAPHORE);
    CHECK(read(fd, &v, 8) == 8 && v == 1 && read(fd, &v, 8) == 8 && v == 1);
    close(fd);
}

static void test_timerfd(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec it = {.it_value.tv_nsec = 10000000,
                            .it_interval.tv_nsec = 10000000};
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t v = 0;

    CHECK(fd >= 0 && timerfd_settime(fd, 0, &it, NULL) == 0);
    CHECK(poll(&p, 1, 1000) == 1);
    usleep(35000);
    CHECK(read(fd, &v, 8) == 8 && v >= 3);
    CHECK(timerfd_gettime(fd, &it) == 0 && it.it_interval.tv_nsec == 10000000);
    close(fd);
}

static void test_signalfd(void)
{
    struct signalfd_siginfo si;
    sigset_t set, old;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    fd = signalfd(-1, &set, SFD_NONBLOCK);
    CHECK(fd >= 0);
    CHECK_ERRNO(read(fd, &si, sizeof(si)), EAGAIN);
    kill(getpid(), SIGUSR2);
    CHECK(read(fd, &si, sizeof(si)) == sizeof(si));
    CHECK(si.ssi_signo == SIGUSR2 && si.ssi_pid == (uint32_t)getpid());
    close(fd);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_poll();
    test_poll_wakes();
    test_select();
    test_epoll();
    test_eventfd();
    test_timerfd();
    test_signalfd();
    return check_done("poll");
}
