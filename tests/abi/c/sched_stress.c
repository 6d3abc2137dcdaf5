/* SPDX-License-Identifier: BSD-2-Clause */
/* Twelve threads move each other between CPUs, classes and sleeps, with signals and forks in
 * between: nobody is lost and everybody gets on. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define THREADS 12
#define SECONDS 2

static pthread_t threads[THREADS];
static pthread_barrier_t start;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static cpu_set_t all_cpus;
static int cpu_list[CPU_SETSIZE], cpu_count;
static bool stop;
static long rounds[THREADS];

static void on_signal(int signo)
{
    (void)signo;
}

static struct timespec soon(long ns)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    ts.tv_nsec += ns;
    if (ts.tv_nsec >= 1000000000) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000;
    }
    return ts;
}

static void move(unsigned *seed)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu_list[rand_r(seed) % cpu_count], &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
    CHECK(CPU_ISSET(sched_getcpu(), &set) || cpu_count > 1); /* others may move us on */
}

/* One real-time priority for all: who waits for another by trying again, as a condition variable
 * does for a moment, would keep its CPU from one of lower priority for ever. */
static void change_class(unsigned *seed)
{
    struct sched_param p = {.sched_priority = 20};

    /* Without the right to it this fails, which is fine. */
    if (rand_r(seed) % 2 && sched_setscheduler(0, SCHED_RR, &p) == 0)
        return;
    p.sched_priority = 0;
    CHECK(sched_setscheduler(0, rand_r(seed) % 2 ? SCHED_OTHER : SCHED_BATCH, &p) == 0);
}

static void wait_on_something(unsigned *seed)
{
    struct timespec end = soon(100000);

    if (rand_r(seed) % 2) {
        sem_post(&sem);
        (void)sem_timedwait(&sem, &end);
        return;
    }
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&cond);
    (void)pthread_cond_timedwait(&cond, &mutex, &end);
    pthread_mutex_unlock(&mutex);
}

static void *body(void *arg)
{
    long id = (long)arg;
    unsigned seed = (unsigned)id + 1;

    pthread_barrier_wait(&start);
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        struct timespec nap = {0, rand_r(&seed) % 200000};

        rounds[id]++;
        switch (rand_r(&seed) % 8) {
        case 0:
            move(&seed);
            break;
        case 1:
            pthread_setaffinity_np(threads[rand_r(&seed) % THREADS], sizeof(all_cpus),
                                   &all_cpus);
            break;
        case 2:
            setpriority(PRIO_PROCESS, 0, rand_r(&seed) % 10);
            break;
        case 3:
            nanosleep(&nap, NULL);
            break;
        case 4:
            sched_yield();
            break;
        case 5:
            wait_on_something(&seed);
            break;
        case 6:
            change_class(&seed);
            break;
        default:
            pthread_kill(threads[rand_r(&seed) % THREADS], SIGUSR1);
        }
    }
    return NULL;
}

static void start_all(void)
{
    pthread_barrier_init(&start, NULL, THREADS + 1);
    sem_init(&sem, 0, 0);
    sched_getaffinity(0, sizeof(all_cpus), &all_cpus);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all_cpus))
            cpu_list[cpu_count++] = cpu;
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
    pthread_barrier_wait(&start);
}

int main(void)
{
    struct itimerval it = {{0, 1000}, {0, 1000}};
    time_t end = time(NULL) + SECONDS;
    long forks = 0;

    signal(SIGUSR1, on_signal);
    signal(SIGALRM, on_signal);
    signal(SIGPROF, on_signal);
    start_all();
    setitimer(ITIMER_REAL, &it, NULL);
    setitimer(ITIMER_PROF, &it, NULL);
    for (; time(NULL) <= end; forks++) {
        pid_t pid = fork();
        int status = -1;

        if (pid == 0)
            _exit(0);
        while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
            ;
        CHECK(status == 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    CHECK(forks > 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(rounds[i] > 0);
    }
    return check_done("sched_stress");
}
