/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: clocks, sleeping, interval timers, POSIX timers and their overruns, use of CPU time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>

#include "child.h"

static double clock_seconds(clockid_t id)
{
    struct timespec ts = {-1, -1};

    CHECK(clock_gettime(id, &ts) == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void burn(double seconds)
{
    double end = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds;

    while (clock_seconds(CLOCK_PROCESS_CPUTIME_ID) < end)
        for (volatile int i = 0; i < 1000; i++)
            ;
}

static void clocks(void)
{
    static const clockid_t ids[] = {CLOCK_REALTIME,         CLOCK_MONOTONIC,
                                    CLOCK_MONOTONIC_RAW,    CLOCK_BOOTTIME,
                                    CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
                                    CLOCK_REALTIME_COARSE,  CLOCK_THREAD_CPUTIME_ID};
    struct timespec res;
    struct timeval tv;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        double last = clock_seconds(ids[i]);

        CHECK(clock_getres(ids[i], &res) == 0 && res.tv_sec == 0 && res.tv_nsec > 0);
        CHECK(clock_getres(ids[i], NULL) == 0);
        for (int n = 0; n < 2000; n++) {
            struct timespec ts;

            clock_gettime(ids[i], &ts);
            double now = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
            if (now < last) {
                CHECK(!"a clock went backwards");
                break;
            }
            last = now;
        }
    }
    CHECK(clock_seconds(CLOCK_REALTIME) > 1.5e9 && gettimeofday(&tv, NULL) == 0);
    CHECK(tv.tv_sec > 1500000000 && tv.tv_usec < 1000000);
    CHECK(time(NULL) - tv.tv_sec <= 1);
    CHECK_ERRNO(clock_gettime(77, &res), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_REALTIME, 16), EFAULT);
    CHECK_ERRNO(clock_settime(CLOCK_MONOTONIC, &res), EINVAL);
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &res), EPERM);
}

/* The clocks that a child sees agree with its parent's. */
static void clocks_across_cpus(void)
{
    for (int i = 0; i < 50; i++) {
        int fds[2];
        double parent = clock_seconds(CLOCK_MONOTONIC), child = 0;

        CHECK(pipe(fds) == 0);
        if (child_fork() == 0) {
            child = clock_seconds(CLOCK_MONOTONIC);
            _exit(write(fds[1], &child, sizeof(child)) != sizeof(child));
        }
        CHECK(read(fds[0], &child, sizeof(child)) == sizeof(child) &&
              child_wait(-1) == 0);
        CHECK(parent <= child && child <= clock_seconds(CLOCK_MONOTONIC));
        close(fds[0]);
        close(fds[1]);
    }
}

static void on_signal(int signo)
{
    (void)signo;
}

static void sleeping(void)
{
    static const long lengths_ns[] = {1, 1000, 100000, 1000000, 20000000};
    struct timespec t = {0}, left = {7, 7};

    for (size_t i = 0; i < 5; i++) {
        double start = clock_seconds(CLOCK_MONOTONIC);

        t.tv_nsec = lengths_ns[i];
        CHECK(nanosleep(&t, NULL) == 0);
        CHECK(clock_seconds(CLOCK_MONOTONIC) - start >= (double)lengths_ns[i] / 1e9);
    }
    t.tv_nsec = 0;
    CHECK(nanosleep(&t, NULL) == 0);
    t.tv_nsec = 1000000000;
    CHECK_ERRNO(nanosleep(&t, NULL), EINVAL);
    t = (struct timespec){.tv_sec = -1};
    CHECK_ERRNO(nanosleep(&t, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_nanosleep, 16, NULL), EFAULT);
    clock_gettime(CLOCK_MONOTONIC, &t);
    double until = (double)t.tv_sec + (double)(t.tv_nsec += 30000000) / 1e9;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0);
    CHECK(clock_seconds(CLOCK_MONOTONIC) >= until - 1e-6);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) ==
          0); /* past already */
    CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL) == EINVAL);
    signal(SIGALRM, on_signal);
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGALRM, &sa, NULL);
    ualarm(30000, 0);
    t = (struct timespec){.tv_sec = 10};
    CHECK_ERRNO(nanosleep(&t, &left), EINTR);
    CHECK(left.tv_sec == 9 && left.tv_nsec > 0);
    ualarm(30000, 0);
    left = (struct timespec){7, 7};
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 10;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left) == EINTR);
    CHECK(left.tv_sec == 7); /* an absolute sleep has no rest */
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signo)
{
    (void)signo;
    alarms++;
}

static int wait_for_alarms(int count)
{
    for (double end = seconds_now() + 5; alarms < count && seconds_now() < end;)
        usleep(1000);
    return alarms >= count;
}

