/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that race: what it prints depends on who comes first, every time.
 *
 * Some take a mutex, some busy-wait for a word, one sleeps and is timed, two talk through a
 * pipe.  The digest at the end is made of the order in which all that happened.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS  40

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static uint64_t digest = 1;
static unsigned waiting;
static atomic_uint spins, unlocked;
static int fds[2];

static void mix(unsigned who)
{
    digest = (digest ^ who) * UINT64_C(0x100000001b3);
}

static void *locker(void *arg)
{
    unsigned self = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        mix(self);
        if (i % 8 == 7 && waiting + 1 < THREADS) {
            waiting++;
            while (waiting && i < ROUNDS / 2)
                if (pthread_cond_timedwait(&turn, &lock, &(struct timespec){0}))
                    break;
            waiting = waiting ? waiting - 1 : 0;
        } else {
            pthread_cond_broadcast(&turn);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* No lock and no call: only the timer takes the CPU from it. */
static void *spinner(void *arg)
{
    unsigned before = atomic_load(&unlocked);

    for (unsigned i = 0; i < 200000 && atomic_load(&spins) < 2; i++)
        atomic_store(&unlocked, before + i); /* lost updates are the point */
    atomic_fetch_add(&spins, 1);
    return arg;
}

static void *sleeper(void *arg)
{
    struct timespec from, to;

    clock_gettime(CLOCK_MONOTONIC, &from);
    usleep(3000);
    clock_gettime(CLOCK_MONOTONIC, &to);
    pthread_mutex_lock(&lock);
    mix((unsigned)to.tv_nsec - (unsigned)from.tv_nsec);
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *writer(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (write(fds[1], "x", 1) != 1)
            return arg;
    }
    close(fds[1]);
    return NULL;
}

int main(void)
{
    static void *(*const kinds[])(void *) = {spinner, sleeper, writer, spinner};
    pthread_t threads[THREADS], others[4];
    char buf[8];
    ssize_t n;

    if (pipe(fds))
        return 1;
    for (unsigned i = 0; i < 4; i++)
        pthread_create(&others[i], NULL, kinds[i], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, locker, (void *)(uintptr_t)(i + 1));
    while ((n = read(fds[0], buf, sizeof(buf))) > 0) {
        pthread_mutex_lock(&lock);
        mix((unsigned)n);
        pthread_mutex_unlock(&lock);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(others[i], NULL);
    printf("%016llx %u\n", (unsigned long long)digest, atomic_load(&unlocked));
    return 0;
}
