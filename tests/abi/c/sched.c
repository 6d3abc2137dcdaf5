/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling: shares by nice value, real-time classes, affinity, yielding; by CPU time used. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"

#define PAGE  4096
#define LOOKS 4

/* What busy children report, in shared memory. */
struct report {
    volatile double used[8];
    volatile long loops[8];
    volatile int go, ready;
};

static struct report *report_make(void)
{
    return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static double cpu_seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof(set), &set);
}

static int cpu_count(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
}

/* A child that computes on CPU 0 until it is killed, and says how much it got. */
static pid_t busy_start(struct report *r, int index, int nice_value, int policy)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        struct sched_param param = {.sched_priority = policy == SCHED_OTHER ? 0 : 10};

        if (pin(0) || setpriority(PRIO_PROCESS, 0, nice_value) ||
            (policy != SCHED_OTHER && sched_setscheduler(0, policy, &param)))
            _exit(1);
        __atomic_add_fetch(&r->ready, 1, __ATOMIC_SEQ_CST);
        while (!r->go)
            usleep(1000);
        for (double base = cpu_seconds();;) {
            for (volatile int i = 0; i < 20000; i++)
                ;
            r->used[index] = cpu_seconds() - base;
            r->loops[index]++;
        }
    }
    return pid;
}

/* Let them run until together they used `seconds` of CPU 0. */
static void run_until_used(struct report *r, int count, double seconds)
{
    double end = seconds_now() + 30, total = 0;

    while (r->ready < count && seconds_now() < end)
        usleep(1000);
    r->go = 1;
    while (total < seconds && seconds_now() < end) {
        usleep(20000);
        total = 0;
        for (int i = 0; i < count; i++)
            total += r->used[i];
    }
    CHECK(total >= seconds);
}

static void kill_all(pid_t *pids, int count)
{
    for (int i = 0; i < count; i++) {
        kill(pids[i], SIGKILL);
        CHECK(WTERMSIG(child_wait(pids[i])) == SIGKILL);
    }
}

/* What the host takes from a virtual CPU is charged to whoever runs on it just then, so each look
 * has more to go by; where the scheduler is wrong, none is right. */
static void judge(struct report *r, int count, double seconds,
                  bool (*right)(const struct report *))
{
    for (int look = 0; look < LOOKS; look++, seconds *= 2) {
        run_until_used(r, count, seconds);
        if (right(r))
            return;
    }
    CHECK(!"the shares are right");
    for (int i = 0; i < count; i++)
        printf("child %d used %f s\n", i, r->used[i]);
}

/* Nice 0 against 5: weights 1024 and 335, three to one. */
static bool three_to_one(const struct report *r)
{
    return r->used[0] > 1.5 * r->used[1] && r->used[0] < 6 * r->used[1];
}

static void shares_by_nice(void)
{
    struct report *r = report_make();
    pid_t pids[2] = {busy_start(r, 0, 0, SCHED_OTHER), busy_start(r, 1, 5, SCHED_OTHER)};

    judge(r, 2, 1.5, three_to_one);
    kill_all(pids, 2);
}

static bool four_alike(const struct report *r)
{
    for (int i = 1; i < 4; i++) {
        if (r->used[i] <= 0.5 * r->used[0] || r->used[i] >= 2 * r->used[0])
            return false;
    }
    return true;
}

static void equals_share_equally(void)
{
    struct report *r = report_make();
    pid_t pids[4];

    for (int i = 0; i < 4; i++)
        pids[i] = busy_start(r, i, 0, SCHED_OTHER);
    judge(r, 4, 2, four_alike);
    kill_all(pids, 4);
}

/* The least important still gets on. */
static bool none_starves(const struct report *r)
{
    return r->loops[2] > 0 && r->used[2] > 0.002 && r->used[0] > 5 * r->used[2] &&
           r->used[1] > r->used[0];
}

static void nobody_starves(void)
{
    struct report *r = report_make();
    pid_t pids[3] = {busy_start(r, 0, 0, SCHED_OTHER), busy_start(r, 1, -5, SCHED_OTHER),
                     busy_start(r, 2, 19, SCHED_OTHER)};

    judge(r, 3, 3, none_starves);
    kill_all(pids, 3);
}

