/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes: fork, exec, wait, groups, sessions, limits, clone flags, pidfd. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char *self;

static int status_of(pid_t pid)
{
    int status = -1;

    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static void test_exit_and_wait(void)
{
    siginfo_t info;
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(300);
    CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 44);
    CHECK(WEXITSTATUS(status_of(pid)) == 44);
    CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
    CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
    CHECK_ERRNO(waitpid(-1, &status, 0x40), EINVAL);
    pid = fork();
    if (pid == 0)
        pause();
    CHECK(waitpid(pid, &status, WNOHANG) == 0);
    kill(pid, SIGTERM);
    CHECK(WTERMSIG(status_of(pid)) == SIGTERM);
}

/* Calls that a kernel rewrites to be faster must not be rewritten in the program that a
 * successful exec has put in the caller's place: the same one, at the same addresses. */
static void test_exec_often(void)
{
    for (int i = 0; i < 70; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            execl(self, "again", "--again", NULL);
            _exit(1);
        }
        CHECK(status_of(pid) == 0);
    }
}

static void test_exec(void)
{
    pid_t pid = fork();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (pid == 0) {
        setenv("MARK", "set", 1);
        execl(self, "renamed", "--child", "argument with spaces", "", NULL);
        _exit(1);
    }
    CHECK(status_of(pid) == 0);
    close(fd);
    CHECK_ERRNO(execl("/nonexistent", "x", NULL), ENOENT);
    CHECK_ERRNO(execl("/tmp", "x", NULL), EACCES);
    fd = open("/tmp/garbage", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(write(fd, "not a program", 13) == 13);
    close(fd);
    CHECK_ERRNO(execl("/tmp/garbage", "x", NULL), ENOEXEC);
    CHECK(chmod("/tmp/garbage", 0644) == 0);
    unlink("/tmp/garbage");
    CHECK_ERRNO(syscall(SYS_execve, 16, 0, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_execve, self, 16, 0), EFAULT);
}

static int child_main(int argc, char **argv)
{
    return argc == 4 && strcmp(argv[0], "renamed") == 0 &&
                   strcmp(argv[2], "argument with spaces") == 0 && *argv[3] == '\0' &&
                   getenv("MARK") && strcmp(getenv("MARK"), "set") == 0 &&
                   fcntl(3, F_GETFD) == -1
               ? 0
               : 1;
}

static void test_groups(void)
{
    int fds[2], status;
    pid_t a, b;

    CHECK(getpgid(0) == getpgrp());
    CHECK(pipe(fds) == 0);
    a = fork();
    if (a == 0) {
        setpgid(0, 0);
        b = fork();
        if (b == 0) {
            pause();
            _exit(0);
        }
        if (write(fds[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char c;
    CHECK(read(fds[0], &c, 1) == 1);
    CHECK(getpgid(a) == a);
    CHECK(killpg(a, SIGKILL) == 0);
    CHECK(waitpid(-a, &status, 0) == a && WTERMSIG(status) == SIGKILL);
    a = fork();
    if (a == 0) {
        if (setsid() != getpid() || getsid(0) != getpid() || setsid() != -1 ||
            errno != EPERM)
            _exit(1);
        _exit(0);
    }
    CHECK(status_of(a) == 0);
    CHECK_ERRNO(setpgid(999999, 0), ESRCH);
    CHECK_ERRNO(setpgid(0, -1), EINVAL);
}

static void test_orphans(void)
{
    int fds[2];
    pid_t pid, seen = 0;

    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    CHECK(pipe(fds) == 0);
    pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            while (getppid() == getpid() - 1)
                usleep(1000);
            usleep(20000);
            seen = getppid();
            _exit(write(fds[1], &seen, sizeof(seen)) != sizeof(seen));
        }
        _exit(0);
    }
    CHECK(status_of(pid) == 0);
    CHECK(read(fds[0], &seen, sizeof(seen)) == sizeof(seen) && seen == getpid());
    CHECK(wait(NULL) > 0);
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

static void test_vfork_and_clone(void)
{
    static char stack[65536];
    volatile int shared = 1;
    int status;
    pid_t pid = vfork();

    if (pid == 0)
        _exit(7);
    CHECK(WEXITSTATUS(status_of(pid)) == 7);
    int pidfd = -1;
    pid = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
    if (pid == 0)
        _exit(5);
    CHECK(pid > 0 && pidfd >= 0);
    siginfo_t info;
    CHECK(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0 && info.si_status == 5);
    close(pidfd);
    CHECK_ERRNO(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, stack, 0, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, stack, 0, 0, 0), EINVAL);
    CHECK(shared == 1);
    CHECK_ERRNO(wait(&status), ECHILD);
}

/* A directory of /proc stands for the process too, and never for the next one of that number. */
static void test_signal_by_proc_directory(void)
{
    char name[32];
    int dir, root, status;
    pid_t pid = fork();

    if (pid == 0)
        for (;;)
            pause();
    snprintf(name, sizeof(name), "/proc/%d", pid);
    dir = open(name, O_RDONLY | O_DIRECTORY);
    root = open("/proc", O_RDONLY | O_DIRECTORY);
    CHECK(pid > 0 && dir >= 0 && root >= 0);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, root, 0, NULL, 0), EBADF);
    CHECK(syscall(SYS_pidfd_send_signal, dir, 0, NULL, 0) == 0);
    CHECK(syscall(SYS_pidfd_send_signal, dir, SIGUSR1, NULL, 0) == 0);
    CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGUSR1);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, dir, 0, NULL, 0), ESRCH);
    CHECK(openat(dir, "stat", O_RDONLY) < 0);
    close(dir);
    close(root);
}