static void real_interval(void)
{
    struct itimerval it = {{0, 10000}, {0, 20000}}, old;

    signal(SIGALRM, on_alarm);
    CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
    CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 10000);
    CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0 &&
          old.it_value.tv_usec <= 20000);
    CHECK(wait_for_alarms(4));
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_usec == 0 ? 0 : 1);
    CHECK(child_wait(pid) == 0); /* not inherited */
    it = (struct itimerval){0};
    CHECK(setitimer(ITIMER_REAL, &it, &old) == 0 && old.it_interval.tv_usec == 10000);
    alarms = 0;
    usleep(30000);
    CHECK(alarms == 0);
    it.it_value.tv_usec = 1000000;
    CHECK_ERRNO(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
    CHECK_ERRNO(setitimer(9, &old, NULL), EINVAL);
    CHECK(alarm(100) == 0 && alarm(50) >= 99);
    CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_sec >= 48); /* one timer */
    CHECK(alarm(0) >= 49 && alarm(0) == 0);
    pid = child_fork();
    if (pid == 0) {
        signal(SIGALRM, SIG_DFL);
        ualarm(10000, 0);
        for (;;)
            pause();
    }
    CHECK(WTERMSIG(child_wait(pid)) == SIGALRM);
}

/* These count CPU time: they do not run while the process sleeps. */
static void cpu_intervals(void)
{
    struct itimerval it = {{0, 0}, {0, 50000}}, left;

    signal(SIGVTALRM, on_alarm);
    signal(SIGPROF, on_alarm);
    for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
        alarms = 0;
        CHECK(setitimer(which, &it, NULL) == 0);
        usleep(100000);
        CHECK(alarms == 0 && getitimer(which, &left) == 0 &&
              left.it_value.tv_usec > 20000);
        for (double end = seconds_now() + 10; !alarms && seconds_now() < end;)
            burn(0.02);
        CHECK(alarms == 1);
    }
}

static volatile sig_atomic_t rt_hits, rt_value, rt_overruns, rt_code;
static timer_t rt_timer;

static void on_rt(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    rt_hits++;
    rt_value = info->si_value.sival_int;
    rt_code = info->si_code;
    if (info->si_overrun > rt_overruns)
        rt_overruns = info->si_overrun;
}

static void rt_setup(struct sigevent *ev)
{
    struct sigaction sa = {.sa_sigaction = on_rt, .sa_flags = SA_SIGINFO};

    sigaction(SIGRTMIN, &sa, NULL);
    *ev = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    ev->sigev_value.sival_int = 4711;
}

static void posix_timers(void)
{
    struct itimerspec it = {{0, 0}, {0, 20000000}}, left;
    struct sigevent ev;
    sigset_t set;

    rt_setup(&ev);
    CHECK(timer_create(CLOCK_MONOTONIC, &ev, &rt_timer) == 0);
    CHECK(timer_settime(rt_timer, 0, &it, NULL) == 0);
    /* It runs; or it has, on a host that was busy meanwhile. */
    CHECK(timer_gettime(rt_timer, &left) == 0 &&
          (left.it_value.tv_nsec > 0 || rt_hits == 1));
    for (int i = 0; i < 3000 && !rt_hits; i++)
        usleep(1000);
    CHECK(rt_hits == 1 && rt_value == 4711 && rt_code == SI_TIMER && rt_overruns == 0);
    CHECK(timer_gettime(rt_timer, &left) == 0 && left.it_value.tv_nsec == 0);
    /* while the signal is blocked, expirations add up */
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    it.it_interval.tv_nsec = 5000000;
    it.it_value.tv_nsec = 5000000;
    CHECK(timer_settime(rt_timer, 0, &it, NULL) == 0);
    usleep(100000);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK(rt_hits >= 2 && rt_overruns >= 5);
    it = (struct itimerspec){0};
    CHECK(timer_settime(rt_timer, 0, &it, &left) == 0 &&
          left.it_interval.tv_nsec == 5000000);
    CHECK(timer_delete(rt_timer) == 0);
    CHECK_ERRNO(syscall(SYS_timer_delete, 12345), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, -1, &left), EINVAL);
}

static void posix_timer_edges(void)
{
    struct itimerspec it = {{0, 0}, {1, 0}};
    struct sigevent ev;
    timer_t t;

    rt_setup(&ev);
    CHECK_ERRNO(syscall(SYS_timer_create, 77, &ev, &t), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, 16, &t), EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, 16), EFAULT);
    ev.sigev_signo = 99;
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &t), EINVAL);
    ev.sigev_notify = 55;
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &t), EINVAL);
    rt_setup(&ev);
    CHECK(timer_create(CLOCK_REALTIME, &ev, &t) == 0);
    CHECK(timer_settime(t, TIMER_ABSTIME, &it, NULL) == 0); /* 1970: at once */
    for (int i = 0; i < 3000 && !rt_hits; i++)
        usleep(1000);
    CHECK(rt_hits == 1);
    it.it_value.tv_nsec = -1;
    CHECK_ERRNO(timer_settime(t, 0, &it, NULL), EINVAL);
    CHECK_ERRNO(timer_settime(t, 0, NULL, NULL), EINVAL);
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(timer_gettime(t, &it) == -1 && errno == EINVAL ? 0 : 1); /* not inherited */
    CHECK(child_wait(pid) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(timer_create(CLOCK_MONOTONIC, &ev, &t) == 0);
    ev.sigev_notify = SIGEV_NONE;
    CHECK(timer_create(CLOCK_MONOTONIC, &ev, &t) == 0);
    it = (struct itimerspec){{0, 0}, {0, 10000000}};
    CHECK(timer_settime(t, 0, &it, NULL) == 0);
    usleep(30000);
    CHECK(timer_gettime(t, &it) == 0 && it.it_value.tv_nsec == 0 && rt_hits == 1);
}

