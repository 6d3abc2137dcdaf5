/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: masks, siginfo, alternate stacks, restarts, queues, faults, floating-point state. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"
#include "isa.h"

static volatile sig_atomic_t hits, last_value, order[64], order_count;
static volatile siginfo_t last_info;
static volatile uintptr_t stack_seen;
static sigjmp_buf jump;
static volatile int tell = -1; /* a descriptor for each hit */

static void on_info(int signo, siginfo_t *info, void *context)
{
    char here;

    (void)signo;
    (void)context;
    hits++;
    stack_seen = (uintptr_t)&here;
    last_info = *info;
    last_value = info->si_value.sival_int;
    if (order_count < 64)
        order[order_count++] = info->si_value.sival_int;
    if (tell >= 0)
        CHECK(write(tell, "", 1) == 1);
}

static void install(int signo, int flags)
{
    struct sigaction sa = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO | flags};

    sigemptyset(&sa.sa_mask);
    CHECK(sigaction(signo, &sa, NULL) == 0);
}

static void test_kill_and_info(void)
{
    install(SIGUSR1, 0);
    hits = 0;
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(hits == 1);
    CHECK(last_info.si_signo == SIGUSR1 && last_info.si_code == SI_USER);
    CHECK(last_info.si_pid == getpid() && last_info.si_uid == getuid());
    CHECK(raise(SIGUSR1) == 0 && hits == 2 && last_info.si_code == SI_TKILL);
}

static void test_mask_and_pending(void)
{
    sigset_t set, old, pending;

    install(SIGUSR1, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    hits = 0;
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK(hits == 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
    CHECK(hits == 1); /* standard signals coalesce */
}

static void test_rt_queue(void)
{
    sigset_t set, old;
    union sigval v;

    install(SIGRTMIN, 0);
    install(SIGRTMIN + 1, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, &old);
    order_count = 0;
    for (int i = 0; i < 3; i++) {
        v.sival_int = 10 + i;
        CHECK(sigqueue(getpid(), SIGRTMIN + 1, v) == 0);
        v.sival_int = i;
        CHECK(sigqueue(getpid(), SIGRTMIN, v) == 0);
    }
    siginfo_t info;
    struct timespec zero = {0};
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN);
    CHECK(sigtimedwait(&one, &info, &zero) == SIGRTMIN && info.si_value.sival_int == 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK(order_count == 5);
    CHECK_ERRNO(sigtimedwait(&one, &info, &zero), EAGAIN);
}

static void test_altstack(void)
{
    static char memory[65536];
    stack_t ss = {.ss_sp = memory, .ss_size = sizeof(memory)}, old;

    CHECK(sigaltstack(&ss, NULL) == 0);
    install(SIGUSR2, SA_ONSTACK);
    kill(getpid(), SIGUSR2);
    CHECK(stack_seen - (uintptr_t)memory < sizeof(memory));
    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == memory && old.ss_flags == 0);
    ss.ss_size = 16;
    CHECK_ERRNO(sigaltstack(&ss, NULL), ENOMEM);
    ss.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&ss, NULL) == 0);
}

static void test_restart(void)
{
    int fds[2], told[2];
    char c = 0;
    pid_t child;
    /* Again and again: on a busy machine the first may come before the call that it is for. */
    const struct itimerval it = {.it_value = {.tv_usec = 20000},
                                 .it_interval = {.tv_usec = 20000}};
    const struct itimerval none = {0};

    CHECK(pipe(fds) == 0 && pipe(told) == 0);
    child = fork();
    if (child == 0) {
        if (read(told[0], &c, 1) != 1) /* the handler was there */
            _exit(1);
        usleep(20000);
        _exit(write(fds[1], "x", 1) != 1);
    }
    tell = told[1];
    hits = 0;
    install(SIGALRM, SA_RESTART);
    setitimer(ITIMER_REAL, &it, NULL);
    CHECK(read(fds[0], &c, 1) == 1 && c == 'x'); /* restarted */
    CHECK(hits >= 1);
    tell = -1;
    waitpid(child, NULL, 0);
    install(SIGALRM, 0);
    CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
    CHECK(hits >= 2);
    struct timespec sleep = {.tv_sec = 100}, left = {0};
    CHECK_ERRNO(nanosleep(&sleep, &left), EINTR);
    CHECK(left.tv_sec > 0 && left.tv_sec < 100);
    setitimer(ITIMER_REAL, &none, NULL);
    close(fds[0]);
    close(fds[1]);
    close(told[0]);
    close(told[1]);
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
    (void)context;
    last_info = *info;
    hits = signo;
    siglongjmp(jump, 1);
}

static void expect_fault(int signo, int code, void *addr)
{
    CHECK(hits == signo);
    CHECK(last_info.si_code == code);
    if (addr)
        CHECK(last_info.si_addr == addr);
}