/* The stack grows as far as the limit of the moment, whoever set it. */
static int use_stack(int kilobytes)
{
    volatile char page[1024];

    page[0] = (char)kilobytes;
    return kilobytes <= 0 ? 0 : use_stack(kilobytes - 1) + page[0] - (char)kilobytes;
}

static void test_stack_limit(void)
{
    struct rlimit small = {256 << 10, RLIM_INFINITY}, large = {4 << 20, RLIM_INFINITY};
    struct rlimit none = {0, 0};

    for (int raised = 0; raised < 2; raised++) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            setrlimit(RLIMIT_CORE, &none);
            setrlimit(RLIMIT_STACK, &small);
            raise(SIGSTOP);
            _exit(use_stack(1024));
        }
        CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
        if (raised)
            CHECK(prlimit(pid, RLIMIT_STACK, &large, NULL) == 0);
        kill(pid, SIGCONT);
        status = status_of(pid);
        CHECK(raised ? status == 0 : WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    }
}

static void test_limits(void)
{
    struct rlimit limit = {0};
    pid_t pid = fork();

    if (pid == 0) {
        int made = 0;

        if (setuid(65534))
            _exit(1);
        limit.rlim_cur = limit.rlim_max = 20;
        if (setrlimit(RLIMIT_NPROC, &limit))
            _exit(2);
        for (;;) { /* a bounded fork bomb */
            pid = fork();
            if (pid < 0)
                break;
            if (pid == 0) {
                pause();
                _exit(0);
            }
            made++;
        }
        if (errno != EAGAIN || made > 20)
            _exit(3);
        kill(0, SIGKILL);
    } else {
        setpgid(pid, pid);
        int status = status_of(pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 0);
    limit.rlim_cur = limit.rlim_max + 1;
    if (limit.rlim_max != RLIM_INFINITY)
        CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
}

static void test_credentials(void)
{
    uid_t r, e, s;
    pid_t pid = fork();

    if (pid == 0) {
        gid_t groups[2] = {10, 20};

        if (setgroups(2, groups) || getgroups(0, NULL) != 2)
            _exit(1);
        if (setresgid(100, 100, 100) || setresuid(1000, 1000, 1000))
            _exit(2);
        if (getresuid(&r, &e, &s) || r != 1000 || e != 1000 || s != 1000)
            _exit(3);
        if (setuid(0) == 0 || errno != EPERM)
            _exit(4);
        if (open("/tmp/../root-only", O_RDONLY) >= 0 || errno != EACCES)
            _exit(5);
        if (kill(1, SIGTERM) == 0 || errno != EPERM)
            _exit(6);
        _exit(0);
    }
    CHECK(WEXITSTATUS(status_of(pid)) == 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return child_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--again") == 0)
        return execl("/proc/self/exe", "last", "--last", NULL);
    if (argc > 1 && strcmp(argv[1], "--last") == 0)
        return 0;
    self = "/proc/self/exe";
    setvbuf(stdout, NULL, _IOLBF, 0);
    close(open("/root-only", O_CREAT | O_RDWR, 0600));
    chmod("/root-only", 0600);
    test_exit_and_wait();
    test_exec();
    test_exec_often();
    test_groups();
    test_vfork_and_clone();
    test_signal_by_proc_directory();
    test_orphans();
    test_limits();
    test_stack_limit();
    test_credentials();
    unlink("/root-only");
    return check_done("process");
}