static volatile sig_atomic_t thread_stop;

static void *busy_thread(void *arg)
{
    (void)arg;
    while (!thread_stop)
        ;
    return NULL;
}

static void cpu_clocks(void)
{
    pthread_t thread;
    clockid_t process, of_thread;
    double before, mine;

    before = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    usleep(50000);
    CHECK(clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - before < 0.04);
    CHECK(pthread_create(&thread, NULL, busy_thread, NULL) == 0);
    CHECK(pthread_getcpuclockid(thread, &of_thread) == 0);
    mine = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    for (double end = seconds_now() + 10;
         clock_seconds(of_thread) < 0.1 && seconds_now() < end;)
        usleep(5000);
    CHECK(clock_seconds(of_thread) >= 0.1);
    CHECK(clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - before >= 0.1);
    CHECK(clock_seconds(CLOCK_THREAD_CPUTIME_ID) - mine < 0.08);
    thread_stop = 1;
    pthread_join(thread, NULL);
    CHECK(clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - before >= 0.1); /* it stays counted */
    pid_t pid = child_fork();
    if (pid == 0)
        for (;;)
            ;
    CHECK(clock_getcpuclockid(pid, &process) == 0);
    for (double end = seconds_now() + 10;
         clock_seconds(process) < 0.05 && seconds_now() < end;)
        usleep(5000);
    CHECK(clock_seconds(process) >= 0.05);
    kill(pid, SIGKILL);
    CHECK(child_wait(pid) > 0);
    CHECK(clock_getcpuclockid(99999999, &process) == ESRCH);
}

static double seconds_of(struct timeval tv)
{
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static void resource_usage(void)
{
    struct rusage self, children;
    struct tms t;

    CHECK(getrusage(RUSAGE_SELF, &self) == 0);
    double before = seconds_of(self.ru_utime) + seconds_of(self.ru_stime);
    burn(0.1);
    CHECK(getrusage(RUSAGE_SELF, &self) == 0);
    CHECK(seconds_of(self.ru_utime) + seconds_of(self.ru_stime) - before >= 0.09);
    CHECK(self.ru_maxrss > 0 && self.ru_minflt > 0);
    CHECK(getrusage(RUSAGE_CHILDREN, &children) == 0 &&
          seconds_of(children.ru_utime) < 0.001);
    if (child_fork() == 0) {
        burn(0.1);
        _exit(0);
    }
    struct rusage waited = {0};
    CHECK(wait4(-1, NULL, 0, &waited) > 0);
    CHECK(seconds_of(waited.ru_utime) + seconds_of(waited.ru_stime) >= 0.09);
    CHECK(getrusage(RUSAGE_CHILDREN, &children) == 0);
    CHECK(seconds_of(children.ru_utime) + seconds_of(children.ru_stime) >= 0.09);
    CHECK(times(&t) > 0 && t.tms_utime + t.tms_stime >= 8 &&
          t.tms_cutime + t.tms_cstime >= 8);
    CHECK(getrusage(RUSAGE_THREAD, &self) == 0);
    CHECK_ERRNO(getrusage(55, &self), EINVAL);
}

/* RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one. */
static void cpu_limit(void)
{
    struct rlimit limit = {1, 2};
    pid_t pid = child_fork();

    if (pid == 0) {
        setrlimit(RLIMIT_CPU, &limit);
        for (;;)
            ;
    }
    CHECK(WTERMSIG(child_wait(pid)) == SIGXCPU);
    pid = child_fork();
    if (pid == 0) {
        signal(SIGXCPU, SIG_IGN);
        setrlimit(RLIMIT_CPU, &limit);
        for (;;)
            ;
    }
    CHECK(WTERMSIG(child_wait(pid)) == SIGKILL);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(clocks);
    CASE(clocks_across_cpus);
    CASE(sleeping);
    CASE(real_interval);
    CASE(cpu_intervals);
    CASE(posix_timers);
    CASE(posix_timer_edges);
    CASE(cpu_clocks);
    CASE(resource_usage);
    CASE(cpu_limit);
    return check_done("timers");
}