static void test_faults(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    char *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGFPE, &sa, NULL);
    sigaction(SIGTRAP, &sa, NULL);
    hits = 0;
    if (!sigsetjmp(jump, 1))
        *(volatile int *)16 = 1;
    expect_fault(SIGSEGV, SEGV_MAPERR, (void *)16);
    if (!sigsetjmp(jump, 1))
        *(volatile char *)ro = 1;
    expect_fault(SIGSEGV, SEGV_ACCERR, ro);
    if (!sigsetjmp(jump, 1))
        __asm__ volatile(ISA_ILLEGAL);
    expect_fault(SIGILL, ISA_ILLEGAL_CODE, NULL);
    if (ISA_DIVIDE_TRAPS) {
        if (!sigsetjmp(jump, 1))
            isa_divide_by_zero();
        expect_fault(SIGFPE, FPE_INTDIV, NULL);
    }
    if (!sigsetjmp(jump, 1))
        __asm__ volatile(ISA_BREAKPOINT);
    CHECK(hits == SIGTRAP);
    if (!sigsetjmp(jump, 1))
        __asm__ volatile(ISA_PRIVILEGED);
    CHECK(hits == ISA_PRIVILEGED_SIGNAL);
    for (int i = 0; i < 5; i++)
        signal((int[]){SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGBUS}[i], SIG_DFL);
}

static void on_clobber(int signo)
{
    (void)signo;
    hits++;
    isa_clobber_vector();
}

/* Vector registers survive a handler that destroys them, for calls and for preemption. */
static void test_fpu(void)
{
    double in[2] = {1.5, -2.25}, out[2] = {0};
    pid_t pid = getpid();
    long result;

    signal(SIGUSR1, on_clobber);
    hits = 0;
    result = isa_call_with_vector(SYS_kill, pid, SIGUSR1, in, out);
    CHECK(result == 0 && hits == 1);
    CHECK(out[0] == 1.5 && out[1] == -2.25);
}

static int child_status(int how)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        if (how == 0)
            *(volatile int *)0 = 0;
        else if (how == 1)
            abort();
        else
            kill(getpid(), how);
        pause();
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static void test_default_actions(void)
{
    int go[2], status;
    pid_t pid;

    CHECK(WTERMSIG(child_status(0)) == SIGSEGV);
    CHECK(WTERMSIG(child_status(1)) == SIGABRT);
    CHECK(WTERMSIG(child_status(SIGKILL)) == SIGKILL);
    CHECK(WTERMSIG(child_status(SIGRTMIN + 3)) == SIGRTMIN + 3);
    CHECK(pipe(go) == 0);
    pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(read(go[0], &status, 1) == 1 ? 9 : 1);
    }
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(WSTOPSIG(status) == SIGSTOP);
    kill(pid, SIGCONT);
    CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    CHECK(write(go[1], "", 1) == 1); /* not before: a dead child is not a continued one */
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 9);
    close(go[0]);
    close(go[1]);
}

/* SIGCONT takes back a stop however far the child is with it: it runs on and dies of SIGTERM. */
static void test_stop_taken_back(void)
{
    time_t end = time(NULL) + 20; /* for a busy host */

    for (int i = 0; i < 1000 && (i < 50 || time(NULL) < end); i++) {
        pid_t pid = fork();
        int status = -1;

        if (pid == 0) {
            alarm(20);
            for (;;)
                getppid();
        }
        if (i & 1)
            usleep(100);
        kill(pid, i & 2 ? SIGSTOP : SIGTSTP);
        kill(pid, SIGCONT);
        kill(pid, SIGTERM);
        for (int ms = 0; ms < 10000 && waitpid(pid, &status, WNOHANG) == 0; ms++)
            usleep(ms < 100 ? 10 : 1000);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        if (status == -1) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return;
        }
    }
}

static void test_sigsuspend(void)
{
    sigset_t block, none;
    pid_t pid;

    install(SIGUSR1, 0);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    pid = fork();
    if (pid == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    hits = 0;
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK(hits == 1);
    waitpid(pid, NULL, 0);
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR1));
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void test_errors(void)
{
    struct sigaction sa = {.sa_handler = SIG_IGN};

    CHECK_ERRNO(sigaction(SIGKILL, &sa, NULL), EINVAL);
    CHECK_ERRNO(sigaction(65, &sa, NULL), EINVAL);
    CHECK_ERRNO(kill(getpid(), 65), EINVAL);
    CHECK_ERRNO(kill(999999, 0), ESRCH);
    CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 16, 0, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4), EINVAL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_kill_and_info();
    test_mask_and_pending();
    test_rt_queue();
    test_altstack();
    test_restart();
    test_faults();
    test_fpu();
    test_default_actions();
    test_stop_taken_back();
    test_sigsuspend();
    test_errors();
    return check_done("signals");
}
