/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases in child processes: each with a time limit, its own directory, signals and descriptors,
 * so that one that hangs or dies is one failure and not the end of the program.
 *
 * Owner:   tests/abi.
 * Context: a Linux program with one thread at the time of case_run().
 * Locking: none; the child reports its counts through a pipe.
 * Errors:  printed with the name of the case; counted as failed checks.
 */
#ifndef CLOUDOS_TESTS_ABI_CHILD_H
#define CLOUDOS_TESTS_ABI_CHILD_H

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define CASE_SECONDS 40
#define CASE(fn)     case_run(#fn, fn, CASE_SECONDS)

static inline double seconds_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A child that does not outlive this process. */
static inline pid_t child_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

/* The wait status, or -1. */
static inline int child_wait(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

/* Run `fn` in a child; its failed checks count here, and it has to exit. */
static inline void child_check(void (*fn)(void))
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = child_fork();
    if (pid == 0) {
        check_failures = 0;
        fn();
        fflush(stdout);
        _exit(check_failures ? 1 : 0);
    }
    status = child_wait(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Until the child ends or the time is up. */
static inline int case_wait(pid_t pid, int seconds)
{
    double end = seconds_now() + seconds;
    int status;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (seconds_now() > end) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return -1;
        }
        usleep(1000);
    }
    return status;
}

static inline void case_child(const char *name, void (*fn)(void), int report)
{
    char dir[64];
    int counts[2];

    snprintf(dir, sizeof(dir), "/tmp/%s.XXXXXX", name);
    check_failures = check_count = 0;
    CHECK(mkdtemp(dir) && chdir(dir) == 0);
    umask(022);
    fn();
    fflush(stdout);
    counts[0] = check_count;
    counts[1] = check_failures;
    _exit(write(report, counts, sizeof(counts)) != sizeof(counts));
}

static const char *case_only; /* if set, the case to run */

static inline void case_run(const char *name, void (*fn)(void), int seconds)
{
    int fds[2], counts[2] = {0, 0}, status;
    pid_t pid;

    if (case_only && strcmp(case_only, name) != 0)
        return;
    setvbuf(stdout, NULL, _IOLBF, 0);
    fflush(stdout);
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0 || (pid = child_fork()) < 0) {
        CHECK(!"pipe and fork");
        return;
    }
    if (pid == 0) {
        close(fds[0]);
        case_child(name, fn, fds[1]);
    }
    close(fds[1]);
    status = case_wait(pid, seconds);
    if (read(fds[0], counts, sizeof(counts)) != sizeof(counts) || status != 0) {
        printf("FAIL %s: %s, status 0x%x\n", name,
               status == -1 ? "no end in time" : "did not end well", (unsigned)status);
        counts[1]++;
    }
    close(fds[0]);
    check_count += counts[0];
    check_failures += counts[1];
}

#endif /* CLOUDOS_TESTS_ABI_CHILD_H */