/* SCHED_FIFO takes the CPU from normal programs (but for the share that throttling leaves). */
static bool one_to_four(const struct report *r)
{
    return r->used[1] > 4 * r->used[0];
}

static void fifo_beats_normal(void)
{
    struct report *r = report_make();
    pid_t pids[2] = {busy_start(r, 0, 0, SCHED_OTHER), busy_start(r, 1, 0, SCHED_FIFO)};

    judge(r, 2, 1, one_to_four);
    kill_all(pids, 2);
}

static bool both_get_on(const struct report *r)
{
    return r->used[0] > r->used[1] / 4 && r->used[1] > r->used[0] / 4;
}

static void round_robin_shares(void)
{
    struct report *r = report_make();
    pid_t pids[2] = {busy_start(r, 0, 0, SCHED_RR), busy_start(r, 1, 0, SCHED_RR)};

    judge(r, 2, 1.2, both_get_on);
    kill_all(pids, 2);
}

static bool five_to_one(const struct report *r)
{
    return r->used[0] > 5 * r->used[1];
}

static void idle_policy_yields(void)
{
    struct report *r = report_make();
    pid_t pids[2] = {busy_start(r, 0, 0, SCHED_OTHER), -1};

    pids[1] = child_fork();
    if (pids[1] == 0) {
        struct sched_param param = {0};

        CHECK(pin(0) == 0 && sched_setscheduler(0, SCHED_IDLE, &param) == 0);
        __atomic_add_fetch(&r->ready, 1, __ATOMIC_SEQ_CST);
        for (double base = cpu_seconds();;)
            if (r->go)
                r->used[1] = cpu_seconds() - base;
    }
    judge(r, 2, 1, five_to_one);
    kill_all(pids, 2);
}

static double mean_lateness(int naps)
{
    double late = 0;

    for (int i = 0; i < naps; i++) {
        double start = seconds_now();

        usleep(5000);
        late += seconds_now() - start - 0.005;
    }
    return late / naps;
}

/* One that sleeps most of the time is let in soon, whatever the busy ones do. */
static void sleeper_gets_in(void)
{
    struct report *r = report_make();
    pid_t pids[3];
    double late = 1;

    for (int i = 0; i < 3; i++)
        pids[i] = busy_start(r, i, 0, SCHED_OTHER);
    CHECK(pin(0) == 0);
    run_until_used(r, 3, 0.3);
    for (int look = 0; look < LOOKS && late > 0.1; look++)
        late = mean_lateness(20);
    kill_all(pids, 3);
    CHECK(late < 0.1);
}

static void affinity(void)
{
    int count = cpu_count();
    unsigned cpu = 99, node = 99;
    cpu_set_t set;

    CHECK(count >= 1);
    for (int i = 0; i < count; i++) {
        CHECK(pin(i) == 0);
        CHECK(syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && cpu == (unsigned)i &&
              node == 0);
        CHECK(sched_getcpu() == i);
        pid_t pid = child_fork();
        if (pid == 0)
            _exit(cpu_count() == 1 && sched_getcpu() == i ? 0 : 1); /* inherited */
        CHECK(child_wait(pid) == 0);
    }
    CPU_ZERO(&set);
    CHECK_ERRNO(sched_setaffinity(0, sizeof(set), &set), EINVAL);
    CPU_SET(1000, &set);
    CHECK_ERRNO(sched_setaffinity(0, sizeof(set), &set), EINVAL);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
    CHECK(sched_getaffinity(0, sizeof(set), &set) == 0 && !CPU_ISSET(1000, &set));
    CHECK_ERRNO(sched_getaffinity(99999999, sizeof(set), &set), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 3, &set), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, sizeof(set), 16), EFAULT);
    CHECK(syscall(SYS_sched_getaffinity, 0, sizeof(set), &set) >= 8);
}

/* With several CPUs, pinned programs run at the same time. */
static void pinned_in_parallel(void)
{
    int count = cpu_count();
    volatile int *word = (volatile int *)report_make();

    if (count < 2)
        return;
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK(pin(1) == 0);
        for (int i = 0; i < 1000; i++) {
            while (word[0] == i)
                ;
            word[1] = i + 1;
        }
        _exit(0);
    }
    CHECK(pin(0) == 0);
    for (int i = 0; i < 1000; i++) {
        word[0] = i + 1;
        while (word[1] == i)
            ;
    }
    CHECK(child_wait(pid) == 0);
}

/* Two on one CPU that only yield to each other. */
static void yield_alternates(void)
{
    volatile int *word = (volatile int *)report_make();

    CHECK(pin(0) == 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 300; i++) {
            while (word[0] == i)
                sched_yield();
            word[1] = i + 1;
        }
        _exit(0);
    }
    for (int i = 0; i < 300; i++) {
        word[0] = i + 1;
        while (word[1] == i)
            sched_yield();
    }
    CHECK(child_wait(pid) == 0);
}

static void policies(void)
{
    struct sched_param param = {.sched_priority = 20};
    struct timespec slice;

    CHECK(sched_get_priority_max(SCHED_FIFO) == 99 &&
          sched_get_priority_min(SCHED_FIFO) == 1);
    CHECK(sched_get_priority_max(SCHED_OTHER) == 0);
    CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
    CHECK(sched_getscheduler(0) == SCHED_OTHER);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, &param), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, 77, &param), EINVAL);
    CHECK(sched_setscheduler(0, SCHED_RR, &param) == 0 &&
          sched_getscheduler(0) == SCHED_RR);
    CHECK(sched_rr_get_interval(0, &slice) == 0 && slice.tv_sec == 0 &&
          slice.tv_nsec > 0);
    param.sched_priority = 0;
    CHECK(sched_getparam(0, &param) == 0 && param.sched_priority == 20);
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(sched_getscheduler(0)); /* inherited */
    CHECK(WEXITSTATUS(child_wait(pid)) == SCHED_RR);
    param.sched_priority = 100;
    CHECK_ERRNO(sched_setparam(0, &param), EINVAL);
    param.sched_priority = 5;
    CHECK(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0);
    CHECK(sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK));
    pid = child_fork();
    if (pid == 0)
        _exit(sched_getscheduler(0));
    CHECK(WEXITSTATUS(child_wait(pid)) == SCHED_OTHER);
    CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
    CHECK_ERRNO(sched_getscheduler(99999999), ESRCH);
    param.sched_priority = 0;
    CHECK(sched_setscheduler(0, SCHED_BATCH, &param) == 0 &&
          sched_getscheduler(0) == SCHED_BATCH);
}

static void nice_values(void)
{
    errno = 0;
    CHECK(getpriority(PRIO_PROCESS, 0) == 0 && errno == 0);
    CHECK(setpriority(PRIO_PROCESS, 0, 7) == 0 && getpriority(PRIO_PROCESS, 0) == 7);
    CHECK(setpriority(PRIO_PROCESS, 0, 100) == 0 && getpriority(PRIO_PROCESS, 0) == 19);
    CHECK(setpriority(PRIO_PROCESS, 0, -100) == 0 && getpriority(PRIO_PROCESS, 0) == -20);
    CHECK(nice(5) == -15);
    CHECK_ERRNO(setpriority(9, 0, 0), EINVAL);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, 99999999, 0), ESRCH);
    CHECK(setpriority(PRIO_PROCESS, 0, 3) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
    CHECK(setpriority(PRIO_PROCESS, 0, 4) == 0);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, 3), EACCES);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, getppid(), 3), EPERM);
    struct sched_param param = {.sched_priority = 1};
    CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &param), EPERM);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(policies);
    CASE(nice_values);
    CASE(affinity);
    CASE(shares_by_nice);
    CASE(equals_share_equally);
    CASE(nobody_starves);
    CASE(fifo_beats_normal);
    CASE(round_robin_shares);
    CASE(idle_policy_yields);
    CASE(sleeper_gets_in);
    CASE(pinned_in_parallel);
    CASE(yield_alternates);
    return check_done("sched");
}
